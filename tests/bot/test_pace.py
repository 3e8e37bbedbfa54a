"""The app's limit in every second, wherever that begins: bots that are late, on clocks that the test turns.

Each bot is the real bulk sender over real turns of the database, on a clock of its own that goes on only when something
takes time; the one whose clock is behind goes next, so what they do to each other happens in its order.
"""

import heapq
import random
from bisect import bisect_left
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from backend.core.database import connected
from backend.messaging import rates
from backend.messaging.models import MessageLimit
from backend.messaging.rates import SLOWER
from backend.wechat import bulk
from backend.wechat.bulk import MOST_LATE_S, Spacing
from backend.wechat.gateway import Gateway
from backend.wechat.line import CONCURRENCY, Reply
from backend.wechat.miniprogram import SubscribeMessage
from bot.transports import subscribe_message
from bot.transports.subscribe_message import _Pacer
from tests.cast import World

LIMIT_A_SECOND = 300
BATCH = 150
ON_ITS_WAY_S = SLOWER - 1 - MOST_LATE_S
LONGEST_S = 6.0


class Waiting(Exception):
    """A bot waits for turns: others go first."""


@dataclass(frozen=True)
class Lateness:
    """What goes wrong on a machine: how long taking turns may last, and how often it stands still for how long."""

    taking_s: float = 0.0
    stalls: float = 0.0
    stall_s: float = 0.0


@dataclass(order=True)
class Bot:
    """One bot process: how far its clock is, how late it may be, how many messages it has in hand."""

    at: float
    name: int
    chance: random.Random = field(compare=False)
    late: Lateness = field(compare=False)
    batch: int = field(compare=False)
    ahead_s: float = field(default=0.0, compare=False)

    def take(self) -> None:
        """Taking turns took its time."""
        self.at += self.chance.uniform(self.late.taking_s / 2, self.late.taking_s)

    def stall(self) -> None:
        """The machine is busy elsewhere."""
        if self.chance.random() < self.late.stalls:
            self.at += self.chance.uniform(0, self.late.stall_s)


class Stage:
    """All bots of a test, whose turn it is, and when each message came to the platform."""

    def __init__(self) -> None:
        self.bot: Bot
        self.left: list[float] = []

    def monotonic(self) -> float:
        """The clock of the bot that is at it."""
        return self.bot.at

    def sleep(self, seconds: float) -> None:
        """The sender looks again a little later, now and then later than it meant to."""
        self.bot.at += seconds
        self.bot.stall()

    def play(self, bots: list[Bot], step: Callable[[Bot], None]) -> None:
        """Let each bot go a step, always the one that is farthest behind."""
        heapq.heapify(bots)
        while bots[0].at < LONGEST_S:
            self.bot = bots[0]
            step(self.bot)
            heapq.heapreplace(bots, self.bot)


class Pausing:
    """The same clock for whoever waits for turns: that lets the others go on."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.monotonic = stage.monotonic

    def sleep(self, seconds: float) -> None:
        """A bot that waits."""
        self._stage.bot.at += seconds
        raise Waiting


class SlowLine:
    """A platform that takes every message after 50 ms."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._answered_at: dict[int, float] = {}

    @property
    def has_room(self) -> bool:
        """Whether one more may begin."""
        return len(self._answered_at) < CONCURRENCY

    def post(self, number: int, _url: str, _body: bytes) -> None:
        """One comes in."""
        self._stage.left.append(self._stage.bot.at)
        self._stage.bot.at += 0.0002  # what a message costs
        self._answered_at[number] = self._stage.bot.at + 0.05

    def replies(self) -> Iterator[Reply]:
        """What it has answered by now."""
        for number, at in list(self._answered_at.items()):
            if at <= self._stage.bot.at:
                del self._answered_at[number]
                yield Reply(number, 200, b'{"errcode": 0, "msgid": 1}', True, 0.05)


class AtOnce(Executor):
    """Asks for turns in the very thread, since time goes on only there."""

    def submit(self, ask: Callable[..., Any], *args: Any) -> Future[Any]:  # type: ignore[override]
        asked: Future[Any] = Future()
        asked.set_result(ask(*args))
        return asked


@pytest.fixture
def stage(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The sender on clocks of the test, and a platform that takes 50 ms."""
    told, taken = Stage(), rates.take_turns

    def take_turns(*args: Any, **more: Any) -> rates.Turns:
        found = taken(*args, **more)
        told.bot.take()
        return found

    monkeypatch.setattr(bulk, "time", told)
    monkeypatch.setattr(subscribe_message, "time", Pausing(told))
    monkeypatch.setattr(rates, "take_turns", take_turns)
    monkeypatch.setattr(gateway.bulk, "_asking", AtOnce())
    monkeypatch.setattr(gateway.bulk.lines, "one", lambda: nullcontext(SlowLine(told)))
    with connected():
        rates.seed_rates()
        MessageLimit.update(value=str(60 * LIMIT_A_SECOND)).where(MessageLimit.code == "rate_notify").execute()
        yield told


def step_of(gateway: Gateway, start: datetime) -> Callable[[Bot], None]:
    """One round of a bot: turns from the bucket of all, and as many messages of its batch as they allow."""
    crowd = [SubscribeMessage(f"o-{number}", "t" * 43, {}, "pages/index/index") for number in range(BATCH)]

    def step(bot: Bot) -> None:
        pacer = _Pacer("app:notify:wx1", lambda: start + timedelta(seconds=bot.at), waits=True)
        given: list[Spacing | None] = []

        def pace(count: int, ahead_s: float) -> Spacing | None:
            if given:  # the next round is a step of its own: meanwhile others take theirs
                bot.ahead_s = ahead_s
                return None
            given.append(pacer.turns(count, bot.ahead_s))
            return given[0]

        try:
            for _ in gateway.bulk.send(crowd[: bot.batch], pace=pace):
                bot.stall()
        except Waiting:
            return
        bot.at += 0.001

    return step


def most_within(seconds: float, instants: list[float]) -> int:
    """The most messages in any span of so many seconds, wherever it begins."""
    found = sorted(instants)
    return max(number + 1 - bisect_left(found, at - seconds + 1e-9) for number, at in enumerate(found))


@pytest.mark.parametrize(
    ("late", "batches", "used"),
    [
        (Lateness(), [150, 150], 0.9),
        (Lateness(taking_s=0.3), [150, 150, 150], 0.6),
        (Lateness(taking_s=0.02, stalls=0.1, stall_s=0.03), [150, 150, 150], 0.6),
        (Lateness(taking_s=0.1, stalls=0.01, stall_s=0.8), [150, 150, 150, 40], 0.3),
        (Lateness(taking_s=0.05, stalls=0.2, stall_s=0.1), [1] * 30, 0.02),
        (Lateness(taking_s=0.2, stalls=0.02, stall_s=0.2), [150, 3, 1, 1, 150, 20], 0.3),
    ],
)
def test_no_second_sees_more_than_the_limit_however_late_the_bots_are(
    world: World, gateway: Gateway, stage: Stage, late: Lateness, batches: list[int], used: float
) -> None:
    chance = random.Random(7)
    bots = [Bot(chance.random(), number, chance, late, batch) for number, batch in enumerate(batches)]
    stage.play(bots, step_of(gateway, datetime.fromisoformat("2026-11-29T00:00:00+00:00")))
    # messages that left within such a span may come to the platform within one second
    assert most_within(1 + ON_ITS_WAY_S, stage.left) <= LIMIT_A_SECOND
    assert len(stage.left) > LONGEST_S * LIMIT_A_SECOND * used


def test_a_bot_that_is_always_late_gets_its_messages_off(world: World, gateway: Gateway, stage: Stage) -> None:
    bot = Bot(0.0, 0, random.Random(7), Lateness(taking_s=0.4), 1)
    stage.play([bot], step_of(gateway, datetime.fromisoformat("2026-11-29T00:00:00+00:00")))
    assert len(stage.left) >= 5
