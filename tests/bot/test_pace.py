"""The app's limit in every second, wherever that begins: bots that are late, on clocks that the test turns.

Each bot is the real bulk sender over real turns of the database, on a clock of its own that goes on only when something
takes time; the one whose clock is behind goes next, so what they do to each other happens in its order.
"""

import asyncio
import heapq
import random
import selectors
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from backend.core.database import connected
from backend.messaging import rates
from backend.messaging.models import MessageLimit
from backend.messaging.rates import SLOWER
from backend.wechat import bulk
from backend.wechat.bulk import MOST_LATE_S, BulkSender, Spacing
from backend.wechat.gateway import Gateway
from backend.wechat.line import Line
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

    perf_counter = monotonic

    def sleep(self, seconds: float) -> None:
        """A bot that waits lets the others go on."""
        self.bot.at += seconds
        raise Waiting

    def run(self, main: Any) -> None:
        """What the line does, on the clock of the bot."""
        with asyncio.Runner(loop_factory=lambda: Loop(self)) as runner:
            runner.run(main)

    def play(self, bots: list[Bot], step: Callable[[Bot], None]) -> None:
        """Let each bot go a step, always the one that is farthest behind."""
        heapq.heapify(bots)
        while bots[0].at < LONGEST_S:
            self.bot = bots[0]
            step(self.bot)
            heapq.heapreplace(bots, self.bot)


class Loop(asyncio.SelectorEventLoop):
    """An event loop that does not wait: the clock goes on, now and then by more than was asked for."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(Leap(stage))
        self.time = stage.monotonic  # type: ignore[method-assign]


class Leap(selectors.SelectSelector):
    """Instead of waiting so long, makes it so much later."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage

    def select(self, timeout: float | None = None) -> list[Any]:
        self._stage.bot.at += max(timeout or 0.0, 0.0)
        self._stage.bot.stall()
        return super().select(0)


@pytest.fixture
def stage(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The sender on clocks of the test, and a platform that takes 50 ms."""
    told, taken = Stage(), rates.take_turns

    async def send_one(_sender: BulkSender, _session: object, _message: SubscribeMessage, _token: str) -> str:
        told.left.append(told.bot.at)
        told.bot.at += 0.0002  # what a message costs
        await asyncio.sleep(0.05)
        return "taken"

    def take_turns(*args: Any, **more: Any) -> rates.Turns:
        found = taken(*args, **more)
        told.bot.take()
        return found

    for module in (bulk, subscribe_message):
        monkeypatch.setattr(module, "time", told)
    monkeypatch.setattr(BulkSender, "_send_one", send_one)
    monkeypatch.setattr(rates, "take_turns", take_turns)

    async def at_once(ask: Callable[..., Any], *args: Any) -> Any:
        return ask(*args)

    monkeypatch.setattr(asyncio, "to_thread", at_once)
    monkeypatch.setattr(Line, "run", lambda _line, work: told.run(work(None)))
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
