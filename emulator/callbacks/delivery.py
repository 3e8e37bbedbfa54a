"""Bringing callbacks to the app's server: five seconds, three attempts, and what it answered."""

import heapq
import http.client
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from emulator.callbacks.envelope import Envelope, enveloped
from emulator.callbacks.replies import take_reply
from emulator.config import App
from emulator.state import Delivery

if TYPE_CHECKING:
    from emulator.platform import Platform

WORKERS = 4
MOST_REMEMBERED = 2_000
LONGEST_ANSWER = 1_000_000


@dataclass(frozen=True)
class Knobs:
    """How a delivery is spoiled on purpose."""

    times: int = 1  # the same message so often, each acknowledged
    wrong_signature: bool = False
    timestamp_offset_s: int = 0  # a time stamp from the past or the future
    oversize_bytes: int = 0  # as much ballast in the message
    replay: bool = False  # time stamp, nonce and signature the same on every one of `times`


@dataclass(order=True)
class Waiting:
    due: float
    number: int
    appid: str = field(compare=False)
    user: str = field(compare=False)
    message: dict[str, Any] = field(compare=False)


class Deliverer:
    """A queue on the virtual clock and the few threads that empty it."""

    def __init__(self, platform: "Platform") -> None:
        self._platform = platform
        lock = threading.Lock()
        self._changed = threading.Condition(lock)  # workers wait for it
        self._finished = threading.Condition(lock)  # who wants silence waits for it
        self._waiting: list[Waiting] = []
        self._number = 0
        self._busy = 0
        self._workers: list[threading.Thread] = []
        platform.clock.on_move(self._wake)

    def send_later(self, app: App, user: str, message: dict[str, Any], due: float | None = None) -> None:
        """Queue a message for the app's callback; dropped when it has none."""
        if not app.callback_url:
            return
        with self._changed:
            self._number += 1
            at = self._platform.clock.now() if due is None else due
            heapq.heappush(self._waiting, Waiting(at, self._number, app.appid, user, message))
            self._start_workers()
            self._changed.notify()

    def send_now(self, app: App, user: str, message: dict[str, Any], knobs: Knobs | None = None) -> list[Delivery]:
        """Deliver and wait for the end of it: one Delivery for each of `knobs.times`."""
        knobs = knobs or Knobs()
        if knobs.oversize_bytes:
            message = message | {"Ballast": "x" * knobs.oversize_bytes}
        fixed = self._sealed(app, message, knobs) if knobs.replay else None
        return [self._deliver(app, user, message, knobs, fixed) for _ in range(knobs.times)]

    def pending(self) -> list[Waiting]:
        with self._changed:
            return sorted(self._waiting)

    def resume(self, waiting: list[Waiting]) -> None:
        """Take up a queue that was saved."""
        with self._changed:
            for number, job in enumerate(waiting):
                heapq.heappush(self._waiting, replace(job, number=number))
                self._start_workers()
            self._number = len(waiting)
            self._changed.notify_all()

    def settle(self, timeout_s: float) -> bool:
        """Wait until nothing is due and nothing under way; what is due later does not count."""
        with self._changed:
            return self._finished.wait_for(self._is_idle, timeout_s)

    def _is_idle(self) -> bool:
        now = self._platform.clock.now()
        return not self._busy and (not self._waiting or self._waiting[0].due > now)

    def forget(self) -> None:
        with self._changed:
            self._waiting.clear()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _start_workers(self) -> None:
        if len(self._workers) < WORKERS:
            worker = threading.Thread(target=self._work, name="callbacks", daemon=True)
            self._workers.append(worker)
            worker.start()

    def _work(self) -> None:
        while True:
            job = self._next()
            try:
                app = self._platform.world.app(job.appid)
                if app is not None:
                    self._deliver(app, job.user, job.message, Knobs(), None)
            finally:
                with self._changed:
                    self._busy -= 1
                    self._finished.notify_all()

    def _next(self) -> Waiting:
        with self._changed:
            while True:
                wait_s = self._waiting[0].due - self._platform.clock.now() if self._waiting else None
                if wait_s is not None and wait_s <= 0:
                    self._busy += 1
                    return heapq.heappop(self._waiting)
                self._changed.wait(wait_s)

    def _sealed(self, app: App, message: dict[str, Any], knobs: Knobs) -> Envelope:
        timestamp = int(self._platform.clock.now()) + knobs.timestamp_offset_s
        return enveloped(app, message, timestamp, wrong_signature=knobs.wrong_signature)

    def _deliver(self, app: App, user: str, message: dict[str, Any], knobs: Knobs, fixed: Envelope | None) -> Delivery:
        delivery = self._note(app, user, message)
        settings = self._platform.world.settings
        for _ in range(settings.callback_attempts):
            envelope = fixed or self._sealed(app, message, knobs)
            status, answer = post(app.callback_url, envelope, settings.callback_timeout_s)
            delivery.attempts.append(status)
            if status == "200":
                delivery.reply = answer.decode("utf-8", "replace")[:2000]
                delivery.outcome = take_reply(self._platform, app, message, answer)
                return delivery
        delivery.outcome = "failed"
        take_reply(self._platform, app, message, None)
        return delivery

    def _note(self, app: App, user: str, message: dict[str, Any]) -> Delivery:
        platform = self._platform
        with platform.lock:
            what = str(message.get("Event") or message.get("MsgType"))
            delivery = Delivery(platform.state.next_seq(), platform.clock.now(), app.kind, what, user)
            platform.state.deliveries.append(delivery)
            del platform.state.deliveries[:-MOST_REMEMBERED]
            return delivery


def post(url: str, envelope: Envelope, timeout_s: float) -> tuple[str, bytes]:
    """One attempt: the status or what went wrong in a word, and the body."""
    parts = urlsplit(url)
    path = f"{parts.path or '/'}?{parts.query + '&' if parts.query else ''}{envelope.query}"
    return request("POST", url, path, timeout_s, envelope.body, {"Content-Type": envelope.content_type})


def request(
    method: str,
    url: str,
    path: str,
    timeout_s: float,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[str, bytes]:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "127.0.0.1", parts.port, timeout=timeout_s)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return str(response.status), response.read(LONGEST_ANSWER)
    except TimeoutError:
        return "timeout", b""
    except (OSError, http.client.HTTPException) as fault:
        return type(fault).__name__, b""
    finally:
        connection.close()
