"""The outbox: features say what happened, inside their own transaction; nothing is sent here."""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from backend.core.database import append_filled
from backend.messaging.models import OutboxEvent

Facts = Mapping[str, Any]

_queued: ContextVar[bool] = ContextVar("queued", default=False)


def enqueue(
    topic: str,
    facts: Facts,
    *,
    key: str,
    organization_id: int | None,
    people: Mapping[str, Sequence[int | None]] | None = None,
    now: datetime,
) -> None:
    """Write one event in the caller's unit of work; raises RuntimeError outside of one.

    `key` names the occurrence (`order-step:261123-042017:2`): a second event with the same key is an IntegrityError.
    `people` gives account ids by part; who reads what, and by which channel, is said in `messaging.rules`.
    """
    parts = {part: [one for one in ids if one is not None] for part, ids in (people or {}).items()}
    columns = {
        "key": key,
        "topic": topic,
        "organization": organization_id,
        "people": parts,
        "facts": facts,
        "created_at": now,
        "available_at": now,
    }
    append_filled(OutboxEvent, columns)
    _queued.set(True)


def has_queued() -> bool:
    """Whether this thread has enqueued anything since it was last asked, be it undone since: a reason to ring."""
    queued = _queued.get()
    if queued:
        _queued.set(False)
    return queued


def already_enqueued(key: str) -> bool:
    """Whether an event with this key exists: how due questions are asked twice and answered once."""
    return bool(OutboxEvent.select(OutboxEvent.id).where(OutboxEvent.key == key).exists())


def withdraw(keys: Sequence[str], *, now: datetime) -> None:
    """Nobody has to be told any more; what was spread already is not called back."""
    OutboxEvent.update(spread_at=now).where(OutboxEvent.key.in_(keys), OutboxEvent.spread_at.is_null()).execute()
