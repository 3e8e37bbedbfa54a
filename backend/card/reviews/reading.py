"""Finding and showing reviews to the member, to the branch that confirmed them and to the home branch."""

from collections.abc import Sequence
from typing import Any

import peewee as pw

from backend.card.reviews.models import ReviewKind, StudyReview, StudyReviewStep
from backend.card.reviews.rules import GRADES, Grade
from backend.card.reviews.schemas import ReviewQuery, ReviewShape, ReviewStepShape
from backend.card.reviews.workflow import ReviewEvent, ReviewState
from backend.core.errors import NotFound
from backend.core.pages import Page, cursor_number, page_by_id
from backend.people.access import find_organization, require
from backend.people.directory import brief
from backend.people.models import Account, Member, Organization
from backend.people.permissions import Caller, Right

STATE_LABELS = {
    ReviewState.DRAFT: "草稿",
    ReviewState.SUBMITTED: "待评学",
    ReviewState.CONFIRMED: "流入地已确认，待评价",
    ReviewState.APPRAISED: "已评价，待本人确认",
    ReviewState.ACKNOWLEDGED: "本人已确认",
}
_Home = Organization.alias()
_Appraiser = Organization.alias()


def keeps(caller: Caller, organization: Organization) -> bool:
    """Whether the caller may speak for a branch about its members' cards."""
    return caller.may(Right.KEEP_ROLL, organization.path)


def find_review(caller: Caller, public_id: str) -> Any:
    """A review with its member, home and branch; NotFound for whoever it is no business of. A draft is private."""
    review = _reviews().where(StudyReview.public_id == public_id).first()
    if review is None or not _may_see(caller, review):
        raise NotFound()
    return review


def _may_see(caller: Caller, review: Any) -> bool:
    if caller.member_id is not None and review.member_id == caller.member_id:
        return True
    if review.state == ReviewState.DRAFT:
        return False
    confirmed_here = review.kind == ReviewKind.STRETCH and keeps(caller, review.organization)
    return confirmed_here or keeps(caller, review.member.organization)


def read_review(caller: Caller, public_id: str) -> ReviewShape:
    """One review."""
    return review_shape(find_review(caller, public_id))


def list_own(caller: Caller, query: ReviewQuery) -> Page[ReviewShape]:
    """One's own reviews, the newest first; none for whoever is no member."""
    return _page(_reviews().where(StudyReview.member == (caller.member_id or 0)), query)


def list_of_branch(caller: Caller, code: str, query: ReviewQuery) -> Page[ReviewShape]:
    """What a branch confirmed, and what concerns its own members; drafts are nobody's business."""
    organization = find_organization(code)
    require(caller, Right.KEEP_ROLL, organization)
    here = (StudyReview.kind == ReviewKind.STRETCH) & (StudyReview.organization == organization.id)
    rows = _reviews().where(here | (Member.organization == organization.id), StudyReview.state != ReviewState.DRAFT)
    return _page(rows, query)


def _page(rows: "pw.ModelSelect[Any]", query: ReviewQuery) -> Page[ReviewShape]:
    if query.state:
        rows = rows.where(StudyReview.state == query.state)
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(StudyReview.id < before)
    found = list(rows.order_by(StudyReview.id.desc()).limit(query.limit + 1))
    page, more = page_by_id(found, query.limit)
    steps = _steps([row.id for row in page])
    return Page([_shape(row, steps.get(row.id, [])) for row in page], more)


def _reviews() -> "pw.ModelSelect[Any]":
    return (
        StudyReview.select(StudyReview, Member, _Home, Organization, _Appraiser)
        .join_from(StudyReview, Member)
        .join_from(Member, _Home, on=(Member.organization == _Home.id), attr="organization")
        .join_from(StudyReview, Organization, on=(StudyReview.organization == Organization.id), attr="organization")
        .join_from(
            StudyReview,
            _Appraiser,
            pw.JOIN.LEFT_OUTER,
            on=(StudyReview.appraised_by == _Appraiser.id),
            attr="appraised_by",
        )
    )


def _steps(ids: Sequence[int]) -> dict[int, list[Any]]:
    steps: dict[int, list[Any]] = {}
    rows: Any = (
        StudyReviewStep.select(StudyReviewStep, Account)
        .join(Account)
        .where(StudyReviewStep.review.in_(ids))
        .order_by(StudyReviewStep.id)
    )
    for row in rows:
        steps.setdefault(row.review_id, []).append(row)
    return steps


def review_shape(review: Any) -> ReviewShape:
    """A review as it is shown."""
    return _shape(review, _steps([review.id]).get(review.id, []))


def _shape(review: Any, steps: Sequence[Any]) -> ReviewShape:
    state = ReviewState(review.state)
    grade = Grade(review.grade) if review.grade else None
    return ReviewShape(
        id=review.public_id,
        kind=ReviewKind(review.kind),
        member=review.member.public_id,
        member_name=review.member.name,
        organization=brief(review.organization),
        first_on=review.first_on,
        last_on=review.last_on,
        text=review.text,
        entries=review.entries,
        hours=float(review.hours),
        state=state,
        state_label=STATE_LABELS[state],
        grade=grade,
        grade_label=GRADES.value[grade] if grade else None,
        grade_source=GRADES.source,
        appraisal=review.appraisal,
        appraised_by=brief(review.appraised_by) if review.appraised_by_id else None,
        steps=[
            ReviewStepShape(event=ReviewEvent(step.event), at=step.at, actor=step.actor.display_name) for step in steps
        ],
    )
