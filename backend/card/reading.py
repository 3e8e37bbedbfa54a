"""The study card as its holder sees it: issued on first sight, hours of the year, entries, reflections."""

import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.card.models import StudyCard, StudyRecord
from backend.card.rules import TRAINING_KINDS, yearly_hours
from backend.card.schemas import CardHolder, CardHours, CardRecord, CardShape, WriteReflection
from backend.core.clock import local_day
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, NotFound
from backend.core.pages import PageQuery, cursor_instant, page_by_instant
from backend.people.directory import brief
from backend.people.exemptions.standing import is_exempt
from backend.people.models import Member, Organization
from backend.people.permissions import Caller
from backend.tally import counting

ISSUED = "card_issued"


def read_card(caller: Caller, query: PageQuery, *, timezone: ZoneInfo, now: datetime) -> CardShape:
    """The caller's own card with its newest entries; 404 for whoever is no member."""
    member = find_holder(caller)
    records, cursor = _records(member.id, query)
    return CardShape(
        number=card_number(member, timezone=timezone, now=now),
        holder=CardHolder(public_id=member.public_id, name=member.name, branch=brief(member.organization)),
        hours=own_hours(caller, member, timezone=timezone, now=now),
        records=records,
        next_cursor=cursor,
    )


def own_hours(caller: Caller, member: Member, *, timezone: ZoneInfo, now: datetime) -> CardHours:
    """The hours of this calendar year and what the rule asks of whoever holds these posts."""
    year = now.astimezone(timezone).year
    exempt = is_exempt(member.id, local_day(now, timezone))
    rule = yearly_hours((post.role for post in caller.posts), exempt=exempt)
    done = float(hours_of_year(member.id, year, timezone))
    left = max(rule.value - done, 0)
    training = float(hours_of_year(member.id, year, timezone, kinds=TRAINING_KINDS))
    return CardHours(
        year=year, done=done, training=training, target=rule.value, left=left, rule=rule.source, exempt=exempt
    )


def find_holder(caller: Caller) -> Member:
    """The member behind a caller, with his branch; NotFound for whoever is none."""
    member: Member | None = (
        Member.select(Member, Organization).join(Organization).where(Member.id == caller.member_id).first()
    )
    if member is None:
        raise NotFound("no_card", "您还没有认领党员身份，没有学习卡")
    return member


def card_number(member: Member, *, timezone: ZoneInfo, now: datetime) -> str:
    """The number of a member's card, issued when it is first asked for."""
    number = _issued_number(member.id)
    if number is None:
        with suppress(pw.IntegrityError):  # issued by another request meanwhile
            in_unit_of_work(lambda: _issue(member, local_day(now, timezone), now))
        number = _issued_number(member.id)
    return str(number)


def _issued_number(member_id: int) -> str | None:
    number: str | None = StudyCard.select(StudyCard.number).where(StudyCard.member == member_id).scalar()
    return number


def _issue(member: Member, day: date, now: datetime) -> None:
    StudyCard.create(number=new_number(now), member=member.id, issued_at=now)
    counting.count(ISSUED, member.organization_id, day=day)


def new_number(now: datetime) -> str:
    """A number for a new card: the year and eight random digits."""
    return f"{now.year}{secrets.randbelow(10**8):08}"


def hours_of_year(member_id: int, year: int, timezone: ZoneInfo, *, kinds: Iterable[str] = ()) -> Decimal:
    """Hours of the calendar year, of some kinds or of all, without what is struck out."""
    first, last = (datetime(one, 1, 1, tzinfo=timezone) for one in (year, year + 1))
    done = (
        StudyRecord.select(pw.fn.SUM(StudyRecord.hours))
        .where(
            StudyRecord.member == member_id,
            StudyRecord.at >= first,
            StudyRecord.at < last,
            StudyRecord.voided_at.is_null(),
            *([StudyRecord.kind.in_(sorted(kinds))] if kinds else []),
        )
        .scalar()
    )
    return Decimal(str(done or 0))


def _records(member_id: int, query: PageQuery) -> tuple[list[CardRecord], str | None]:
    rows = _of(member_id).order_by(StudyRecord.at.desc(), StudyRecord.id.desc()).limit(query.limit + 1)
    if query.cursor:
        rows = rows.where(_before(query.cursor))
    page, more = page_by_instant(list(rows), query.limit, "at")
    return [_shape(row) for row in page], more


def _before(cursor: str) -> pw.Expression:
    at, number = cursor_instant(cursor)
    return (StudyRecord.at < at) | ((StudyRecord.at == at) & (StudyRecord.id < number))


def _of(member_id: int) -> "pw.ModelSelect[Any]":
    return (
        StudyRecord.select(StudyRecord, Organization)
        .join(Organization, pw.JOIN.LEFT_OUTER)
        .where(StudyRecord.member == member_id, StudyRecord.yields_to.is_null())
    )


def write_reflection(caller: Caller, record_id: str, body: WriteReflection) -> CardRecord:
    """Write or rewrite the reflection on an entry of one's own card; 409 on one that is struck out."""
    member_id = find_holder(caller).id
    record = _find(member_id, record_id)

    def work() -> None:
        standing = StudyRecord.update(reflection=body.text).where(
            StudyRecord.id == record.id, StudyRecord.voided_at.is_null()
        )
        update_exactly_one(standing, lost=lambda: Conflict("record_voided", "这条记录已作废"))

    in_unit_of_work(work)
    return _shape(_find(member_id, record_id))


def _find(member_id: int, record_id: str) -> Any:
    record = _of(member_id).where(StudyRecord.public_id == record_id).first()
    if record is None:
        raise NotFound()
    return record


def _shape(record: Any) -> CardRecord:
    return CardRecord(
        id=record.public_id,
        at=record.at,
        place=record.place,
        content=record.content,
        kind=record.kind,
        hours=record.hours,
        reflection=record.reflection,
        confirmed_by=brief(record.confirmed_by) if record.confirmed_by_id else None,
        source=record.source.partition(":")[0],
        voided=record.voided_at is not None,
    )
