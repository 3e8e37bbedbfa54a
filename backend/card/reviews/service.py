"""Confirming, stating, appraising and acknowledging: each step by the table, once, with its trace."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.card.models import StudyRecord
from backend.card.reviews.models import ReviewKind, StudyReview, StudyReviewStep
from backend.card.reviews.reading import find_review, keeps, review_shape
from backend.card.reviews.rules import STATEMENT_YEARS_BACK
from backend.card.reviews.schemas import AppraiseReview, ConfirmStretch, ReviewShape, SaveStatement
from backend.card.reviews.workflow import ReviewEvent, ReviewState, next_state
from backend.core.clock import local_day
from backend.core.crypto import new_public_id
from backend.core.database import (
    append_row,
    in_unit_of_work,
    insert_row,
    require_transaction,
    rows_of,
    update_exactly_one,
)
from backend.core.errors import Conflict, Forbidden, NotFound, invalid_field
from backend.people.access import find_organization, require
from backend.people.models import Member, Membership, MembershipKind, Organization
from backend.people.permissions import Caller, Right

_SHARED_LIFE = (MembershipKind.HOME, MembershipKind.HOST)


def confirm_stretch(
    caller: Caller, code: str, body: ConfirmStretch, *, timezone: ZoneInfo, now: datetime
) -> ReviewShape:
    """The branch's word for the entries that it confirmed one by one; 404 unless the member was with it then.

    403 for oneself; 409 when there is nothing of that stretch, or when it was confirmed before.
    """
    organization = find_organization(code)
    require(caller, Right.KEEP_ROLL, organization)
    if body.last_on > local_day(now, timezone):
        raise invalid_field("last_on", "in_the_future", "还没有过完的日子不能确认")
    member_id = _member_with(organization, body)
    if member_id == caller.member_id:
        raise Forbidden("own_review", "不能确认自己的学习记录")
    entries, hours = _sum(member_id, body.first_on, body.last_on, timezone, by=organization.id)
    if not entries:
        raise Conflict("nothing_to_confirm", "这段时间在本支部没有学习记录")
    columns = {
        "member": member_id,
        "kind": ReviewKind.STRETCH,
        "organization": organization.id,
        "first_on": body.first_on,
        "last_on": body.last_on,
        "text": body.text,
        "entries": entries,
        "hours": hours,
    }
    return _begin(caller, columns, ReviewEvent.CONFIRM, now)


def _member_with(organization: Organization, body: ConfirmStretch) -> int:
    member_id: int | None = (
        Member.select(Member.id)
        .join(Membership)
        .where(
            Member.public_id == body.member,
            Membership.organization == organization.id,
            Membership.kind.in_(_SHARED_LIFE),
            Membership.since_on <= body.last_on,
            Membership.until_on.is_null() | (Membership.until_on >= body.first_on),
        )
        .scalar()
    )
    if member_id is None:
        raise NotFound("member_not_found", "这段时间本支部没有这位党员")
    return member_id


def _sum(member_id: int, first: date, last: date, timezone: ZoneInfo, *, by: int | None = None) -> tuple[int, Decimal]:
    """Entries and hours from local day to local day, without what is struck out; `by`: confirmed by this branch."""
    begins, ends = (datetime.combine(day, time(), timezone) for day in (first, last + timedelta(days=1)))
    rows = StudyRecord.select(pw.fn.COUNT(StudyRecord.id), pw.fn.SUM(StudyRecord.hours)).where(
        StudyRecord.member == member_id,
        StudyRecord.at >= begins,
        StudyRecord.at < ends,
        StudyRecord.voided_at.is_null(),
    )
    if by is not None:
        rows = rows.where(StudyRecord.confirmed_by == by)
    ((entries, hours),) = rows_of(rows)
    return int(entries), Decimal(str(hours or 0))


def save_statement(caller: Caller, body: SaveStatement, *, timezone: ZoneInfo, now: datetime) -> ReviewShape:
    """Write or rewrite the draft of a year's statement; 404 for whoever is no member, 409 once it is submitted."""
    if caller.member_id is None or caller.branch_id is None:
        raise NotFound("no_card", "您还没有认领党员身份，没有学习卡")
    this_year = local_day(now, timezone).year
    if not this_year - STATEMENT_YEARS_BACK.value <= body.year <= this_year:
        raise invalid_field("year", "not_open", "只能写本年度或上一年度的述学")
    first = date(body.year, 1, 1)
    drafted = StudyReview.get_or_none(
        StudyReview.member == caller.member_id, StudyReview.kind == ReviewKind.YEAR, StudyReview.first_on == first
    )
    if drafted is not None:
        return _advance(caller, drafted, ReviewEvent.SAVE, {"text": body.text}, now)
    columns = {
        "member": caller.member_id,
        "kind": ReviewKind.YEAR,
        "organization": caller.branch_id,
        "first_on": first,
        "last_on": date(body.year, 12, 31),
        "text": body.text,
        "entries": 0,
        "hours": 0,
    }
    return _begin(caller, columns, ReviewEvent.SAVE, now)


def submit_statement(caller: Caller, public_id: str, *, timezone: ZoneInfo, now: datetime) -> ReviewShape:
    """Hand the statement to the home branch, with what the card says of the year."""
    review = _own(caller, public_id)
    entries, hours = _sum(review.member_id, review.first_on, review.last_on, timezone)
    handed = {"organization": caller.branch_id, "entries": entries, "hours": hours}
    return _advance(caller, review, ReviewEvent.SUBMIT, handed, now)


def take_back_statement(caller: Caller, public_id: str, *, now: datetime) -> ReviewShape:
    """Go on writing, as long as nobody has appraised it."""
    return _advance(caller, _own(caller, public_id), ReviewEvent.TAKE_BACK, {}, now)


def appraise_review(caller: Caller, public_id: str, body: AppraiseReview, *, now: datetime) -> ReviewShape:
    """The member's home branch grades it; 403 for the host and for oneself."""
    review = find_review(caller, public_id)
    home = review.member.organization
    if review.member_id == caller.member_id:
        raise Forbidden("own_review", "不能评价自己")
    if not keeps(caller, home):
        raise Forbidden()
    said = {"grade": body.grade, "appraisal": body.text, "appraised_by": home.id}
    return _advance(caller, review, ReviewEvent.APPRAISE, said, now)


@dataclass(frozen=True)
class Stay:
    """A stay away from home, from local day to local day, and in words where."""

    member_id: int
    home_id: int
    first_on: date
    last_on: date
    text: str


def appraise_stay(caller: Caller, stay: Stay, body: AppraiseReview, *, timezone: ZoneInfo, now: datetime) -> int:
    """Home's word for all that the card shows of a stay, in the caller's unit of work; gives the review's id.

    Days that an earlier appraisal has spoken of are not appraised again. Whether the caller may speak for the home
    branch is the caller's business; 403 for oneself, 409 when all of the stay was appraised today.
    """
    require_transaction("appraise_stay")
    if stay.member_id == caller.member_id:
        raise Forbidden("own_review", "不能评价自己")
    first_on = _first_day_without_appraisal(stay)
    if first_on > stay.last_on:
        raise Conflict("already_reviewed", "这段外出今天已经评价过，请明天再评价之后的日子")
    entries, hours = _sum(stay.member_id, first_on, stay.last_on, timezone)
    review_id = insert_row(
        StudyReview,
        public_id=new_public_id(),
        member=stay.member_id,
        kind=ReviewKind.AWAY,
        organization=stay.home_id,
        first_on=first_on,
        last_on=stay.last_on,
        text=stay.text,
        entries=entries,
        hours=hours,
        state=next_state(None, ReviewEvent.APPRAISE),
        version=1,
        grade=body.grade,
        appraisal=body.text,
        appraised_by=stay.home_id,
        created_at=now,
    )
    _note(review_id, ReviewEvent.APPRAISE, caller, now)
    return review_id


def _first_day_without_appraisal(stay: Stay) -> date:
    last: date | None = (
        StudyReview.select(pw.fn.MAX(StudyReview.last_on))
        .where(StudyReview.member == stay.member_id, StudyReview.kind == ReviewKind.AWAY)
        .scalar()
    )
    return stay.first_on if last is None else max(stay.first_on, last + timedelta(days=1))


def acknowledge_review(caller: Caller, public_id: str, *, now: datetime) -> ReviewShape:
    """The member has read the appraisal."""
    return _advance(caller, _own(caller, public_id), ReviewEvent.ACKNOWLEDGE, {}, now)


def _own(caller: Caller, public_id: str) -> Any:
    review = find_review(caller, public_id)
    if review.member_id != caller.member_id:
        raise Forbidden()
    return review


def _begin(caller: Caller, columns: dict[str, Any], event: ReviewEvent, now: datetime) -> ReviewShape:
    public_id = new_public_id()

    def work() -> None:
        state = next_state(None, event)
        review_id = insert_row(StudyReview, public_id=public_id, state=state, version=1, created_at=now, **columns)
        _note(review_id, event, caller, now)

    try:
        in_unit_of_work(work)
    except pw.IntegrityError:
        raise Conflict("already_reviewed", "从这一天开始的确认或述学已经有了") from None
    return review_shape(find_review(caller, public_id))


def _advance(caller: Caller, review: Any, event: ReviewEvent, changed: dict[str, Any], now: datetime) -> ReviewShape:
    """One step by the table: the version is compared and set in one statement, the trace written with it."""
    target = next_state(ReviewState(review.state), event)
    if target is None:
        raise Conflict("illegal_step", "现在不能进行这一步，请刷新后再看")

    def work() -> None:
        standing = StudyReview.update(state=target, version=StudyReview.version + 1, **changed).where(
            StudyReview.id == review.id, StudyReview.version == review.version
        )
        update_exactly_one(standing, lost=Conflict)
        _note(review.id, event, caller, now)

    in_unit_of_work(work)
    return review_shape(find_review(caller, review.public_id))


def _note(review_id: int, event: ReviewEvent, caller: Caller, now: datetime) -> None:
    append_row(StudyReviewStep, review=review_id, event=event, at=now, actor=caller.account_id)
