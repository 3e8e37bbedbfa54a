"""The books of a sending: what was owed, what the platform was told, and whether both agree."""

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import peewee as pw

from backend.core.database import rows_of
from backend.messaging.deliveries import LEASE
from backend.messaging.fan_outs.models import FanOutRange
from backend.messaging.models import Delivery, DeliveryState, InboxMessage, OutboxEvent
from bench.platform import Told, Witness
from bot.relay import LONGEST_TICK

UNSETTLED = (DeliveryState.PENDING, DeliveryState.SENDING)
ROWS_AT_ONCE = 50_000
NOBODY = Told()
# a message leaves within a tick after it was claimed, and an orphan is among the first that are claimed after its lease
LONGEST_HELD_S = (LEASE + LONGEST_TICK).total_seconds() + 10


@dataclass
class Books:
    """What became of all that was owed, beside what the platform was told.

    `pauses` are the seconds between two copies of one message, `copies` how often the most often told was told,
    `beyond` how many were told more often than a bot held them, `outside` how many later than their holders' leases
    explain.
    """

    expected: int
    owed: int = 0
    states: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    silent: int = 0
    beyond: int = 0
    outside: int = 0
    marked: int = 0
    copies: int = 0
    pauses: list[float] = field(default_factory=list)
    readers: int = 0

    def enter(self, state: str, maybe_twice: bool, attempts: int, times: list[float]) -> None:
        """One delivery, and when its target was told."""
        self.owed += 1
        self.states[state] += 1
        self.lost += (state == DeliveryState.SENT) != bool(times)
        self.doubled += len(times) > 1
        self.silent += len(times) > 1 and not maybe_twice
        self.beyond += len(times) > attempts
        self.marked += bool(maybe_twice)
        self.outside += len(times) > 1 and times[-1] - times[0] > (attempts - 1) * LONGEST_HELD_S
        self.copies = max(self.copies, len(times))
        self.pauses += [later - sooner for sooner, later in itertools.pairwise(times)]

    @property
    def good(self) -> bool:
        """Nothing lost, no double in silence or without a death, and every reader has an inbox copy."""
        return not (self.lost or self.silent or self.beyond or self.outside) and self.readers == self.expected

    def __str__(self) -> str:
        states = ", ".join(f"{count:,} {state}" for state, count in sorted(self.states.items()))
        pauses = f", {min(self.pauses):.0f} to {max(self.pauses):.0f} s after the copy before" if self.pauses else ""
        return (
            f"{self.owed:,} owed: {states}; {self.readers:,} of {self.expected:,} inbox copies; lost {self.lost}\n"
            f"told more than once {self.doubled} (in silence {self.silent}, beyond its holders {self.beyond},"
            f" outside of their leases {self.outside},"
            f" at most {self.copies} times{pauses}); marked maybe_twice {self.marked}"
        )


def anything_left() -> bool:
    """Whether any delivery, range or event still waits; costs the same however many there are."""
    waiting: list[pw.ModelSelect[Any]] = [
        *(Delivery.select().where(Delivery.state == state) for state in UNSETTLED),
        FanOutRange.select().where(FanOutRange.done_at.is_null()),
        OutboxEvent.select().where(OutboxEvent.spread_at.is_null()),
    ]
    return any(query.exists() for query in waiting)


def unsettled() -> int:
    """How many deliveries, ranges and events still wait."""
    waiting = (
        Delivery.select().where(Delivery.state.in_(UNSETTLED)),
        FanOutRange.select().where(FanOutRange.done_at.is_null()),
        OutboxEvent.select().where(OutboxEvent.spread_at.is_null()),
    )
    return sum(int(query.count()) for query in waiting)


def close_books(platform: Witness, expected: int) -> Books:
    """Go through all deliveries with what the platform was told at hand."""
    told, books = platform.told(), Books(expected)
    lessons = OutboxEvent.topic == "lesson.published"
    titles = {row.id: row.facts["title"] for row in OutboxEvent.select().where(lessons)}
    for target, event, state, maybe_twice, attempts in _deliveries(list(titles)):
        kind, _, number = target.partition(":")
        books.enter(state, maybe_twice, attempts, told.get(f"{kind} {titles[event]}", NOBODY).times(int(number)))
    books.readers = int(InboxMessage.select().join(OutboxEvent).where(lessons).count())
    return books


def _deliveries(events: list[int]) -> Iterator[tuple[Any, ...]]:
    """All deliveries of these events, a portion at a time."""
    last = 0
    while rows := rows_of(
        Delivery.select(
            Delivery.id, Delivery.target, Delivery.event, Delivery.state, Delivery.maybe_twice, Delivery.attempts
        )
        .where(Delivery.id > last, Delivery.event.in_(events))
        .order_by(Delivery.id)
        .limit(ROWS_AT_ONCE)
    ):
        last = rows[-1][0]
        for row in rows:
            yield row[1:]
