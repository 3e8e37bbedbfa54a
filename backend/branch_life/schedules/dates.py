"""Which day a monthly activity falls on, and where it moves when that day is not worked."""

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from backend.branch_life.schedules.models import Shift

LAST = 5

IsWorked = Callable[[date], bool]


@dataclass(frozen=True)
class MonthlyDay:
    """A day of every month: its number, or the nth weekday of the month; and what to do about holidays."""

    day: int | None
    nth: int | None
    weekday: int | None
    shift: Shift

    def nominal(self, year: int, month: int) -> date:
        """The day by the rule alone; a month that is too short gives its last day."""
        length = monthrange(year, month)[1]
        if self.day is not None:
            return date(year, month, min(self.day, length))
        fitting = [d for d in range(1, length + 1) if date(year, month, d).isoweekday() == self.weekday]
        return date(year, month, fitting[-1] if self.nth == LAST else fitting[(self.nth or 1) - 1])

    def in_month(self, year: int, month: int, is_worked: IsWorked) -> date:
        """The day it is held on: shifted to a working day of the same month, the other way round if need be."""
        nominal = self.nominal(year, month)
        if self.shift is Shift.NONE or is_worked(nominal):
            return nominal
        step = timedelta(days=1 if self.shift is Shift.LATER else -1)
        worked = next(_worked(nominal, step, is_worked), None) or next(_worked(nominal, -step, is_worked), None)
        return worked or nominal

    def from_day(self, first: date, is_worked: IsWorked) -> Iterator[tuple[date, date]]:
        """Pairs of nominal day and day held, month by month, none held before `first`."""
        year, month = first.year, first.month
        while True:
            held = self.in_month(year, month, is_worked)
            if held >= first:
                yield self.nominal(year, month), held
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _worked(day: date, step: timedelta, is_worked: IsWorked) -> Iterator[date]:
    """Working days of the same month, from `day` on in one direction."""
    month = day.month
    while (day := day + step).month == month:
        if is_worked(day):
            yield day


def month_of(day: date) -> str:
    """2026-11: how a slot is named, by the month that it belongs to."""
    return f"{day:%Y-%m}"
