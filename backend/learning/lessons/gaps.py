"""Sundays that nothing holds: said in time to those who can fill them, and filled by a stand-in if named."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.clock import local_day
from backend.core.database import in_unit_of_work
from backend.learning.lessons import notices
from backend.learning.lessons.calendar import coming_sundays, instant_of
from backend.learning.lessons.models import Lesson, LessonLog
from backend.learning.lessons.rules import GAPS, SUNDAY
from backend.learning.lessons.workflow import HOLDING_A_SUNDAY, LessonEvent, LessonState
from backend.messaging.outbox import already_enqueued
from backend.people.models import Organization
from backend.workdays.calendar import WorkCalendar, load_declarations

STEPPED_IN = "这个星期日空着，候补党课自动排上"


@dataclass(frozen=True)
class Gap:
    """An organisation that publishes regularly and has nothing for the coming Sunday."""

    organization: Organization
    sunday: date
    stand_in: Lesson | None


def warn_of_gaps(*, timezone: ZoneInfo, now: datetime) -> int:
    """Tell the editors of an empty Sunday from Wednesday on, each step once; returns how many were told.

    Asked late, only the latest step is said. Nothing is said once the Sunday is held, and nothing to an
    organisation that has given up publishing regularly.
    """
    sunday = coming_sundays(local_day(now, timezone))[0]
    steps = [step for step, (weekday, at) in enumerate(GAPS.warnings) if now >= _moment(sunday, weekday, at, timezone)]
    if not steps:
        return 0
    return sum(_warn(gap, steps[-1], now) for gap in _gaps(sunday))


def _warn(gap: Gap, step: int, now: datetime) -> int:
    year, week, _ = gap.sunday.isocalendar()
    key = f"lesson-gap:{year}-W{week:02}:{gap.organization.id}:{step}"
    if already_enqueued(key):
        return 0
    title = gap.stand_in.title if gap.stand_in else None
    tell = partial(notices.gap, gap.organization, gap.sunday, key=key, stand_in=title, now=now)
    try:
        in_unit_of_work(tell)
    except pw.IntegrityError:
        return 0  # the other bot was faster
    return 1


def schedule_stand_ins(*, timezone: ZoneInfo, now: datetime) -> int:
    """From Saturday evening on, let a stand-in take each Sunday that is still empty; returns how many did."""
    sunday = coming_sundays(local_day(now, timezone))[0]
    if now < _moment(sunday, *GAPS.stand_in, timezone):
        return 0
    declared = load_declarations(timezone, now=now)
    return sum(_step_in(gap, declared.calendar_of(gap.organization.path), now) for gap in _gaps(sunday))


def _step_in(gap: Gap, calendar: WorkCalendar, now: datetime) -> int:
    lesson = gap.stand_in
    if lesson is None:
        return 0
    at = instant_of(gap.sunday, calendar)
    try:
        return in_unit_of_work(partial(_take_sunday, lesson, gap.sunday, at, now))
    except pw.IntegrityError:
        return 0  # an editor, or the other bot, gave the Sunday away a moment ago


def _take_sunday(lesson: Lesson, sunday: date, at: datetime, now: datetime) -> int:
    still_named = (Lesson.state == LessonState.APPROVED) & Lesson.stand_in_at.is_null(False)
    taken: int = (
        Lesson.update(
            state=LessonState.SCHEDULED,
            publish_on=sunday,
            slot_on=sunday,
            publish_at=at,
            stand_in_at=None,
            changed_at=now,
        )
        .where(Lesson.id == lesson.id, still_named)
        .execute()
    )
    if not taken:
        return 0
    lesson.publish_on, lesson.publish_at = sunday, at
    step = LessonLog.create(
        lesson=lesson,
        at=now,
        event=LessonEvent.SCHEDULE,
        from_state=LessonState.APPROVED,
        to_state=LessonState.SCHEDULED,
        version=lesson.version,
        note=STEPPED_IN,
    )
    notices.stood_in(step, today=sunday)
    return 1


def _gaps(sunday: date) -> Iterator[Gap]:
    """Organisations that published within the last weeks and have nothing for this Sunday."""
    since = sunday - timedelta(weeks=GAPS.regular_weeks)
    recent = (
        Lesson.select(Lesson.organization)
        .where(Lesson.slot_on >= since, Lesson.slot_on < sunday, Lesson.state == LessonState.PUBLISHED)
        .distinct()
    )
    held = Lesson.select(Lesson.organization).where(Lesson.slot_on == sunday, Lesson.state.in_(HOLDING_A_SUNDAY))
    empty = Organization.select().where(Organization.id.in_(recent), Organization.id.not_in(held))
    for organization in empty.order_by(Organization.id):
        yield Gap(organization, sunday, _stand_in_of(organization))


def _stand_in_of(organization: Organization) -> Lesson | None:
    """The stand-in that has waited longest."""
    lesson: Lesson | None = (
        Lesson.select(Lesson, Organization)
        .join(Organization)
        .where(
            Lesson.organization == organization,
            Lesson.state == LessonState.APPROVED,
            Lesson.stand_in_at.is_null(False),
        )
        .order_by(Lesson.stand_in_at, Lesson.id)
        .first()
    )
    return lesson


def _moment(sunday: date, weekday: int, at: time, timezone: ZoneInfo) -> datetime:
    """A weekday and local time in the week that ends with this Sunday."""
    return datetime.combine(sunday - timedelta(days=SUNDAY.weekday - weekday), at, timezone)
