"""Sundays: which day a lesson may come out on, at what instant, and which Sundays are still empty."""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from backend.core.clock import local_day
from backend.core.errors import invalid_field
from backend.learning.lessons.models import Lesson
from backend.learning.lessons.rules import SUNDAY
from backend.learning.lessons.schemas import CalendarLesson, CalendarSunday, LessonCalendar
from backend.learning.lessons.workflow import LessonState
from backend.people.access import find_organization, require
from backend.people.directory import brief
from backend.people.models import Organization
from backend.people.permissions import Caller, Right
from backend.workdays.calendar import WorkCalendar, load_calendar
from backend.workdays.festivals import festival_of

WEEK = timedelta(weeks=1)
PREPARED = (LessonState.DRAFT, LessonState.IN_REVIEW, LessonState.APPROVED)


def check_sunday(day: date, *, today: date) -> None:
    """Raise 422 unless `day` is a Sunday from today on, within the coming year."""
    if day.isoweekday() != SUNDAY.weekday:
        raise invalid_field("publish_on", "not_sunday", "党课只在星期日发布，请选一个星期日")
    if day < today:
        raise invalid_field("publish_on", "sunday_past", "这个星期日已经过去，请另选一个")
    if day > today + timedelta(days=366):
        raise invalid_field("publish_on", "sunday_too_far", "最多提前一年排期")


def instant_of(day: date, calendar: WorkCalendar) -> datetime:
    """The instant at which the lesson of a Sunday comes out: at noon when that Sunday is worked (调休)."""
    at = SUNDAY.at_work if calendar.is_working_day(day) else SUNDAY.at
    return datetime.combine(day, at, calendar.timezone)


def coming_sundays(today: date) -> list[date]:
    """The next Sundays, today included."""
    first = today + timedelta(days=(SUNDAY.weekday - today.isoweekday()) % 7)
    return [first + WEEK * step for step in range(SUNDAY.preview)]


def sundays_of(year: int) -> list[date]:
    """All Sundays of a year."""
    new_year = date(year, 1, 1)
    first = new_year + timedelta(days=(SUNDAY.weekday - new_year.isoweekday()) % 7)
    days = [first + WEEK * step for step in range(53)]
    return [day for day in days if day.year == year]


def show_calendar(
    code: str, *, caller: Caller, timezone: ZoneInfo, now: datetime, year: int | None = None
) -> LessonCalendar:
    """The coming Sundays of an organisation, or those of a year, for those who write its lessons."""
    organization = find_organization(code)
    require(caller, Right.WRITE_LESSONS, organization)
    today = local_day(now, timezone)
    days = sundays_of(year) if year else coming_sundays(today)
    begins = datetime.combine(days[0], SUNDAY.at, timezone)
    calendar = load_calendar(organization.path, timezone, now=min(now, begins))
    held = _holding(organization, days)
    prepared = _prepared(organization.id, days)
    shown = [_sunday(day, organization, held[day], prepared[day], calendar) for day in days]
    return LessonCalendar(
        organization=brief(organization),
        # what is over is no gap that anybody could fill
        sundays=[one.model_copy(update={"gap": one.gap and one.publish_on >= today}) for one in shown],
    )


def _holding(organization: Organization, days: list[date]) -> defaultdict[date, list[Lesson]]:
    """Lessons that hold these Sundays, here and in all layers above, the highest layer first."""
    layers = [int(step) for step in organization.path.rstrip(".").split(".")]
    rows = (
        Lesson.select(Lesson, Organization)
        .join(Organization)
        .where(Lesson.organization.in_(layers), Lesson.slot_on.in_(days))
        .order_by(Organization.path)
    )
    held: defaultdict[date, list[Lesson]] = defaultdict(list)
    for lesson in rows:
        held[lesson.publish_on].append(lesson)
    return held


def _prepared(organization_id: int, days: list[date]) -> Counter[date]:
    rows = Lesson.select(Lesson.publish_on).where(
        Lesson.organization == organization_id,
        Lesson.state.in_(PREPARED),
        Lesson.publish_on.in_(days),
    )
    return Counter(row.publish_on for row in rows)


def _sunday(
    day: date, organization: Organization, held: list[Lesson], prepared: int, calendar: WorkCalendar
) -> CalendarSunday:
    own = next((lesson for lesson in held if lesson.organization_id == organization.id), None)
    return CalendarSunday(
        publish_on=day,
        publish_at=own.publish_at if own else instant_of(day, calendar),
        lesson=_in_calendar(own) if own else None,
        above=[_in_calendar(lesson) for lesson in held if lesson is not own],
        working_day=calendar.is_working_day(day),
        festival=festival_of(day),
        gap=own is None,
        in_preparation=prepared,
    )


def _in_calendar(lesson: Lesson) -> CalendarLesson:
    return CalendarLesson(
        id=lesson.public_id,
        organization=brief(lesson.organization),
        title=lesson.title,
        lecturer=lesson.lecturer,
        state=LessonState(lesson.state),
    )
