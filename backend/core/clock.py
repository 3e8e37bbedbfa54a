"""Time as an argument: a clock is any function that returns an aware instant in UTC."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import requests

from backend.core.settings import Settings

Clock = Callable[[], datetime]
# A request asks the same of a few instants again and again; enough for all that run at once. Ours are in UTC or have an
# offset: Python takes the two hours of a night in autumn for equal only within one ZoneInfo.
REMEMBERED = 512


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class DemoClock:
    """Follows the emulator's clock, so that a person can make it Sunday; asks it each time, on one connection."""

    def __init__(self, control_url: str) -> None:
        self._url = control_url
        self._offset = timedelta()
        self._session = requests.Session()

    def __call__(self) -> datetime:
        try:
            answer = self._session.get(self._url, timeout=(0.5, 1)).json()
            self._offset = timedelta(seconds=float(answer["offset_s"]))
        except (requests.RequestException, ValueError):
            pass  # the emulator is starting or gone: keep the last known time
        return system_clock() + self._offset


def clock_for(settings: Settings) -> Clock:
    """The clock that the settings ask for: the emulator's in demo mode, else the system's."""
    if not settings.demo:
        return system_clock
    return DemoClock(settings.wechat_api_url.removesuffix("/wx") + "/_control/clock")


@lru_cache(REMEMBERED)
def local_instant(at: datetime, timezone: ZoneInfo) -> str:
    """An instant as ISO text of a time zone."""
    return at.astimezone(timezone).isoformat()


@lru_cache(REMEMBERED)
def local_day(at: datetime, timezone: ZoneInfo) -> date:
    """The calendar day of an instant in the given time zone."""
    return at.astimezone(timezone).date()


def same_day(day: date, *, months: int) -> date:
    """The same day of the month so many months later (or earlier), or the month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))
