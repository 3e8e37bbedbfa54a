"""What the calendar asks for: next year's holidays, before January counts on them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from backend.core.clock import local_day
from backend.core.database import in_unit_of_work
from backend.messaging import outbox
from backend.workdays.calendar import is_published
from backend.workdays.models import CalendarDay

SHANGHAI = ZoneInfo("Asia/Shanghai")
ASKED_FROM_MONTH = 12


def warn_of_missing_year(*, now: datetime, timezone: ZoneInfo = SHANGHAI) -> int:
    """In December, once: next year's holidays are neither published nor declared (`domain.md` §4.4)."""
    today = local_day(now, timezone)
    year = today.year + 1
    key = f"calendar-missing:{year}"
    if today.month < ASKED_FROM_MONTH or is_known(year) or outbox.already_enqueued(key):
        return 0
    facts = {"year": year}
    in_unit_of_work(lambda: outbox.enqueue("calendar.year_missing", facts, key=key, organization_id=None, now=now))
    return 1


def is_known(year: int) -> bool:
    """Whether the holidays of a year were published, or any of its days was declared by hand."""
    in_year = CalendarDay.on.between(date(year, 1, 1), date(year, 12, 31))
    return is_published(year) or bool(CalendarDay.select(CalendarDay.id).where(in_year).exists())
