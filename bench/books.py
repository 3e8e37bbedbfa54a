"""The books of a sending: what was owed, what the platform was told, and whether both agree."""

from collections import Counter
from dataclasses import dataclass

from backend.core.database import rows_of
from backend.messaging.fan_outs.models import FanOutRange
from backend.messaging.models import Delivery, DeliveryState, InboxMessage, OutboxEvent
from bench.platform import Platform

UNSETTLED = (DeliveryState.PENDING, DeliveryState.SENDING)


@dataclass(frozen=True)
class Books:
    """What became of all that was owed, beside what the platform was told. `gap_s` is the longest time to a double."""

    owed: int
    states: Counter[str]
    lost: int
    doubled: int
    silent: int
    marked: int
    gap_s: float
    readers: int
    expected: int

    @property
    def good(self) -> bool:
        """Nothing lost, no double in silence, and every reader has an inbox copy."""
        return not self.lost and not self.silent and self.readers == self.expected

    def __str__(self) -> str:
        states = ", ".join(f"{count:,} {state}" for state, count in sorted(self.states.items()))
        return (
            f"{self.owed:,} owed: {states}; {self.readers:,} of {self.expected:,} inbox copies; lost {self.lost}\n"
            f"told twice {self.doubled} (in silence {self.silent}, the last {self.gap_s:.0f} s after the first);"
            f" marked maybe_twice {self.marked}"
        )


def unsettled() -> int:
    """How many deliveries, ranges and events still wait."""
    waiting = (
        Delivery.select().where(Delivery.state.in_(UNSETTLED)),
        FanOutRange.select().where(FanOutRange.done_at.is_null()),
        OutboxEvent.select().where(OutboxEvent.spread_at.is_null()),
    )
    return sum(int(query.count()) for query in waiting)


def close_books(platform: Platform, expected: int) -> Books:
    """Go through all deliveries with what the platform was told at hand."""
    told, states = platform.told(), Counter[str]()
    lost = doubled = silent = marked = 0
    gap_s = 0.0
    lessons = OutboxEvent.topic == "lesson.published"
    titles = {row.id: row.facts["title"] for row in OutboxEvent.select().where(lessons)}
    rows = rows_of(
        Delivery.select(Delivery.target, Delivery.event, Delivery.state, Delivery.maybe_twice)
        .join(OutboxEvent)
        .where(lessons)
    )
    for target, event, state, maybe_twice in rows:
        times = told.get(f"{target} {titles[event]}", [])
        states[state] += 1
        lost += (state == DeliveryState.SENT) != bool(times)
        doubled += len(times) > 1
        silent += len(times) > 1 and not maybe_twice
        marked += bool(maybe_twice)
        gap_s = max(gap_s, times[-1] - times[0] if times else 0)
    readers = int(InboxMessage.select().join(OutboxEvent).where(lessons).count())
    return Books(len(rows), states, lost, doubled, silent, marked, gap_s, readers, expected)
