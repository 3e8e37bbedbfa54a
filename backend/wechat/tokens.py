"""Access tokens: one for all processes, refreshed ahead of time by whoever gets the lease."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import peewee as pw

from backend.core.clock import Clock
from backend.core.crypto import Sealed, opened
from backend.wechat.calls import REPEATS
from backend.wechat.faults import PlatformFault
from backend.wechat.models import PlatformToken

REFRESH_AHEAD = timedelta(seconds=300)
UNUSABLE_BELOW = timedelta(seconds=30)
LEASE = timedelta(seconds=15)
WAIT_STEP_S = 0.05
WAIT_STEPS = 300

Fetch = Callable[[], tuple[str, int]]


@dataclass(frozen=True)
class _Known:
    token: str
    expires_at: datetime


class TokenStore:
    """The token of one app. `fetch` asks the platform and gives (token, seconds that it lives)."""

    def __init__(self, name: str, fetch: Fetch, clock: Clock) -> None:
        self._name = name
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._known: _Known | None = None

    def token(self, *, rejected: str | None = None) -> str:
        """A token to use now; `rejected` is one that the platform has just refused."""
        if rejected is not None:
            REPEATS.inc()
        known = self._known
        if known and known.token != rejected and self._fresh(known):
            return known.token
        with self._lock:
            return self._shared(rejected)

    def _shared(self, rejected: str | None) -> str:
        for _ in range(WAIT_STEPS):
            known = self._read()
            if known and known.token != rejected and self._fresh(known):
                return known.token
            if self._take_lease():
                return self._renew()
            if known and known.token != rejected and known.expires_at - self._clock() > UNUSABLE_BELOW:
                return known.token  # somebody else is refreshing ahead of time: the old one still works
            time.sleep(WAIT_STEP_S)
        raise PlatformFault(None, f"access token of {self._name}")

    def _fresh(self, known: _Known) -> bool:
        return known.expires_at - self._clock() > REFRESH_AHEAD

    def _read(self) -> _Known | None:
        row = PlatformToken.get_or_none(PlatformToken.name == self._name)
        token = _readable(row.token) if row else None
        self._known = _Known(token, row.expires_at) if row and token else None
        return self._known

    def _take_lease(self) -> bool:
        now = self._clock()
        PlatformToken.insert(name=self._name).on_conflict_ignore().execute()
        lease = PlatformToken.leased_until
        # one that ends later than any of ours can was taken before the clock was turned back
        free = lease.is_null() | (lease < now) | (lease > now + LEASE)
        mine = PlatformToken.update(leased_until=now + LEASE).where(PlatformToken.name == self._name, free)
        return bool(mine.execute() == 1)

    def _renew(self) -> str:
        try:
            token, lives_s = self._fetch()
            self._known = _Known(token, self._clock() + timedelta(seconds=lives_s))
            self._write(token=token, expires_at=self._known.expires_at)
            return token
        finally:
            self._write(leased_until=None)

    def _write(self, **values: object) -> None:
        query: pw.ModelUpdate = PlatformToken.update(**values).where(PlatformToken.name == self._name)
        query.execute()


def _readable(token: Sealed | str | None) -> str | None:
    """The token, unless it was sealed with a key that is gone: then the platform gives another."""
    try:
        return opened(token)
    except ValueError:
        return None
