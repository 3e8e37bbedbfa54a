"""Fixing, previewing, skipping and ending monthly activities, and planning them when they come near."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.branch_life.activities.models import Activity
from backend.branch_life.activities.planning import write_activity
from backend.branch_life.activities.schemas import ActivityPlace, PlanActivity
from backend.branch_life.kinds import KIND_LABELS, ActivityKind
from backend.branch_life.schedules.dates import MonthlyDay, month_of
from backend.branch_life.schedules.models import ActivitySchedule, ScheduleSlot, Shift
from backend.branch_life.schedules.schemas import (
    ComingDay,
    FixDay,
    ScheduleQuery,
    ScheduleShape,
    SkipMonth,
)
from backend.core.clock import local_day
from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, Forbidden, NotFound
from backend.core.pages import Page, cursor_number, page_by_id
from backend.people.access import find_organization, refuse_closed, require
from backend.people.directory import brief
from backend.people.models import Organization
from backend.people.permissions import Caller, Right
from backend.workdays.calendar import WorkCalendar, load_calendar

PREVIEWED = 5
# schedule and month → what is settled about it
Slots = Mapping[tuple[int, str], ScheduleSlot]


def fix_day(caller: Caller, body: FixDay, *, timezone: ZoneInfo, now: datetime) -> ScheduleShape:
    """A new monthly activity; it is planned two weeks ahead of each day."""
    organization = find_organization(body.organization)
    require(caller, Right.PLAN_ACTIVITIES, organization)
    refuse_closed(organization)
    tomorrow = local_day(now, timezone) + timedelta(days=1)
    calendar = load_calendar(organization.path, timezone, now=now)
    schedule = _unkept(caller, body)
    schedule.public_id, schedule.organization = new_public_id(), organization
    schedule.next_on = next(_rule(schedule).from_day(tomorrow, calendar.is_working_day))[1]
    schedule.created_at = now
    in_unit_of_work(lambda: schedule.save(force_insert=True))
    return _shape(schedule, calendar, now, {})


def list_schedules(caller: Caller, query: ScheduleQuery, *, timezone: ZoneInfo, now: datetime) -> Page[ScheduleShape]:
    """Monthly activities of one organisation, for whoever sees its activities or belongs to it."""
    organization = find_organization(query.organization)
    if not _may_see(caller, organization):
        raise NotFound()
    rows = _schedules().where(ActivitySchedule.organization == organization.id)
    after = cursor_number(query.cursor)
    if after is not None:
        rows = rows.where(ActivitySchedule.id > after)
    found, cursor = page_by_id(list(rows.order_by(ActivitySchedule.id).limit(query.limit + 1)), query.limit)
    calendar = load_calendar(organization.path, timezone, now=now)
    slots = _settled_of(found, now)
    return Page([_shape(row, calendar, now, slots) for row in found], cursor)


def preview_day(caller: Caller, body: FixDay, *, timezone: ZoneInfo, now: datetime) -> list[ComingDay]:
    """The next five days that a rule would give, for whoever may fix it; nothing is kept."""
    organization = find_organization(body.organization)
    require(caller, Right.PLAN_ACTIVITIES, organization)
    calendar = load_calendar(organization.path, timezone, now=now)
    return _coming(_unkept(caller, body), calendar, now, {})


def _unkept(caller: Caller, body: FixDay) -> ActivitySchedule:
    hour, minute = body.starts.split(":")
    return ActivitySchedule(
        planned_by=caller.account_id,
        kind=body.kind,
        title=body.title,
        place_text=body.place,
        day=body.day,
        nth=body.nth,
        weekday=body.weekday,
        starts_at_minute=int(hour) * 60 + int(minute),
        minutes=body.minutes,
        shift=body.shift,
    )


def read_schedule(caller: Caller, public_id: str, *, timezone: ZoneInfo, now: datetime) -> ScheduleShape:
    """One monthly activity with its next five days."""
    return _shown(_find(caller, public_id), timezone, now)


def skip_month(caller: Caller, public_id: str, body: SkipMonth, *, timezone: ZoneInfo, now: datetime) -> ScheduleShape:
    """Leave out one month that is not planned yet; 409 when it is, or is skipped already."""
    schedule = _find_to_run(caller, public_id)

    def work() -> None:
        ScheduleSlot.create(
            schedule=schedule,
            month=body.month,
            skipped_by=caller.account_id,
            skip_reason=body.reason,
            settled_at=now,
        )

    try:
        in_unit_of_work(work)
    except pw.IntegrityError:
        raise Conflict("month_settled", "这个月已经安排好或已跳过；已安排的请取消那次活动") from None
    return _shown(schedule, timezone, now)


def end_schedule(caller: Caller, public_id: str, *, timezone: ZoneInfo, now: datetime) -> ScheduleShape:
    """Plan no more of it; what is planned stays."""
    schedule = _find_to_run(caller, public_id)

    def work() -> None:
        running = ActivitySchedule.update(ended_at=now, next_on=None).where(
            ActivitySchedule.id == schedule.id, ActivitySchedule.ended_at.is_null()
        )
        update_exactly_one(running, lost=lambda: Conflict("schedule_ended", "这项固定安排已经停用"))

    in_unit_of_work(work)
    return _shown(_find(caller, public_id), timezone, now)


def plan_next(schedule: ActivitySchedule, *, timezone: ZoneInfo, now: datetime) -> bool:
    """Plan the next day of a schedule in one unit of work; False when the month is settled or it came too late.

    Two machines may ask at once: the swap of `next_on` lets one through.
    """
    rule, day = _rule(schedule), schedule.next_on
    if day is None:
        return False
    is_worked = load_calendar(schedule.organization.path, timezone, now=now).is_working_day
    # a day may have been declared since `next_on` was worked out
    held_on = rule.in_month(day.year, day.month, is_worked)

    def work() -> bool:
        following = next(held for _, held in rule.from_day(_first_of_next_month(day), is_worked))
        mine = ActivitySchedule.update(next_on=following).where(
            ActivitySchedule.id == schedule.id, ActivitySchedule.next_on == day
        )
        if mine.execute() != 1 or _settled(schedule, month_of(day)):
            return False
        body = _plan(schedule, held_on, timezone)
        if body.ends_at <= now:
            return False
        activity = write_activity(schedule.planned_by_id, schedule.organization, body, timezone=timezone, now=now)
        ScheduleSlot.create(schedule=schedule, month=month_of(day), activity=activity, settled_at=now)
        return True

    return in_unit_of_work(work)


def _first_of_next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _settled(schedule: ActivitySchedule, month: str) -> bool:
    slot = (ScheduleSlot.schedule == schedule.id) & (ScheduleSlot.month == month)
    return bool(ScheduleSlot.select().where(slot).exists())


def _plan(schedule: ActivitySchedule, day: date, timezone: ZoneInfo) -> PlanActivity:
    starts_at, ends_at = _hours(schedule, day, timezone)
    return PlanActivity(
        organization=schedule.organization.code,
        kind=ActivityKind(schedule.kind),
        title=schedule.title,
        starts_at=starts_at,
        ends_at=ends_at,
        place=ActivityPlace(text=schedule.place_text),
    )


def _hours(schedule: ActivitySchedule, day: date, timezone: ZoneInfo) -> tuple[datetime, datetime]:
    hour, minute = divmod(schedule.starts_at_minute, 60)
    starts_at = datetime.combine(day, time(hour, minute), timezone)
    return starts_at, starts_at + timedelta(minutes=schedule.minutes)


def _rule(schedule: ActivitySchedule) -> MonthlyDay:
    return MonthlyDay(schedule.day, schedule.nth, schedule.weekday, Shift(schedule.shift))


def _schedules() -> Any:
    return ActivitySchedule.select(ActivitySchedule, Organization).join(Organization)


def _find(caller: Caller, public_id: str) -> ActivitySchedule:
    schedule: ActivitySchedule | None = _schedules().where(ActivitySchedule.public_id == public_id).first()
    if schedule is None or not _may_see(caller, schedule.organization):
        raise NotFound()
    return schedule


def _find_to_run(caller: Caller, public_id: str) -> ActivitySchedule:
    schedule = _find(caller, public_id)
    if not caller.may(Right.PLAN_ACTIVITIES, schedule.organization.path):
        raise Forbidden()
    return schedule


def _may_see(caller: Caller, organization: Organization) -> bool:
    return caller.branch_id == organization.id or caller.may(Right.SEE_ACTIVITIES, organization.path)


def _shown(schedule: ActivitySchedule, timezone: ZoneInfo, now: datetime) -> ScheduleShape:
    calendar = load_calendar(schedule.organization.path, timezone, now=now)
    return _shape(schedule, calendar, now, _settled_of([schedule], now))


def _settled_of(schedules: Sequence[ActivitySchedule], now: datetime) -> Slots:
    """What is settled about the months from this one on: planned or left out."""
    rows = (
        ScheduleSlot.select(ScheduleSlot, Activity)
        .join(Activity, pw.JOIN.LEFT_OUTER)
        .where(
            ScheduleSlot.schedule.in_([one.id for one in schedules]),
            ScheduleSlot.month >= month_of((now - timedelta(days=1)).date()),
        )
    )
    return {(row.schedule_id, row.month): row for row in rows}


def _shape(schedule: ActivitySchedule, calendar: WorkCalendar, now: datetime, slots: Slots) -> ScheduleShape:
    kind = ActivityKind(schedule.kind)
    hour, minute = divmod(schedule.starts_at_minute, 60)
    return ScheduleShape(
        id=schedule.public_id,
        organization=brief(schedule.organization),
        kind=kind,
        kind_label=KIND_LABELS[kind],
        title=schedule.title,
        place=schedule.place_text,
        day=schedule.day,
        nth=schedule.nth,
        weekday=schedule.weekday,
        starts=f"{hour:02}:{minute:02}",
        minutes=schedule.minutes,
        shift=Shift(schedule.shift),
        ended=schedule.ended_at is not None,
        coming=[] if schedule.ended_at else _coming(schedule, calendar, now, slots),
    )


def _coming(schedule: ActivitySchedule, calendar: WorkCalendar, now: datetime, slots: Slots) -> list[ComingDay]:
    """The next five days from tomorrow on, with what is settled about them."""
    tomorrow = local_day(now, calendar.timezone) + timedelta(days=1)
    days = islice(_rule(schedule).from_day(tomorrow, calendar.is_working_day), PREVIEWED)
    return [
        _coming_day(schedule, nominal, on, slots.get((schedule.id, month_of(on))), calendar.timezone)
        for nominal, on in days
    ]


def _coming_day(schedule: ActivitySchedule, nominal: date, on: date, slot: Any, timezone: ZoneInfo) -> ComingDay:
    starts_at, ends_at = _hours(schedule, on, timezone)
    return ComingDay(
        month=month_of(on),
        on=on,
        starts_at=starts_at,
        ends_at=ends_at,
        moved_from=nominal if nominal != on else None,
        skipped=slot.skip_reason if slot else None,
        activity=slot.activity.public_id if slot and slot.activity_id else None,
    )
