"""What the study card waits for: statements of the year, and appraisals by the branch."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import peewee as pw

from backend.card.reviews.models import ReviewKind, StudyReview
from backend.card.reviews.workflow import ReviewState
from backend.core.database import rows_of
from backend.messaging.reminders.occasions import Occasion, Question, Span, branches
from backend.people.exemptions.standing import exempt_among
from backend.people.models import Member, MemberStatus

TO_APPRAISE = (ReviewState.SUBMITTED, ReviewState.CONFIRMED)


def reviews_waiting(organization_ids: Sequence[int], _span: Span) -> Mapping[int, int]:
    """Statements handed in and stretches confirmed elsewhere that the home branch has not appraised."""
    rows = (
        StudyReview.select(Member.organization, pw.fn.COUNT(StudyReview.id))
        .join(Member)
        .where(Member.organization.in_(organization_ids), StudyReview.state.in_(TO_APPRAISE))
        .group_by(Member.organization)
    )
    return {int(number): int(amount) for number, amount in rows_of(rows)}


def statements_missing(span: Span) -> Iterator[Occasion]:
    """Members who have not handed in the statement of the year that ends within the span; one event a branch."""
    ends = [date(year, 12, 31) for year in range(span.first.year, span.last.year + 1)]
    for end in ends:
        if not span.first <= end <= span.last:
            continue
        for batch in branches(span):
            for place, accounts in _without([branch.id for branch in batch], end).items():
                facts = {"year": end.year}
                key = f"organization:{place}:{end.year}"
                yield Occasion(place, key, "reminder.statement", facts, end, {"member": accounts})


def _without(organization_ids: Sequence[int], end: date) -> dict[int, list[int | None]]:
    handed_in = StudyReview.select(StudyReview.id).where(
        StudyReview.member == Member.id,
        StudyReview.kind == ReviewKind.YEAR,
        StudyReview.first_on == date(end.year, 1, 1),
        StudyReview.state != ReviewState.DRAFT,
    )
    rows = (
        Member.select(Member.id, Member.account, Member.organization)
        .where(
            Member.organization.in_(organization_ids),
            Member.account.is_null(False),
            Member.status.in_([MemberStatus.FULL, MemberStatus.PROBATIONARY]),
            ~pw.fn.EXISTS(handed_in),
        )
        .order_by(Member.id)
    )
    found = rows_of(rows)
    exempt = exempt_among((member for member, _, _ in found), end)
    missing: dict[int, list[int | None]] = {}
    for member, account, place in found:
        if member not in exempt:
            missing.setdefault(place, []).append(account)
    return missing


QUESTIONS: dict[str, Question] = {"statement_due": statements_missing}
