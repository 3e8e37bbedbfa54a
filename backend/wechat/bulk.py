"""Many service notifications at once over libcurl, since `requests` stops at a thousand a second.

Token, body, rulings and metrics are the gateway's own; only the way of sending differs.
"""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from math import inf
from queue import SimpleQueue
from urllib.parse import quote

import structlog

from backend.core.logs import masked
from backend.wechat.calls import note
from backend.wechat.faults import PlatformFault, Remedy
from backend.wechat.line import Line, Lines, Reply
from backend.wechat.miniprogram import MiniProgram, SubscribeMessage

CALL = "subscribe/send"
PATH = "/cgi-bin/message/subscribe/send"
# a turn that comes later than this is given up, since turns that pile up would leave together. In a second leave at
# most those that had their turn in it or so much before it: less than rates.SLOWER keeps in hand
MOST_LATE_S = 0.03
# turns that follow each other faster than one process can send are worth more than an even second: above 120,000 a
# minute a second may hold three tenths too many
SWIFTEST_S, MOST_LATE_IF_SWIFT_S = 1 / 2_000, 0.3
# how often a sending looks for what was answered, and for turns: seldom enough to find several
LOOK_S = 0.004

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
    """The turns of a sending, asked for as they are needed; each holds for one message, and not for long.

    Whoever missed his turns asks for others that leave him twice that time to be ready.
    """

    def __init__(self, pace: Pace, first: Spacing, asking: Executor) -> None:
        self._pace = pace
        self._asking = asking
        self._spacing: Spacing | None = first
        self._begins = first.instants()
        self._next: float | None = None
        self._asked: Future[Spacing | None] | None = None
        self._missed_by_s = 0.0

    def due_in(self, wanted: int) -> float | None:
        """How long until a turn, in seconds: at 0 one was taken. None when there are no more for so many messages."""
        while (spacing := self._given()) is not None:
            if self._asked:
                return LOOK_S
            at = self._next if self._next is not None else next(self._begins, None)
            if at is None:
                self._ask(wanted)
                continue
            late_s = time.monotonic() - at
            if late_s < 0:
                self._next = at
                return -late_s
            self._next = None
            if late_s <= spacing.most_late_s():
                return 0.0
            self._missed_by_s = self._missed_by_s or late_s
        return None

    def _given(self) -> Spacing | None:
        if self._asked and self._asked.done():
            asked, self._asked, self._spacing = self._asked, None, None
            try:
                self._spacing = asked.result()
            except Exception:
                log.exception("no turns to be had")  # what is under way is finished
            self._begins = self._spacing.instants() if self._spacing else iter(())
        return self._spacing

    def _ask(self, wanted: int) -> None:
        """In another thread: the database may take its time, and what is under way goes on."""
        ahead_s, self._missed_by_s = 2 * self._missed_by_s, 0.0
        self._asked = self._asking.submit(self._pace, wanted, ahead_s)


@dataclass
class _Round:
    """One pass over messages with one token; `stale` is why the platform refused that token, if it did.

    A `wary` one lets a single message go ahead: should the new token be refused too, that is enough to know.
    """

    messages: Sequence[SubscribeMessage]
    url: str
    wary: bool
    stopping: Callable[[], bool]
    turns: _Turns
    stale: PlatformFault | None = None
    under_way: set[int] = field(default_factory=set)
    finished: "SimpleQueue[Finished | None]" = field(default_factory=SimpleQueue)

    def run(self, lines: Lines, indices: Sequence[int]) -> None:
        """Send these, as many at once as the line has room for, and one at a time to each person."""
        try:
            with lines.one() as line:
                try:
                    self._send_all(line, _lanes(self.messages, indices), len(indices))
                except Exception:
                    for index in self.under_way:  # the platform may have them
                        self.finished.put((index, PlatformFault(None, CALL)))
                    raise
        except Exception:
            log.exception("bulk sending broke off")
        finally:
            self.finished.put(None)

    def _send_all(self, line: Line, lanes: dict[str, list[int]], left: int) -> None:
        waiting = deque(lanes.values())
        while True:
            while waiting and line.has_room and not (self.wary and self.under_way):
                pause_s = self.turns.due_in(left)
                if pause_s:
                    break
                if pause_s is None or self.stale or self.stopping():
                    waiting.clear()
                    break
                index, left = waiting.popleft().pop(), left - 1
                self.under_way.add(index)
                line.post(index, self.url, self._body(index))
            for reply in line.replies():
                self.wary = False
                self._settle(reply)
                if lane := lanes[self.messages[reply.number].openid]:
                    waiting.append(lane)
            if not (waiting or self.under_way):
                return
            time.sleep(LOOK_S)

    def _body(self, index: int) -> bytes:
        return json.dumps(self.messages[index].body(), ensure_ascii=False).encode()

    def _settle(self, reply: Reply) -> None:
        """A message has met its fate; one that died of the token is left to the next round, or to `_without_call`."""
        fate = _fate_of(reply)
        fault = fate if isinstance(fate, PlatformFault) else None
        note(CALL, fault, reply.seconds)
        if fault and fault.remedy is Remedy.REFRESH_TOKEN:
            self.stale = fault
        else:
            self.finished.put((reply.number, fate))
        self.under_way.remove(reply.number)


class BulkSender:
    """Sends service notifications of one mini program, up to CONCURRENCY at once and one at a time to each person."""

    def __init__(self, program: MiniProgram) -> None:
        self._url = program.base_url + PATH
        self._tokens = program.client.tokens
        self._asking = ThreadPoolExecutor(thread_name_prefix="turns")
        self.lines = Lines()

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
                turns = _Turns(pace, first, self._asking)
            batch = _Round(messages, f"{self._url}?access_token={quote(token)}", renewed, stopping, turns)
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
        thread = threading.Thread(target=batch.run, args=(self.lines, indices), name="bulk")
        thread.start()
        try:
            yield from _drained(batch.finished)
        finally:
            abandoned.set()
            thread.join()


def _fate_of(reply: Reply) -> Fate:
    if reply.status is None:
        return PlatformFault(None, CALL, ambiguous=reply.left)
    if reply.status == HTTPStatus.OK:
        with suppress(ValueError, KeyError, TypeError):
            answer = json.loads(reply.body)
            errcode = int(str(answer["errcode"]))
            if errcode:
                return PlatformFault(errcode, CALL, masked(str(answer.get("errmsg", ""))))
            return str(answer.get("msgid", ""))
    return PlatformFault(None, CALL)


def _without_call(indices: Iterable[int], fault: PlatformFault) -> list[Finished]:
    """The same fate for all that were not sent for want of a token."""
    return [(index, fault) for index in sorted(indices)]


def _lanes(messages: Sequence[SubscribeMessage], indices: Iterable[int]) -> dict[str, list[int]]:
    """By person, the last message first: two messages to one person at once are refused (43108)."""
    lanes: dict[str, list[int]] = {}
    for index in indices:
        lanes.setdefault(messages[index].openid, []).insert(0, index)
    return lanes


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
