"""What lessons owe to time: on Sunday they come out."""

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.database import in_unit_of_work
from backend.learning.lessons import notices
from backend.learning.lessons.calendar import instant_of
from backend.learning.lessons.gaps import schedule_stand_ins, warn_of_gaps
from backend.learning.lessons.models import Lesson, LessonLog
from backend.learning.lessons.posters import LessonCodes, make_posters
from backend.learning.lessons.rules import CATCH_UP
from backend.learning.lessons.series import number_issue
from backend.learning.lessons.workflow import LessonEvent, LessonState
from backend.people.models import Organization
from backend.workdays.calendar import load_declarations

__all__ = [
    "LessonCodes",
    "make_posters",
    "publish_due_lessons",
    "realign_sundays",
    "schedule_stand_ins",
    "warn_of_gaps",
]

BATCH = 100
TOO_LATE = "停机补发：晚于规定时间 24 小时以上，只发布，不推送"


def publish_due_lessons(*, now: datetime) -> int:
    """Publish every scheduled lesson whose instant has come; returns how many this call published.

    Safe to run twice, late, and on two machines: the compare-and-swap lets one through, and its event is
    written in the same transaction.
    """
    due = (
        Lesson.select(Lesson.id)
        .where(Lesson.state == LessonState.SCHEDULED, Lesson.publish_at <= now)
        .order_by(Lesson.publish_at, Lesson.id)
        .limit(BATCH)
    )
    return sum(_publish_once(row.id, now) for row in list(due))


def _publish_once(lesson_id: int, now: datetime) -> int:
    try:
        return in_unit_of_work(partial(_publish, lesson_id, now))
    except pw.IntegrityError:
        return 0  # another machine took the same issue number of the series: the next tick takes the next one


def realign_sundays(*, timezone: ZoneInfo, now: datetime) -> int:
    """Move scheduled lessons whose Sunday became, or is no longer, a working day; returns how many moved.

    The holidays of a year are announced in November, and a county may declare its own days later still.
    """
    declared = load_declarations(timezone, now=now)
    ahead = (
        Lesson.select(Lesson, Organization)
        .join(Organization)
        .where(Lesson.state == LessonState.SCHEDULED, Lesson.publish_at > now)
    )
    moved = 0
    for lesson in list(ahead):
        at = instant_of(lesson.publish_on, declared.calendar_of(lesson.organization.path))
        if at != lesson.publish_at and at > now:
            moved += in_unit_of_work(partial(_realign, lesson, at, now))
    return moved


def _realign(lesson: Lesson, at: datetime, now: datetime) -> int:
    same = (Lesson.id == lesson.id) & (Lesson.state == LessonState.SCHEDULED)
    moved = Lesson.update(publish_at=at, changed_at=now).where(same, Lesson.publish_at == lesson.publish_at)
    return int(moved.execute())


def _publish(lesson_id: int, now: datetime) -> int:
    mine: int = (
        Lesson.update(state=LessonState.PUBLISHED, published_at=now, changed_at=now)
        .where(Lesson.id == lesson_id, Lesson.state == LessonState.SCHEDULED, Lesson.publish_at <= now)
        .execute()
    )
    if not mine:
        return 0
    lesson = Lesson.select(Lesson, Organization).join(Organization).where(Lesson.id == lesson_id).get()
    number_issue(lesson)
    in_time = now - lesson.publish_at <= CATCH_UP.push_within
    if in_time:
        notices.published(lesson, now=now)
    LessonLog.create(
        lesson=lesson,
        at=now,
        event=LessonEvent.PUBLISH,
        from_state=LessonState.SCHEDULED,
        to_state=LessonState.PUBLISHED,
        version=lesson.version,
        note=None if in_time else TOO_LATE,
    )
    return 1
