"""Members short of their hours of study, told once a quarter what they can still join: no score, no name."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import peewee as pw

from backend.branch_life.activities.models import Activity
from backend.card.models import StudyRecord
from backend.card.rules import yearly_hours
from backend.core.database import rows_of
from backend.messaging.reminders.occasions import Occasion, Span, branches, days_around
from backend.people.exemptions.standing import exempt_among
from backend.people.memberships import in_force
from backend.people.models import Member, Membership, MembershipKind, MemberStatus, OrganizationPost, Role
from backend.people.posts import in_office

SHOWN = 3  # activities that are named
QUARTERS = ((3, 31), (6, 30), (9, 30), (12, 31))


def study_gaps(span: Span) -> Iterator[Occasion]:
    """Members behind the share of the year that is over at the quarter's end, and what their branch still holds in it.

    Who is exempt is not spoken to. Where nothing is open nobody is: there is nothing that he could do.
    """
    for number, end in _quarter_ends(span):
        for batch in branches(span):
            coming = _coming([branch.id for branch in batch], end, span)
            behind = _behind(list(coming), number, span)
            for place, accounts in behind.items():
                shown, more = coming[place][:SHOWN], max(len(coming[place]) - SHOWN, 0)
                facts = {"coming": shown, "more": more}
                key = f"organization:{place}:{end}"
                yield Occasion(place, key, "reminder.study_gap", facts, end, {"member": accounts})


def _quarter_ends(span: Span) -> list[tuple[int, date]]:
    years = range(span.first.year, span.last.year + 1)
    ends = [(number, date(year, *day)) for year in years for number, day in enumerate(QUARTERS, start=1)]
    return [(number, end) for number, end in ends if span.first <= end <= span.last]


def _coming(organization_ids: Sequence[int], end: date, span: Span) -> dict[int, list[dict[str, Any]]]:
    """By branch, what everybody there may come to until the quarter ends and what counts hours."""
    until = days_around(end, span.timezone)
    rows = Activity.select().where(
        Activity.organization.in_(organization_ids),
        Activity.starts_at.between(span.now, until),
        Activity.cancelled_at.is_null(),
        Activity.hours > 0,
        ~Activity.invites_named,
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows.order_by(Activity.starts_at, Activity.id):
        at = row.starts_at.astimezone(span.timezone).isoformat()
        found.setdefault(row.organization_id, []).append({"title": row.title, "starts_at": at})
    return found


def _behind(organization_ids: Sequence[int], quarter: int, span: Span) -> dict[int, list[int | None]]:
    """By branch, the accounts of those who take part in its life and have less than the year's share by now."""
    members = _taking_part(organization_ids, span.today)
    done = _hours(organization_ids, span)
    roles = _roles(organization_ids, span.today)
    exempt = exempt_among((member for member, _, _ in members), span.today)
    found: dict[int, list[int | None]] = {}
    for member, account, place in members:
        target = yearly_hours(roles.get(account, ()), exempt=member in exempt).value
        if done.get(member, Decimal(0)) < Decimal(target) * quarter / len(QUARTERS):
            found.setdefault(place, []).append(account)
    return found


def _lives(organization_ids: Sequence[int], today: date) -> pw.Expression:
    shared = (MembershipKind.HOME, MembershipKind.HOST)
    condition: pw.Expression = (
        Membership.organization.in_(organization_ids) & Membership.kind.in_(shared) & in_force(today)
    )
    return condition


def _taking_part(organization_ids: Sequence[int], today: date) -> list[tuple[int, int, int]]:
    """(member, account, branch); who is a guest elsewhere is spoken to there."""
    guest = Membership.alias()
    elsewhere = guest.select(guest.id).where(
        guest.member == Membership.member,
        guest.kind == MembershipKind.HOST,
        guest.since_on <= today,
        guest.until_on.is_null() | (guest.until_on >= today),
    )
    rows = (
        Membership.select(Membership.member, Member.account, Membership.organization)
        .join(Member)
        .where(
            _lives(organization_ids, today),
            Member.account.is_null(False),
            Member.status.in_([MemberStatus.FULL, MemberStatus.PROBATIONARY]),
            (Membership.kind == MembershipKind.HOST) | ~pw.fn.EXISTS(elsewhere),
        )
        .order_by(Membership.organization, Membership.member)
    )
    return rows_of(rows)


def _hours(organization_ids: Sequence[int], span: Span) -> dict[int, Decimal]:
    """By member, the hours of this calendar year on the card."""
    members = Membership.select(Membership.member).where(_lives(organization_ids, span.today))
    rows = (
        StudyRecord.select(StudyRecord.member, pw.fn.SUM(StudyRecord.hours))
        .where(
            StudyRecord.member.in_(members),
            StudyRecord.at >= datetime(span.today.year, 1, 1, tzinfo=span.timezone),
            StudyRecord.at <= span.now,
            StudyRecord.voided_at.is_null(),
        )
        .group_by(StudyRecord.member)
    )
    return {int(member): Decimal(str(hours)) for member, hours in rows_of(rows)}


def _roles(organization_ids: Sequence[int], today: date) -> Mapping[int, list[Role]]:
    rows = OrganizationPost.select().where(OrganizationPost.organization.in_(organization_ids), in_office(today))
    found: dict[int, list[Role]] = {}
    for row in rows:
        found.setdefault(row.account_id, []).append(Role(row.role))
    return found
