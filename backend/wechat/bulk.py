"""Many service notifications at once: asyncio and aiohttp, since `requests` stops at a thousand a second.

Token, body, rulings and metrics are the gateway's own; only the way of sending differs.
"""

import asyncio
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import inf
from queue import SimpleQueue
from urllib.parse import quote

import aiohttp
import structlog

from backend.core.logs import masked
from backend.wechat.calls import note
from backend.wechat.faults import PlatformFault, Remedy
from backend.wechat.line import Line
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


class _Turns:
    """The turns of a round, asked for as they are needed; each holds for one message, and not for long.

    Whoever missed his turns asks for others that leave him twice that time to be ready.
    """

    def __init__(self, pace: Pace, first: Spacing) -> None:
        self._pace = pace
        self._spacing: Spacing | None = first
        self._begins = first.instants()
        self._missed_by_s = 0.0

    def begin(self, wanted: int) -> None:
        """A round for so many messages; what the round before left over is used first."""
        self._wanted = wanted
        self._asking = asyncio.Lock()

    async def next(self) -> bool:
        """Wait for a turn; one that went by meanwhile is given up. False when there are no more."""
        while (spacing := self._spacing) is not None:
            for at in self._begins:
                self._wanted -= 1
                if (pause := at - time.monotonic()) > 0:
                    await asyncio.sleep(pause)
                late_s = time.monotonic() - at
                if late_s <= spacing.most_late_s():
                    return True
                self._wanted += 1
                self._missed_by_s = self._missed_by_s or late_s
            async with self._asking:
                if self._spacing is spacing:
                    await self._ask()
        return False

    async def _ask(self) -> None:
        wanted, ahead_s, self._missed_by_s = max(self._wanted, 1), 2 * self._missed_by_s, 0.0
        self._spacing = await asyncio.to_thread(self._pace, wanted, ahead_s)
        self._begins = self._spacing.instants() if self._spacing else iter(())


@dataclass
class _Round:
    """One pass over messages with one token; `stale` is why the platform refused that token, if it did.

    A `wary` one lets a single message go ahead: should the new token be refused too, that is enough to know.
    """

    messages: Sequence[SubscribeMessage]
    token: str
    wary: bool
    stopping: Callable[[], bool]
    turns: _Turns
    stale: PlatformFault | None = None
    finished: "SimpleQueue[Finished | None]" = field(default_factory=SimpleQueue)

    async def turn(self) -> bool:
        """Wait for a turn. False when nothing more is to be started."""
        return await self.turns.next() and not self.ends()

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
        self.line = Line(secure=self._url.startswith("https:"))

    def send(
        self,
        messages: Sequence[SubscribeMessage],
        *,
        stopping: Callable[[], bool] = lambda: False,
        pace: Pace = at_once,
    ) -> Iterator[list[Finished]]:
        """What became of the messages, by their index, in portions as they come in.

        Those that were not begun when `stopping` said so, or when `pace` gave no more turns, do not occur. A refused
        token is renewed once. `pace` is asked again, in another thread, as turns are used up.
        """
        left = set(range(len(messages)))
        token, stale, turns = None, None, None
        while left and not stopping():
            renewed = stale is not None
            try:
                token = self._tokens.token(rejected=token if renewed else None)
            except PlatformFault as fault:
                yield _without_call(left, fault)
                return
            if turns is None:  # after the token, so that no turn goes by while that is fetched
                first = pace(len(left), 0.0)
                if first is None:
                    return
                turns = _Turns(pace, first)
            turns.begin(len(left))
            batch = _Round(messages, token, renewed, stopping, turns)
            for portion in self._portions(batch, sorted(left)):
                left -= {index for index, _ in portion}
                yield portion
            stale = batch.stale
            if stale and renewed:
                yield _without_call(left, stale)
            if renewed or not stale:
                return

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
            self.line.run(lambda session: self._send_all(session, batch, indices))
        except Exception:
            log.exception("bulk sending broke off")
        finally:
            batch.finished.put(None)

    async def _send_all(self, session: aiohttp.ClientSession, batch: _Round, indices: Sequence[int]) -> None:
        lanes = _lanes(batch.messages, indices)
        waiting = iter(lanes)

        async def work(mine: Iterable[list[int]]) -> None:
            for index in chain.from_iterable(mine):
                if not await batch.turn():
                    return
                batch.settle(index, await self._fate(session, batch, index))

        if batch.wary:
            await work([next(waiting)])
        async with asyncio.TaskGroup() as group:
            for _ in range(min(CONCURRENCY, len(lanes))):
                group.create_task(work(waiting))  # one queue for all

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
