"""Many service notifications at once: asyncio and aiohttp, since `requests` stops at a thousand a second.

Token, body, rulings and metrics are the gateway's own; only the way of sending differs.
"""

import asyncio
import json
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from math import inf
from queue import SimpleQueue
from urllib.parse import quote

import aiohttp
import certifi
import structlog

from backend.core.logs import masked
from backend.wechat.calls import note
from backend.wechat.client import TIMEOUT_S
from backend.wechat.faults import PlatformFault, Remedy
from backend.wechat.miniprogram import MiniProgram, SubscribeMessage

CALL = "subscribe/send"
PATH = "/cgi-bin/message/subscribe/send"
# a turn that comes later than this is given up, since turns that pile up would leave together. In a second leave at
# most those that had their turn in it or so much before it: less than rates.SLOWER keeps in hand
MOST_LATE_S = 0.03
# turns that follow each other faster than one process can send are worth more than an even second: above 120,000 a
# minute a second may hold three tenths too many
SWIFTEST_S, MOST_LATE_IF_SWIFT_S = 1 / 2_000, 0.3
CONCURRENCY = 256  # where throughput against a platform of 50 ms stops growing

# the platform's message id, or why there is none
Fate = str | PlatformFault
Finished = tuple[int, Fate]

log = structlog.get_logger()


@dataclass(frozen=True)
class Spacing:
    """So many messages may begin: the first at an instant of the monotonic clock, then one each interval."""

    first_at: float
    interval_s: float
    count: int

    def instants(self) -> Iterator[float]:
        """When each may begin."""
        return (self.first_at + number * self.interval_s for number in range(self.count))

    def most_late_s(self) -> float:
        """How long after its instant a turn still holds."""
        if not self.interval_s:
            return inf
        return MOST_LATE_S if self.interval_s > SWIFTEST_S else MOST_LATE_IF_SWIFT_S


# asked for turns for so many messages, none of them sooner than in so many seconds; None: there are none soon
Pace = Callable[[int, float], Spacing | None]


def at_once(count: int, _ahead_s: float) -> Spacing:
    """No pace: every message may begin."""
    return Spacing(0.0, 0.0, count)


@dataclass
class _Round:
    """One pass over messages with one token; `stale` is why the platform refused that token, if it did.

    A `wary` one lets a single message go ahead: should the new token be refused too, that is enough to know.
    `begins` gives the turns; each holds for one message, and no longer than `most_late_s` after its instant.
    `missed_by_s` is how late the first one was whose turn was over.
    """

    messages: Sequence[SubscribeMessage]
    token: str
    wary: bool
    stopping: Callable[[], bool]
    begins: Iterator[float]
    most_late_s: float
    stale: PlatformFault | None = None
    missed_by_s: float = 0.0
    finished: "SimpleQueue[Finished | None]" = field(default_factory=SimpleQueue)

    async def turn(self) -> bool:
        """Wait for a turn; one that went by meanwhile is given up. False when nothing more is to be started."""
        for at in self.begins:
            if (pause := at - time.monotonic()) > 0:
                await asyncio.sleep(pause)
            late_s = time.monotonic() - at
            if late_s <= self.most_late_s:
                return not self.ends()
            self.missed_by_s = self.missed_by_s or late_s
        return False

    def ends(self) -> bool:
        """Whether no further message is to be started."""
        return self.stale is not None or self.stopping()

    def settle(self, index: int, fate: Fate) -> None:
        """A message has met its fate; one that died of the token is left to the next round, or to `_without_call`."""
        if isinstance(fate, PlatformFault) and fate.remedy is Remedy.REFRESH_TOKEN:
            self.stale = fate
        else:
            self.finished.put((index, fate))


class BulkSender:
    """Sends service notifications of one mini program, up to CONCURRENCY at once and one at a time to each person."""

    def __init__(self, program: MiniProgram) -> None:
        self._url = program.base_url + PATH
        self._tokens = program.client.tokens

    def send(
        self,
        messages: Sequence[SubscribeMessage],
        *,
        stopping: Callable[[], bool] = lambda: False,
        pace: Pace = at_once,
    ) -> Iterator[list[Finished]]:
        """What became of the messages, by their index, in portions as they come in.

        Those that were not begun when `stopping` said so, or when `pace` gave no more turns, do not occur. A refused
        token is renewed once. Whoever missed his turns asks for others that leave him twice that time to be ready.
        """
        left, ahead_s = set(range(len(messages))), 0.0
        token, stale, renewed = None, None, False
        while left and not stopping():
            try:
                token = self._tokens.token(rejected=token if stale else None)
            except PlatformFault as fault:
                yield _without_call(left, fault)
                return
            spacing = pace(len(left), ahead_s)  # after the token, so that no turn goes by while that is fetched
            if spacing is None:
                return
            before = len(left)
            batch = _Round(messages, token, stale is not None, stopping, spacing.instants(), spacing.most_late_s())
            for portion in self._portions(batch, sorted(left)):
                left -= {index for index, _ in portion}
                yield portion
            stale, ahead_s = batch.stale, 2 * batch.missed_by_s
            if stale and renewed:
                yield _without_call(left, stale)
            if (stale and renewed) or not (stale or ahead_s or len(left) < before):
                return  # the token is no good, or the round broke off
            renewed = renewed or stale is not None

    def _portions(self, batch: _Round, indices: Sequence[int]) -> Iterator[list[Finished]]:
        """Run a round in a thread of its own, so that what is finished can be written down meanwhile."""
        abandoned = threading.Event()
        ours, batch.stopping = batch.stopping, lambda: abandoned.is_set() or ours()
        thread = threading.Thread(target=self._run, args=(batch, indices), name="bulk")
        thread.start()
        try:
            yield from _drained(batch.finished)
        finally:
            abandoned.set()
            thread.join()

    def _run(self, batch: _Round, indices: Sequence[int]) -> None:
        try:
            asyncio.run(self._send_all(batch, indices))
        except Exception:
            log.exception("bulk sending broke off")
        finally:
            batch.finished.put(None)

    async def _send_all(self, batch: _Round, indices: Sequence[int]) -> None:
        lanes = _lanes(batch.messages, indices)
        waiting = iter(lanes)

        async def work(mine: Iterable[list[int]]) -> None:
            for index in chain.from_iterable(mine):
                if not await batch.turn():
                    return
                batch.settle(index, await self._fate(session, batch, index))

        async with self._session() as session:
            if batch.wary:
                await work([next(waiting)])
            async with asyncio.TaskGroup() as group:
                for _ in range(min(CONCURRENCY, len(lanes))):
                    group.create_task(work(waiting))  # one queue for all

    def _session(self) -> aiohttp.ClientSession:
        connect_s, read_s = TIMEOUT_S
        secure = _trusted() if self._url.startswith("https:") else True
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONCURRENCY, ssl=secure),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_s, sock_read=read_s),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def _fate(self, session: aiohttp.ClientSession, batch: _Round, index: int) -> Fate:
        started = time.perf_counter()
        fate = await self._send_one(session, batch.messages[index], batch.token)
        note(CALL, fate if isinstance(fate, PlatformFault) else None, time.perf_counter() - started)
        return fate

    async def _send_one(self, session: aiohttp.ClientSession, message: SubscribeMessage, token: str) -> Fate:
        body = json.dumps(message.body(), ensure_ascii=False).encode()
        try:
            async with session.post(_address(self._url, token), data=body) as response:
                response.raise_for_status()
                return _read(json.loads(await response.read()))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return PlatformFault(None, CALL, ambiguous=False)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError, TypeError, AttributeError):
            return PlatformFault(None, CALL)


def _address(url: str, token: str) -> str:
    """Where to post: the same text for all, so that aiohttp reads it once."""
    return f"{url}?access_token={quote(token)}"


def _read(answer: dict[str, object]) -> Fate:
    errcode = int(str(answer["errcode"]))
    if errcode:
        return PlatformFault(errcode, CALL, masked(str(answer.get("errmsg", ""))))
    return str(answer.get("msgid", ""))


def _without_call(indices: Iterable[int], fault: PlatformFault) -> list[Finished]:
    """The same fate for all that were not sent for want of a token."""
    return [(index, fault) for index in sorted(indices)]


def _lanes(messages: Sequence[SubscribeMessage], indices: Iterable[int]) -> list[list[int]]:
    """One lane for each person: two messages to one person at once are refused (43108)."""
    lanes: defaultdict[str, list[int]] = defaultdict(list)
    for index in indices:
        lanes[messages[index].openid].append(index)
    return list(lanes.values())


def _drained(finished: "SimpleQueue[Finished | None]") -> Iterator[list[Finished]]:
    """All that has been finished since the last look, until the end."""
    while True:
        portion = [finished.get()]
        while not finished.empty():
            portion.append(finished.get())
        done = [one for one in portion if one is not None]
        if done:
            yield done
        if None in portion:
            return


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that `requests` trusts too, whatever the system has."""
    return ssl.create_default_context(cafile=certifi.where())
