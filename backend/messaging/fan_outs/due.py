"""What large sendings owe to time: their deliveries are counted, and what is through is closed."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import peewee as pw

from backend.core.database import in_unit_of_work, rows_of
from backend.messaging.fan_outs.models import FanOut, FanOutLog, FanOutRange
from backend.messaging.fan_outs.standing import wake_paused
from backend.messaging.fan_outs.workflow import FanOutState, FanOutStep
from backend.messaging.models import Delivery, DeliveryState, InboxMessage, OutboxEvent

__all__ = ["count_fan_outs", "wake_paused"]

WAITING = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.PAUSED, DeliveryState.HELD)
# counting costs about 1 s per million rows: a sending that rests is looked at seldom
COUNT_RESTING_EVERY = timedelta(minutes=5)


def count_fan_outs(*, now: datetime) -> int:
    """Count what became of each open sending and close those that are through; returns how many were counted.

    Readers of the progress look at this count, so that a look costs the same whatever was sent.
    """
    running = FanOut.state == FanOutState.RUNNING
    stale = FanOut.counted_at.is_null() | (FanOut.counted_at <= now - COUNT_RESTING_EVERY)
    due = FanOut.select(FanOut, OutboxEvent.id, OutboxEvent.spread_at).join(OutboxEvent)
    found = list(due.where(FanOut.finished_at.is_null(), running | stale).order_by(FanOut.id))
    for fan_out in found:
        _count(fan_out, now)
    return len(found)


def _count(fan_out: FanOut, now: datetime) -> None:
    figures, open_ranges = figures_of(fan_out)
    FanOut.update(figures=figures, counted_at=now).where(FanOut.id == fan_out.id).execute()
    nothing_left = not any(figures["states"].get(state) for state in WAITING)
    if fan_out.state == FanOutState.RUNNING and fan_out.event.spread_at and not open_ranges and nothing_left:
        in_unit_of_work(partial(_finish, fan_out, now))
    if fan_out.state == FanOutState.CANCELLED and nothing_left:
        FanOut.update(finished_at=now).where(FanOut.id == fan_out.id, FanOut.state == fan_out.state).execute()


def figures_of(fan_out: FanOut) -> tuple[dict[str, Any], int]:
    """What the tables say at this moment: deliveries by state and reason, readers told; and ranges left to write."""
    number, twice = pw.fn.COUNT(Delivery.id), pw.fn.SUM(Delivery.maybe_twice)
    rows = Delivery.select(Delivery.state, Delivery.fault, number, twice).where(Delivery.event == fan_out.event_id)
    states: dict[str, int] = {}
    reasons: dict[str, int] = {}
    doubtful = 0
    for state, fault, count, doubled in rows_of(rows.group_by(Delivery.state, Delivery.fault)):
        states[state] = states.get(state, 0) + count
        doubtful += int(doubled or 0)
        if state in {DeliveryState.SKIPPED, DeliveryState.DEAD} and fault:
            reasons[fault] = reasons.get(fault, 0) + count
    counted = [pw.fn.COUNT(column) for column in (FanOutRange.id, FanOutRange.done_at, FanOutRange.dead_at)]
    ((cut, done, dead),) = rows_of(FanOutRange.select(*counted).where(FanOutRange.fan_out == fan_out.id))
    told = InboxMessage.select(pw.fn.COUNT(InboxMessage.id)).where(InboxMessage.event == fan_out.event_id)
    figures = {"states": states, "reasons": reasons, "maybe_twice": doubtful, "ranges": cut, "ranges_done": done}
    return {**figures, "ranges_dead": dead, "recipients": told.scalar()}, cut - done - dead


def _finish(fan_out: FanOut, now: datetime) -> None:
    moved = FanOut.update(state=FanOutState.DONE, finished_at=now).where(
        FanOut.id == fan_out.id, FanOut.state == FanOutState.RUNNING
    )
    if moved.execute():
        FanOutLog.create(
            fan_out=fan_out,
            at=now,
            step=FanOutStep.FINISH,
            from_state=FanOutState.RUNNING,
            to_state=FanOutState.DONE,
        )
