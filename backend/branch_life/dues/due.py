"""Which branches have not yet written down this month's dues."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.branch_life.dues.models import DuesRecord
from backend.branch_life.dues.rules import REMINDED_FROM
from backend.core.clock import local_day
from backend.core.database import in_unit_of_work, rows_of
from backend.messaging import outbox
from backend.people.memberships import in_force
from backend.people.models import Membership, MembershipKind, Organization
from backend.people.tree.rules import BRANCHES

BATCH = 500


def remind_of_dues(*, timezone: ZoneInfo, now: datetime) -> int:
    """Tell the secretaries, once a month from the 25th on, how many members' dues of the month are not written
    down; returns how many branches were told. Nobody is named. Safe to run twice, late, and on two machines.
    """
    today = local_day(now, timezone)
    if today.day < REMINDED_FROM.value:
        return 0
    return sum(_tell_once(branch, unpaid, f"{today:%Y-%m}", now) for branch, unpaid in _unpaid(today))


def _unpaid(today: date) -> Iterator[tuple[Organization, int]]:
    """Every open branch with members whose month is not recorded, and how many they are, a batch at a time."""
    last = 0
    while branches := list(
        Organization.select()
        .where(Organization.kind.in_(sorted(BRANCHES)), Organization.closed_on.is_null(), Organization.id > last)
        .order_by(Organization.id)
        .limit(BATCH)
    ):
        last = branches[-1].id
        counts = _counts([branch.id for branch in branches], today)
        yield from ((branch, counts[branch.id]) for branch in branches if branch.id in counts)


def _counts(organization_ids: Sequence[int], today: date) -> dict[int, int]:
    paid: Any = DuesRecord.select(DuesRecord.id).where(
        DuesRecord.member == Membership.member, DuesRecord.month == f"{today:%Y-%m}", DuesRecord.in_force == 1
    )
    counted = (
        Membership.select(Membership.organization, pw.fn.COUNT(Membership.id))
        .where(
            Membership.organization.in_(organization_ids),
            Membership.kind == MembershipKind.HOME,
            in_force(today),
            ~pw.fn.EXISTS(paid),
        )
        .group_by(Membership.organization)
    )
    return {int(number): int(count) for number, count in rows_of(counted)}


def _tell_once(branch: Organization, unpaid: int, month: str, now: datetime) -> int:
    try:
        return in_unit_of_work(partial(_tell, branch, unpaid, month, now))
    except pw.IntegrityError:  # another machine was quicker
        return 0


def _tell(branch: Organization, unpaid: int, month: str, now: datetime) -> int:
    key = f"dues.unrecorded:{branch.id}:{month}"
    if outbox.already_enqueued(key):
        return 0
    facts = {"organization": branch.name, "code": branch.code, "month": month, "count": unpaid}
    outbox.enqueue("dues.unrecorded", facts, key=key, organization_id=branch.id, now=now)
    return 1
