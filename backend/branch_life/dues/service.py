"""Reckoning dues, recording the months that are paid, and reading them."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.branch_life.activities.invitations import ATTENDING
from backend.branch_life.dues.models import DuesRecord
from backend.branch_life.dues.rules import FIXED, MONTHS_AHEAD, RATES, reckon
from backend.branch_life.dues.schemas import (
    DuesQuery,
    DuesShape,
    OpenDues,
    OpenDuesQuery,
    ReckonedDues,
    ReckonQuery,
    RecordDues,
    VoidDues,
)
from backend.core.clock import local_day
from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work, insert_row, update_exactly_one
from backend.core.errors import Conflict, NotFound, invalid_field
from backend.core.pages import Page, cursor_number, page_by_id
from backend.people.access import find_organization, require
from backend.people.directory import brief, current_memberships
from backend.people.exemptions.standing import exempt_among
from backend.people.models import Member, Membership, MembershipKind, Organization
from backend.people.permissions import Caller, Right
from backend.tally.rules import Rule


def reckon_dues(query: ReckonQuery) -> ReckonedDues:
    """The dues of a month by the official brackets."""
    dues = reckon(query.payer, query.base)
    rule: Rule[Any] = FIXED[query.payer] if query.payer in FIXED else RATES[query.payer]
    return ReckonedDues(
        payer=query.payer,
        base=f"{query.base:.2f}",
        least=f"{dues.least:.2f}",
        most=f"{dues.most:.2f}",
        rate=None if dues.rate is None else float(dues.rate),
        base_rule=rule.unit,
        source=rule.source,
    )


def record_dues(caller: Caller, code: str, body: RecordDues, *, timezone: ZoneInfo, now: datetime) -> list[DuesShape]:
    """Write the months down, all or none; 409 when one of them is paid already, wherever that was."""
    organization = find_organization(code)
    require(caller, Right.KEEP_ROLL, organization)
    today = local_day(now, timezone)
    _refuse_dates(body, today)
    member_id = _member_of(organization, body.member, today)
    ids = [new_public_id() for _ in body.months]

    def work() -> None:
        for public_id, month in zip(ids, body.months, strict=True):
            insert_row(
                DuesRecord,
                public_id=public_id,
                member=member_id,
                month=month,
                in_force=1,
                amount=body.amount,
                organization=organization.id,
                paid_on=body.paid_on,
                recorded_by=caller.account_id,
                recorded_at=now,
            )

    try:
        in_unit_of_work(work)
    except pw.IntegrityError:
        raise Conflict("already_paid", "其中有月份已经登记过党费") from None
    return [_shape(row) for row in _records().where(DuesRecord.public_id.in_(ids)).order_by(DuesRecord.id)]


def _refuse_dates(body: RecordDues, today: date) -> None:
    if body.paid_on > today:
        raise invalid_field("paid_on", "in_the_future", "缴纳日期不能晚于今天")
    year, month = divmod(today.year * 12 + today.month - 1 + MONTHS_AHEAD.value, 12)
    if body.months[-1] > f"{year}-{month + 1:02}":
        raise invalid_field("months", "too_far_ahead", f"最多预缴 {MONTHS_AHEAD.value} 个月")


def _member_of(organization: Organization, public_id: str, today: date) -> int:
    """A member at home or as a guest."""
    life = (
        current_memberships(organization.id, today)
        .where(Member.public_id == public_id, Membership.kind.in_(ATTENDING))
        .first()
    )
    if life is None:
        raise NotFound("member_not_found", "本支部没有这位党员")
    return int(life.member_id)


def void_dues(caller: Caller, public_id: str, body: VoidDues, *, now: datetime) -> DuesShape:
    """Strike a wrong record out; the month can be recorded again."""
    record = _records().where(DuesRecord.public_id == public_id).first()
    if record is None or not caller.may(Right.KEEP_ROLL, record.organization.path):
        raise NotFound()

    def work() -> None:
        standing = DuesRecord.update(
            in_force=None, voided_by=caller.account_id, voided_at=now, void_reason=body.reason
        ).where(DuesRecord.id == record.id, DuesRecord.in_force == 1)
        update_exactly_one(standing, lost=lambda: Conflict("already_voided", "这条记录已经作废"))

    in_unit_of_work(work)
    return _shape(_records().where(DuesRecord.id == record.id).get())


def list_own(caller: Caller, query: DuesQuery) -> Page[DuesShape]:
    """One's own months, the last recorded first; none for whoever is no member."""
    return _page(_records().where(DuesRecord.member == (caller.member_id or 0)), query)


def list_of_organization(caller: Caller, code: str, query: DuesQuery) -> Page[DuesShape]:
    """What was paid at an organisation."""
    organization = find_organization(code)
    require(caller, Right.KEEP_ROLL, organization)
    return _page(_records().where(DuesRecord.organization == organization.id), query)


def list_open(caller: Caller, code: str, query: OpenDuesQuery, *, today: date) -> Page[OpenDues]:
    """Members at home whose month is recorded nowhere, for those who keep the record."""
    organization = find_organization(code)
    require(caller, Right.KEEP_ROLL, organization)
    month = query.month or f"{today:%Y-%m}"
    paid = DuesRecord.select(DuesRecord.member).where(
        DuesRecord.member == Member.id, DuesRecord.month == month, DuesRecord.in_force == 1
    )
    rows = current_memberships(organization.id, today).where(
        Membership.kind == MembershipKind.HOME, ~pw.fn.EXISTS(paid)
    )
    after = cursor_number(query.cursor)
    if after is not None:
        rows = rows.where(Membership.id > after)
    page, more = page_by_id(list(rows.order_by(Membership.id).limit(query.limit + 1)), query.limit)
    exempt = exempt_among([row.member_id for row in page], today)
    shapes = [
        OpenDues(member=row.member.public_id, member_name=row.member.name, month=month, exempt=row.member_id in exempt)
        for row in page
    ]
    return Page(shapes, more)


def _page(rows: "pw.ModelSelect[Any]", query: DuesQuery) -> Page[DuesShape]:
    if query.month:
        rows = rows.where(DuesRecord.month == query.month)
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(DuesRecord.id < before)
    page, more = page_by_id(list(rows.order_by(DuesRecord.id.desc()).limit(query.limit + 1)), query.limit)
    return Page([_shape(row) for row in page], more)


def _records() -> "pw.ModelSelect[Any]":
    return (
        DuesRecord.select(DuesRecord, Member, Organization)
        .join_from(DuesRecord, Member)
        .join_from(DuesRecord, Organization)
    )


def _shape(record: Any) -> DuesShape:
    return DuesShape(
        id=record.public_id,
        member=record.member.public_id,
        member_name=record.member.name,
        month=record.month,
        amount=f"{record.amount:.2f}",
        organization=brief(record.organization),
        paid_on=record.paid_on,
        voided=record.in_force is None,
        void_reason=record.void_reason,
    )
