"""Ranges: cut once for a large event, then taken by any bot, each written in a transaction of its own."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from backend.core.crypto import new_public_id
from backend.core.database import among, lock_rows, rows_of
from backend.core.many import insert_for_each
from backend.messaging.fan_outs.models import FanOut, FanOutRange, ToldOnce
from backend.messaging.fan_outs.workflow import FanOutState
from backend.messaging.models import OutboxEvent
from backend.messaging.rules import Rule
from backend.messaging.texts.shape import clip

MAX_TITLE = 60


def add_ranges(event: OutboxEvent, rule: Rule, cuts: Sequence[tuple[int, int]], expected: int, now: datetime) -> None:
    """Note stretches (after, up to) of readers to be told; the first ones of an event open its sending."""
    if not cuts:
        return
    assert rule.write is not None
    text = rule.write(event.facts)  # one that cannot be written fails here, for all
    title = clip(event.facts.get("title") or text.title, MAX_TITLE)
    opened = FanOut.insert(
        public_id=new_public_id(),
        event=event.id,
        organization=event.organization_id,
        title=title,
        figures={},
        created_at=now,
    )
    opened.on_conflict_ignore().execute()
    fan_out = FanOut.get(FanOut.event == event.id)
    FanOut.update(expected=FanOut.expected + expected).where(FanOut.id == fan_out.id).execute()
    rows = [{"fan_out": fan_out.id, "rule": rule.name, "after": after, "upto": upto} for after, upto in cuts]
    FanOutRange.insert_many(rows).execute()


def open_fan_outs() -> list[int]:
    """Sendings that may go on, the oldest first."""
    rows = FanOut.select(FanOut.id).where(FanOut.finished_at.is_null(), FanOut.state == FanOutState.RUNNING)
    return [row[0] for row in rows_of(rows.order_by(FanOut.id))]


def hold_range(fan_out_id: int, *, now: datetime) -> FanOutRange | None:
    """The next due range of a sending that nobody else is writing; held to the end of the unit of work."""
    due = FanOutRange.available_at.is_null() | (FanOutRange.available_at <= now)
    query = (
        FanOutRange.select()
        .where(FanOutRange.fan_out == fan_out_id, FanOutRange.done_at.is_null(), FanOutRange.dead_at.is_null(), due)
        .order_by(FanOutRange.id)
        .limit(1)
    )
    found: FanOutRange | None = next(iter(lock_rows(query)), None)
    return found


def close_range(one: FanOutRange, recipients: int, *, now: datetime) -> None:
    """The range is written."""
    FanOutRange.update(done_at=now, recipients=recipients).where(FanOutRange.id == one.id).execute()


def set_range_aside(one: FanOutRange, fault: str, pauses: Sequence[timedelta], *, now: datetime) -> bool:
    """Let a range that could not be written wait; after the last pause it is dead, and True is returned."""
    tried = one.attempts + 1
    dead = tried > len(pauses)
    later = None if dead else now + pauses[tried - 1]
    FanOutRange.update(attempts=tried, available_at=later, dead_at=now if dead else None, fault=fault).where(
        FanOutRange.id == one.id, FanOutRange.done_at.is_null(), FanOutRange.attempts == one.attempts
    ).execute()
    return dead


def first_told(occasion: str, event_id: int, accounts: Iterable[int]) -> set[int]:
    """Those whom this event may tell of the occasion: nobody else has told them, at whatever moment they ask."""
    wanted = sorted(accounts)
    if not wanted:
        return set()
    insert_for_each(ToldOnce, "account", wanted, {"occasion": occasion, "event": event_id}, {})
    ours = ToldOnce.select(ToldOnce.account).where(
        ToldOnce.occasion == occasion, ToldOnce.account.in_(among(wanted)), ToldOnce.event == event_id
    )
    return {row[0] for row in rows_of(ours)}
