"""Months, quarters and years as the periods of duties: `2026-11`, `2026-Q4`, `2026`."""

from calendar import monthrange
from datetime import date
from enum import StrEnum
from typing import NamedTuple


class Every(StrEnum):
    """How often something is owed."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Period(NamedTuple):
    """A named stretch of local days, both ends included."""

    name: str
    first: date
    last: date


_MONTHS = {Every.MONTH: 1, Every.QUARTER: 3, Every.YEAR: 12}


def period_of(every: Every, day: date) -> Period:
    """The month, quarter or calendar year that a local day falls into."""
    length = _MONTHS[every]
    first = day.replace(month=(day.month - 1) // length * length + 1, day=1)
    end = first.month + length - 1
    return Period(_name(every, first), first, date(day.year, end, monthrange(day.year, end)[1]))


def _name(every: Every, first: date) -> str:
    if every is Every.MONTH:
        return f"{first:%Y-%m}"
    return f"{first.year}-Q{(first.month + 2) // 3}" if every is Every.QUARTER else str(first.year)


def first_day_of(name: str) -> date:
    """The first local day of a period by its name."""
    year, part = int(name[:4]), name[5:]
    month = int(part[1]) * 3 - 2 if part.startswith("Q") else int(part or 1)
    return date(year, month, 1)
