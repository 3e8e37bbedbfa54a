"""What the messaging room owes to time: old things go."""

from datetime import datetime, timedelta

from backend.core.database import delete_where
from backend.core.idempotency import purge_keys
from backend.messaging.digests import post_digests
from backend.messaging.models import OutboxEvent

__all__ = ["post_digests", "purge_old"]

EVENTS_KEPT = timedelta(days=90)
PURGE_BATCH = 1_000


def purge_old(*, now: datetime) -> int:
    """Delete spread events with their deliveries and inbox copies after 90 days, and what guards against repeats."""
    purge_keys(now=now)
    purged = 0
    while batch := _purge_batch(now - EVENTS_KEPT):
        purged += batch
    return purged


def _purge_batch(before: datetime) -> int:
    """Some of the oldest events: short transactions, so that nobody waits for the broom."""
    old = (
        OutboxEvent.select(OutboxEvent.id)
        .where(OutboxEvent.spread_at < before)
        .order_by(OutboxEvent.spread_at)
        .limit(PURGE_BATCH)
    )
    ids = [row.id for row in old]
    return delete_where(OutboxEvent, OutboxEvent.id.in_(ids)) if ids else 0
