"""How much waits to be sent, and what could not be: read from the database, the same for every process."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee as pw

from backend.messaging.models import Delivery, DeliveryState, OutboxEvent

UNSENT = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.DEAD)
MOST_FAULTS = 20


@dataclass(frozen=True)
class Queues:
    """Depths of the queues; `oldest_due_s` is the age in seconds of the oldest delivery that is due, 0 if none is."""

    events_waiting: int
    deliveries: dict[DeliveryState, int]
    oldest_due_s: float


@dataclass(frozen=True)
class DeadLetters:
    """Deliveries given up for one reason."""

    channel: str
    rule: str
    fault: str
    count: int


def read_queues(*, now: datetime) -> Queues:
    """The depths at this moment."""
    events = OutboxEvent.select().where(OutboxEvent.spread_at.is_null()).count()
    states: pw.ModelSelect[Any] = (
        Delivery.select(Delivery.state, pw.fn.COUNT(Delivery.id))
        .where(Delivery.state.in_(UNSENT))
        .group_by(Delivery.state)
    )
    counts = dict.fromkeys(UNSENT, 0) | {DeliveryState(state): count for state, count in states.tuples()}
    oldest = (
        Delivery.select(Delivery.available_at)
        .where(Delivery.state == DeliveryState.PENDING, Delivery.available_at <= now)
        .order_by(Delivery.available_at)
        .first()
    )
    return Queues(events, counts, (now - oldest.available_at).total_seconds() if oldest else 0)


def read_dead_letters() -> list[DeadLetters]:
    """What was given up, by reason, the most frequent first; what it said and to whom is not shown."""
    number = pw.fn.COUNT(Delivery.id)
    rows: pw.ModelSelect[Any] = (
        Delivery.select(Delivery.channel, Delivery.rule, Delivery.fault, number)
        .where(Delivery.state == DeliveryState.DEAD)
        .group_by(Delivery.channel, Delivery.rule, Delivery.fault)
        .order_by(number.desc())
        .limit(MOST_FAULTS)
    )
    return [DeadLetters(channel, rule, fault or "", count) for channel, rule, fault, count in rows.tuples()]
