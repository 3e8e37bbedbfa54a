"""Claims that wait, and the days on which members joined the Party."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

import peewee as pw

from backend.core.database import rows_of
from backend.membership.claims.models import ClaimState, MembershipClaim
from backend.messaging.reminders.occasions import Occasion, Question, Span
from backend.people.models import Member, MemberStatus, Organization

FOUNDED = 1921


def claims_waiting(organization_ids: Sequence[int], _span: Span) -> Mapping[int, int]:
    """Claims of membership that nobody has decided on."""
    rows = (
        MembershipClaim.select(MembershipClaim.organization, pw.fn.COUNT(MembershipClaim.id))
        .where(MembershipClaim.organization.in_(organization_ids), MembershipClaim.state == ClaimState.SUBMITTED)
        .group_by(MembershipClaim.organization)
    )
    return {int(number): int(amount) for number, amount in rows_of(rows)}


def political_birthdays(span: Span) -> Iterator[Occasion]:
    """Members who joined on such a day of an earlier year; on 28 February of a common year also those of the 29th."""
    days = {joined: day for day in _days(span) for joined in _anniversaries(day)}
    rows = (
        Member.select(Member.id, Member.account, Member.organization, Member.joined_on)
        .join(Organization)
        .where(Member.joined_on.in_(list(days)), Member.account.is_null(False))
        .where(Member.status.in_([MemberStatus.FULL, MemberStatus.PROBATIONARY]))
        .where(Organization.closed_on.is_null())
    )
    if span.organization_id is not None:
        rows = rows.where(Member.organization == span.organization_id)
    for number, account, place, joined_on in rows_of(rows):
        day = days[joined_on]
        facts = {"years": day.year - joined_on.year}
        people = {"member": [account]}
        key = f"member:{number}"
        yield Occasion(place, key, "reminder.political_birthday", facts, day, people)


def _days(span: Span) -> list[date]:
    return [span.first + timedelta(days=number) for number in range((span.last - span.first).days + 1)]


def _anniversaries(today: date) -> list[date]:
    years = range(FOUNDED, today.year)
    days = [date(year, today.month, today.day) for year in years if not _is_leap_day(today) or year % 4 == 0]
    last_of_february = (today.month, today.day) == (2, 28) and today.year % 4 != 0
    return days + ([date(year, 2, 29) for year in years if year % 4 == 0] if last_of_february else [])


def _is_leap_day(day: date) -> bool:
    return (day.month, day.day) == (2, 29)


QUESTIONS: dict[str, Question] = {"political_birthday": political_birthdays}
