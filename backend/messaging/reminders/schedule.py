"""When a rule speaks: pure functions of days."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = "daily"


def runs_on(rhythm: str, day: date) -> bool:
    """Whether a rule is asked on this local day."""
    return rhythm == EVERY_DAY or DAYS[day.weekday()] in rhythm.split(",")


def offsets_of(text: str) -> list[int]:
    """Days before what is due; none for what goes by rhythm alone."""
    return [int(part) for part in text.split(",") if part]


def speaks_on(offsets: Sequence[int], due_on: date | None, day: date) -> bool:
    """Whether something due on a day (or always due) is spoken of on this one."""
    return due_on is None or (due_on - day).days in offsets


def instant_of(day: date, at: str, timezone: ZoneInfo) -> datetime:
    """The instant of a local time on a local day."""
    return datetime.combine(day, time.fromisoformat(at), timezone)


def next_days(rhythm: str, first: date, days: int) -> list[date]:
    """The days from `first` on, within so many, on which a rule is asked."""
    ahead = [first + timedelta(days=number) for number in range(days)]
    return [day for day in ahead if runs_on(rhythm, day)]
