"""How the desk writes times, days and sizes."""

from datetime import date, datetime

from backend.core.http import now, settings
from backend.desk.frame import bp
from backend.desk.language import is_english

WEEKDAYS = "一二三四五六日"


@bp.app_template_filter("local")
def local(at: datetime | None) -> str:
    """An instant in local time, the year only where it is another one: `11-23 09:00`."""
    if at is None:
        return ""
    zone = settings().timezone
    here = at.astimezone(zone)
    return f"{here:%m-%d %H:%M}" if here.year == now().astimezone(zone).year else f"{here:%Y-%m-%d %H:%M}"


@bp.app_template_filter("local_input")
def local_input(at: datetime) -> str:
    """An instant as a date and time field takes it."""
    return f"{at.astimezone(settings().timezone):%Y-%m-%dT%H:%M}"


@bp.app_template_filter("clock")
def clock(at: datetime) -> str:
    """The time of day of an instant: `09:00`."""
    return f"{at.astimezone(settings().timezone):%H:%M}"


@bp.app_template_filter("day")
def day(on: date | None) -> str:
    """A local day with its weekday: `11月29日 周日`, in English `Sun 29 Nov`."""
    if on and is_english():
        return f"{on:%a} {on.day} {on:%b}"
    return f"{on.month}月{on.day}日 周{WEEKDAYS[on.weekday()]}" if on else ""
