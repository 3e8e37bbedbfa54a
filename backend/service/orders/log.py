"""The log of an order: append-only, and enough to replay every state that it was in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee as pw

from backend.core.database import insert_row
from backend.service.models import OrderLog
from backend.service.orders.workflow import State


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One step: who took it in which part, from where to where, and what was said."""

    at: datetime
    part: str
    action: str
    to_state: State
    from_state: State | None = None
    note: str | None = None
    public: bool = True


def write_log(order_id: int, entry: LogEntry, *, actor_id: int | None) -> int:
    """Append an entry in the unit of work of its step; returns its id, which names the step everywhere."""
    return insert_row(
        OrderLog,
        order_id=order_id,
        at=entry.at,
        actor_id=actor_id,
        part=entry.part,
        action=entry.action,
        from_state=entry.from_state,
        to_state=entry.to_state,
        note=entry.note,
        public=entry.public,
    )


def read_log(order_id: int) -> list[LogEntry]:
    """All entries, oldest first."""
    rows: pw.ModelSelect[Any] = (
        OrderLog.select(
            OrderLog.at,
            OrderLog.part,
            OrderLog.action,
            OrderLog.to_state,
            OrderLog.from_state,
            OrderLog.note,
            OrderLog.public,
        )
        .where(OrderLog.order == order_id)
        .order_by(OrderLog.id)
        .tuples()
    )
    return [
        LogEntry(at, part, action, State(to), State(since) if since else None, note, public)
        for at, part, action, to, since, note, public in rows
    ]
