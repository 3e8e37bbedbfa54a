"""Working time: the published calendar with 调休, the days declared otherwise, and adding minutes to instants."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from lunar_python.util import HolidayUtil

from backend.core.clock import local_day
from backend.core.database import rows_of
from backend.core.reference import Question
from backend.workdays.models import CalendarDay

# office hours of a Party-and-masses service centre; counted without a lunch break, so 8 hours a day
OPENS, CLOSES = time(9), time(17)
SATURDAY = 6
LOOK_BACK = timedelta(days=60)  # longer than a clock may stand still
ONE_DAY = timedelta(days=1)
HORIZON_DAYS = 1_100  # a calendar without any working day is a mistake, not a reason to count for ever
_DAY_ROWS = "SELECT JSON_ARRAY('day', d.`on`, d.working, d.organization_id) FROM calendar_day d WHERE d.`on` >= ?"

Declaration = tuple[date, bool, int | None]


class Pace(StrEnum):
    """When a clock ticks: always, on whole working days, or within the hours of working days."""

    NATURAL = "natural"
    WORKING_DAYS = "working_days"
    WORKING_HOURS = "working_hours"


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
        day = local_day(start, self.timezone)
        for _ in range(HORIZON_DAYS):
            if self.is_working_day(day):
                opens, closes = _hours(day, pace, self.timezone)
                if closes > start:
                    yield max(opens, start), closes
            day += ONE_DAY


@lru_cache(maxsize=2 * HORIZON_DAYS)
def _hours(day: date, pace: Pace, timezone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a clock of this pace begins and ends to tick on a working day."""
    if pace is Pace.WORKING_HOURS:
        return _instant(day, OPENS, timezone), _instant(day, CLOSES, timezone)
    return _instant(day, time(), timezone), _instant(day + timedelta(days=1), time(), timezone)


def _instant(day: date, at: time, timezone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, timezone).astimezone(UTC)


@lru_cache(maxsize=2 * HORIZON_DAYS)
def _is_worked(day: date) -> bool:
    """By the published calendar, else Monday to Friday."""
    published = HolidayUtil.getHoliday(day.isoformat())
    return bool(published.isWork()) if published else day.isoweekday() < SATURDAY


@dataclass(frozen=True)
class Declarations:
    """What was declared from some day on, everywhere; `calendar_of` picks what holds in one organisation."""

    days: tuple[Declaration, ...]
    timezone: ZoneInfo

    def calendar_of(self, path: str) -> WorkCalendar:
        """The calendar of the organisation with that path: its own word goes before that of those above."""
        return WorkCalendar(declared_for(path, self.days), self.timezone)


def load_declarations(timezone: ZoneInfo, *, now: datetime) -> Declarations:
    """All declarations that can still matter: few, since a year is published as a whole."""
    rows = CalendarDay.select(CalendarDay.on, CalendarDay.working, CalendarDay.organization)
    return Declarations(tuple(rows_of(rows.where(CalendarDay.on >= _first_day(timezone, now=now)))), timezone)


def load_calendar(path: str, timezone: ZoneInfo, *, now: datetime) -> WorkCalendar:
    """The calendar of one organisation, with the declarations that can still matter."""
    return load_declarations(timezone, now=now).calendar_of(path)


def declared_days(timezone: ZoneInfo, *, now: datetime) -> Question:
    """What `load_declarations` reads, as reference data that is remembered: the days of `Declarations`."""
    return Question("day", _DAY_ROWS, (_first_day(timezone, now=now),), _declarations)


def _declarations(rows: list[list[Any]]) -> tuple[Declaration, ...]:
    return tuple((date.fromisoformat(on), bool(working), place) for on, working, place in rows)


def _first_day(timezone: ZoneInfo, *, now: datetime) -> str:
    """From which day on declarations can still matter."""
    return local_day(now - LOOK_BACK, timezone).isoformat()


def declared_for(path: str, rows: Iterable[Declaration]) -> dict[date, bool]:
    """The declarations that hold for an organisation; the nearest one above goes first."""
    steps = path.split(".")
    nearest: dict[date, tuple[int, bool]] = {}
    for on, working, organization_id in rows:
        depth = _depth(steps, organization_id)
        if depth is not None and depth >= nearest.get(on, (0, True))[0]:
            nearest[on] = (depth, bool(working))
    return {on: working for on, (_, working) in nearest.items()}


def _depth(steps: list[str], organization_id: int | None) -> int | None:
    """How near to the organisation its declaration was made; None when it was made elsewhere."""
    if organization_id is None:
        return 0
    return steps.index(str(organization_id)) + 1 if str(organization_id) in steps else None


def is_published(year: int) -> bool:
    """Whether the holidays of a year are known; they are announced each November."""
    return bool(HolidayUtil.getHolidays(year))
