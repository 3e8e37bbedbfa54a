"""Working time: the published calendar with 调休, the county's own days, and adding minutes to instants."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from lunar_python.util import HolidayUtil

from backend.core.clock import local_day
from backend.service.bundle import Bundle, read_bundle
from backend.service.models import CalendarDay, Pace

# office hours of a Party-and-masses service centre; counted without a lunch break, so 8 hours a day
OPENS, CLOSES = time(9), time(17)
SATURDAY = 6
LOOK_BACK = timedelta(days=60)  # longer than a clock may stand still
HORIZON_DAYS = 1_100  # a calendar without any working day is a mistake, not a reason to count for ever
DAY_ROWS = "SELECT JSON_ARRAY('day', d.`on`, d.working) FROM calendar_day d WHERE d.`on` >= ?"


@dataclass(frozen=True)
class WorkCalendar:
    """Which days are worked, and how far an instant is from another at a pace."""

    declared: Mapping[date, bool]
    timezone: ZoneInfo

    def is_working_day(self, day: date) -> bool:
        """The county's word, else the published calendar, else Monday to Friday."""
        if day in self.declared:
            return self.declared[day]
        return _is_worked(day)

    def add(self, start: datetime, minutes: float, pace: Pace) -> datetime:
        """The instant at which `minutes` have ticked since `start`; raises ValueError past the horizon."""
        left = timedelta(minutes=minutes)
        if pace is Pace.NATURAL:
            return start + left
        for opens, closes in self._windows(start, pace):
            if left <= closes - opens:
                return opens + left
            left -= closes - opens
        raise ValueError("the calendar has no working days")

    def minutes_between(self, start: datetime, end: datetime, pace: Pace) -> float:
        """How many minutes tick from `start` to `end`; 0 when `end` is not later."""
        if end <= start:
            return 0.0
        if pace is Pace.NATURAL:
            return (end - start) / timedelta(minutes=1)
        ticked = timedelta()
        for opens, closes in self._windows(start, pace):
            if opens >= end:
                break
            ticked += min(closes, end) - opens
        return ticked / timedelta(minutes=1)

    def _windows(self, start: datetime, pace: Pace) -> Iterator[tuple[datetime, datetime]]:
        """The stretches of time in which a clock of this pace ticks, from `start` on."""
        first = start.astimezone(self.timezone).date()
        for day in (first + timedelta(days=n) for n in range(HORIZON_DAYS)):
            if not self.is_working_day(day):
                continue
            opens, closes = self._hours(day, pace)
            if closes > start:
                yield max(opens, start), closes

    def _hours(self, day: date, pace: Pace) -> tuple[datetime, datetime]:
        if pace is Pace.WORKING_HOURS:
            return self._instant(day, OPENS), self._instant(day, CLOSES)
        return self._instant(day, time()), self._instant(day + timedelta(days=1), time())

    def _instant(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.timezone).astimezone(UTC)


@lru_cache(maxsize=2 * HORIZON_DAYS)
def _is_worked(day: date) -> bool:
    """By the published calendar, else Monday to Friday."""
    published = HolidayUtil.getHoliday(day.isoformat())
    return bool(published.isWork()) if published else day.isoweekday() < SATURDAY


def load_calendar(timezone: ZoneInfo, *, now: datetime) -> WorkCalendar:
    """The calendar with the declarations that can still matter."""
    return calendar_of(read_bundle((DAY_ROWS,), (first_day(timezone, now=now),)), timezone)


def first_day(timezone: ZoneInfo, *, now: datetime) -> str:
    """From which day on declarations can still matter: the value that `DAY_ROWS` asks for."""
    return local_day(now - LOOK_BACK, timezone).isoformat()


def calendar_of(bundle: Bundle, timezone: ZoneInfo) -> WorkCalendar:
    """The calendar that was read with other things."""
    return WorkCalendar({date.fromisoformat(on): bool(working) for on, working in bundle["day"]}, timezone)


def declare_day(on: date, *, working: bool, reason: str) -> None:
    """Say that a day is, or is not, worked; a second word on the same day replaces the first."""
    same = CalendarDay.update(working=working, reason=reason).where(CalendarDay.on == on)
    if not same.execute():
        CalendarDay.insert(on=on, working=working, reason=reason).on_conflict_ignore().execute()


def is_published(year: int) -> bool:
    """Whether the holidays of a year are known; they are announced each November."""
    return bool(HolidayUtil.getHolidays(year))
