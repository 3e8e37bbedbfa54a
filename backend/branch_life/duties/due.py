"""Which duties are to be written, met or turned late now."""

from datetime import datetime
from zoneinfo import ZoneInfo

from backend.branch_life.duties.generating import generate
from backend.branch_life.duties.periods import Every, period_of
from backend.branch_life.duties.rules import GENERATED_AHEAD
from backend.branch_life.duties.settling import reopen, settle, turn_late
from backend.core.clock import local_day


def generate_duties(*, timezone: ZoneInfo, now: datetime) -> int:
    """Write the rows of the periods that run now or begin within a week, a batch of organisations each time.

    Safe to run twice, late and on two machines; returns how many rows were written.
    """
    today = local_day(now, timezone)
    periods = {period_of(every, day): every for every in Every for day in (today, today + GENERATED_AHEAD.value)}
    return sum(generate(every, period, today=today, now=now) for period, every in periods.items())


def settle_duties(*, timezone: ZoneInfo, now: datetime) -> int:
    """Take back what no longer stands, mark what was met, then turn late what is overdue; returns how many."""
    today = local_day(now, timezone)
    return reopen(today=today, now=now) + settle(today=today, now=now) + turn_late(today=today)
