"""Days before a month ends: whose dues are not written down yet, asked of the members themselves."""

from collections.abc import Iterator, Sequence
from datetime import date

import peewee as pw

from backend.branch_life.dues.models import DuesRecord
from backend.branch_life.dues.rules import KEPT_WITHIN
from backend.branch_life.duties.periods import Every, period_of
from backend.core.database import rows_of
from backend.messaging.reminders.occasions import Occasion, Question, Span, branches
from backend.people.exemptions.standing import exempt_among
from backend.people.memberships import in_force
from backend.people.models import Member, Membership, MembershipKind


def own_dues(span: Span) -> Iterator[Occasion]:
    """Members whose month is not recorded anywhere, a branch at a time, by the last day of the month.

    Only where the branch writes dues down here at all: elsewhere an empty record says nothing about anybody.
    """
    for end in _month_ends(span):
        month = f"{end:%Y-%m}"
        for batch in branches(span):
            keeping = _keeping([branch.id for branch in batch], end)
            for branch in batch:
                accounts = _unrecorded(branch.id, month, span.today) if branch.id in keeping else []
                if accounts:
                    facts = {"organization": branch.name, "month": month, "due_on": end.isoformat()}
                    key = f"dues:{branch.id}:{month}"
                    yield Occasion(branch.id, key, "reminder.dues", facts, end, {"member": accounts})


def _month_ends(span: Span) -> list[date]:
    ends = {period_of(Every.MONTH, day).last for day in (span.first, span.last)}
    return sorted(end for end in ends if span.first <= end <= span.last)


def _keeping(organization_ids: Sequence[int], end: date) -> set[int]:
    """Branches that have written dues down within the last months."""
    since = end.year * 12 + end.month - 1 - KEPT_WITHIN.value
    written = DuesRecord.select(DuesRecord.organization).where(
        DuesRecord.organization.in_(organization_ids),
        DuesRecord.month >= f"{since // 12}-{since % 12 + 1:02}",
        DuesRecord.in_force == 1,
    )
    return {int(number) for (number,) in rows_of(written.distinct())}


def _unrecorded(organization_id: int, month: str, today: date) -> list[int]:
    """Accounts of the members at home whose month is not recorded, without those whom nothing is asked of."""
    paid = DuesRecord.select(DuesRecord.id).where(
        DuesRecord.member == Member.id, DuesRecord.month == month, DuesRecord.in_force == 1
    )
    rows = (
        Member.select(Member.id, Member.account)
        .join(Membership)
        .where(
            Membership.organization == organization_id,
            Membership.kind == MembershipKind.HOME,
            in_force(today),
            Member.account.is_null(False),
            ~pw.fn.EXISTS(paid),
        )
        .order_by(Member.id)
    )
    found = {int(member): int(account) for member, account in rows_of(rows)}
    exempt = exempt_among(found, today)
    return [account for member, account in found.items() if member not in exempt]


QUESTIONS: dict[str, Question] = {"dues_own": own_dues}
