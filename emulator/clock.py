"""Virtual time: the machine's clock plus an offset that a test or a person moves."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")  # no daylight saving: a fixed offset is exact


class VirtualClock:
    """Seconds since 1970 as the platform sees them."""

    def __init__(self, real_time: Callable[[], float] = time.time) -> None:
        self._real_time = real_time
        self._watchers: list[Callable[[], None]] = []
        self.offset_s = 0.0

    def now(self) -> float:
        return self._real_time() + self.offset_s

    def local(self) -> datetime:
        return local_time(self.now())

    def move(self, offset_s: float) -> None:
        """Set the offset and tell those who wait for a moment."""
        self.offset_s = offset_s
        for watcher in self._watchers:
            watcher()

    def advance(self, seconds: float) -> None:
        self.move(self.offset_s + seconds)

    def set_to(self, instant: datetime) -> None:
        """Make it `instant` now; one without an offset is read as Shanghai time."""
        aware = instant if instant.tzinfo else instant.replace(tzinfo=SHANGHAI)
        self.move(aware.timestamp() - self._real_time())

    def on_move(self, watcher: Callable[[], None]) -> None:
        self._watchers.append(watcher)


def local_time(instant: float) -> datetime:
    return datetime.fromtimestamp(instant, SHANGHAI)


def iso(instant: float) -> str:
    """ISO-8601 with the offset of Shanghai, to the millisecond."""
    return local_time(instant).isoformat(timespec="milliseconds")


def local_day(instant: float) -> str:
    """The day (2026-11-29) by which daily quotas count: they start anew at 00:00 +08:00."""
    return local_time(instant).strftime("%Y-%m-%d")
