"""The log of an order: append-only, and enough to replay every state that it was in."""

from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

from backend.core.database import append_filled, from_stored
from backend.service.models import OrderLog
from backend.service.orders.workflow import STATES, State
from backend.service.timers.clocks import OrderKey, found_by

LOG_ROWS = """
SELECT JSON_ARRAY('log', l.id, l.at, l.part, l.action, l.to_state, l.from_state, l.note, l.public, l.actor_id)
  FROM order_log l
"""


class LogEntry(NamedTuple):
    """One step, as columns of its row: who took it in which part, from where to where, and what was said."""

    at: datetime
    part: str
    action: str
    to_state: State
    from_state: State | None = None
    note: str | None = None
    public: bool = True
    actor_id: int | None = None


def write_log(order: OrderKey, entry: LogEntry) -> None:
    """Append an entry in the unit of work of its step; it travels with what follows."""
    append_filled(OrderLog, {"order_id": order, **entry._asdict()}, found=found_by(order))


def step_key(number: str, version: int) -> str:
    """The name of a step in messages: the version that it made of the order, which no other step can have made."""
    return f"order-step:{number}:{version}"


def entries_of_rows(rows: Iterable[list[Any]]) -> list[LogEntry]:
    """The entries in rows of `LOG_ROWS`, oldest first."""
    return [
        LogEntry(from_stored(at), part, action, STATES[to], STATES[since] if since else None, note, bool(public), actor)
        for _, at, part, action, to, since, note, public, actor in sorted(rows, key=itemgetter(0))
    ]
