"""Faults that a test orders: which calls, what goes wrong, how often."""

import math
import threading
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from emulator.plain import ShapeError, from_plain, to_plain

LONGEST_DELAY_S = 120.0


@dataclass
class Fault:
    """One ordered fault.

    `path` is a call with or without its root (`/wx`, `/qy`), `*` stands for anything. What happens:
    `errcode` (an error answer), `http` (that status with an HTML body), `html` (an HTML page, 502 unless
    `http` says otherwise), `truncate` (half of the JSON), `delay_s` (real seconds), `drop` (the connection
    is reset). With `after` the call is carried out first and only its answer is lost; alone it means `drop`.
    `skip` lets calls pass first, `every` takes each n-th, `times` is how often in all (null: for ever),
    `for_s` how long on the virtual clock (then as often as it comes, if `times` is not said).
    """

    path: str
    errcode: int | None = None
    errmsg: str | None = None
    http: int | None = None
    html: bool = False
    truncate: bool = False
    delay_s: float = 0.0
    drop: bool = False
    after: bool = False
    times: int | None = 1
    skip: int = 0
    every: int = 1
    for_s: float | None = None
    user: str = ""  # only calls for this user or openid
    robot: str = ""  # only calls with this key
    id: int = 0
    seen: int = field(default=0, init=False)
    fired: int = field(default=0, init=False)
    ends_at: float = field(default=math.inf, init=False)

    def is_over(self, now: float) -> bool:
        return now >= self.ends_at or (self.times is not None and self.fired >= self.times)

    @property
    def breaks_answer(self) -> bool:
        return self.drop or self.html or self.truncate or self.http is not None

    def concerns(self, path: str, user: set[str], robot: str) -> bool:
        paths = (path, path.removeprefix("/wx").removeprefix("/qy"))
        if not any(fnmatchcase(p, self.path) for p in paths):
            return False
        return (not self.user or self.user in user) and self.robot in ("", robot)

    def comes_up(self) -> bool:
        """Count this call; is it one of those that go wrong?"""
        self.seen += 1
        due = self.seen > self.skip and (self.seen - self.skip) % max(self.every, 1) == 0
        self.fired += due
        return due


class FaultList:
    """The ordered faults, oldest first; the first that fits is taken."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._last_id = 0

    @property
    def empty(self) -> bool:
        return not self._faults

    def add(self, wanted: dict[str, Any], now: float) -> Fault:
        """Raises ShapeError when nothing or nothing sensible is ordered."""
        fault = from_plain(Fault, wanted, "fault")
        if fault.for_s is not None:
            fault.ends_at = now + fault.for_s
            fault.times = wanted.get("times")
        if not (fault.breaks_answer or fault.errcode is not None or fault.delay_s):
            if not fault.after:
                raise ShapeError("fault: one of errcode, http, html, truncate, delay_s, drop, after is needed")
            fault.drop = True
        if not 0 <= fault.delay_s <= LONGEST_DELAY_S:
            raise ShapeError(f"fault.delay_s: 0 to {LONGEST_DELAY_S:g} seconds")
        with self._lock:
            self._last_id += 1
            fault.id = self._last_id
            self._faults.append(fault)
        return fault

    def take(self, path: str, user: set[str], robot: str, now: float) -> Fault | None:
        """The fault that this call meets, if any."""
        with self._lock:
            self._faults = [f for f in self._faults if not f.is_over(now)]
            fitting = (f for f in self._faults if f.concerns(path, user, robot) and f.comes_up())
            return next(fitting, None)

    def clear(self) -> None:
        with self._lock:
            self._faults = []

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [to_plain(f) | {"seen": f.seen, "fired": f.fired} for f in self._faults]
