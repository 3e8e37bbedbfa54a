"""Declaring days otherwise than the published calendar: for an organisation and all below it."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core import audit, reference
from backend.core.clock import local_day
from backend.core.database import in_unit_of_work
from backend.core.errors import NotFound, invalid_field
from backend.people.access import find_organization, require
from backend.people.directory import brief
from backend.people.models import Organization
from backend.people.permissions import Caller, Right
from backend.workdays.calendar import is_published
from backend.workdays.models import CalendarDay
from backend.workdays.schemas import CalendarYear, DeclareDay, DeclaredDay, YearQuery


def read_year(code: str, query: YearQuery, *, today: date) -> CalendarYear:
    """The declared days of a year that hold in an organisation; calendars are public, as holidays are."""
    organization = find_organization(code)
    year = query.year or today.year
    above = [int(step) for step in organization.path.split(".")[:-1]]
    rows: Any = (
        CalendarDay.select(CalendarDay, Organization)
        .join(Organization, pw.JOIN.LEFT_OUTER)
        .where(
            CalendarDay.on.between(date(year, 1, 1), date(year, 12, 31)),
            CalendarDay.organization.is_null() | CalendarDay.organization.in_(above),
        )
        .order_by(CalendarDay.on, CalendarDay.id)
    )
    return CalendarYear(year=year, published=is_published(year), days=[_shape(row) for row in rows])


def declare_day(caller: Caller, code: str, body: DeclareDay, *, timezone: ZoneInfo, now: datetime) -> DeclaredDay:
    """Say that a day is, or is not, worked; a second word of the same organisation replaces its first.

    Clocks that run already keep their instant; those that start or go on afterwards count by it.
    """
    organization = _find_to_keep(caller, code)
    _refuse_past(body.on, timezone, now)

    def work() -> None:
        write_day(body.on, working=body.working, reason=body.reason, organization_id=organization.id)
        _note(caller, "calendar.declared", organization, body.on, body.reason, now)

    in_unit_of_work(work)
    return DeclaredDay(on=body.on, working=body.working, reason=body.reason, organization=brief(organization))


def withdraw_day(caller: Caller, code: str, on: date, *, timezone: ZoneInfo, now: datetime) -> None:
    """Let the published calendar, or the word of an organisation above, hold again."""
    organization = _find_to_keep(caller, code)
    _refuse_past(on, timezone, now)

    def work() -> None:
        own = (CalendarDay.organization == organization.id) & (CalendarDay.on == on)
        if not CalendarDay.delete().where(own).execute():
            raise NotFound("day_not_declared", "这一天没有单独安排过")
        reference.changed()
        _note(caller, "calendar.withdrawn", organization, on, "恢复国家公布的日历", now)

    in_unit_of_work(work)


def write_day(on: date, *, working: bool, reason: str, organization_id: int | None) -> None:
    """Keep one word per organisation and day; without an organisation it holds everywhere."""
    whose = CalendarDay.organization == organization_id if organization_id else CalendarDay.organization.is_null()
    same = CalendarDay.update(working=working, reason=reason).where(CalendarDay.on == on, whose)
    if not same.execute():
        CalendarDay.create(on=on, working=working, reason=reason, organization=organization_id)
    reference.changed()


def _find_to_keep(caller: Caller, code: str) -> Organization:
    organization = find_organization(code)
    require(caller, Right.KEEP_CALENDAR, organization)
    return organization


def _refuse_past(on: date, timezone: ZoneInfo, now: datetime) -> None:
    if on < local_day(now, timezone):
        raise invalid_field("on", "day_past", "过去的日子不能再改，请选择今天或以后的日期")


def _note(caller: Caller, action: str, organization: Organization, on: date, reason: str, now: datetime) -> None:
    subject = f"organization:{organization.code}:{on.isoformat()}"
    audit.record(action, subject, actor_id=caller.account_id, purpose=reason, now=now)


def _shape(row: CalendarDay) -> DeclaredDay:
    place = brief(row.organization) if row.organization else None
    return DeclaredDay(on=row.on, working=row.working, reason=row.reason, organization=place)
