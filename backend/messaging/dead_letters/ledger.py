"""Entering what died, in the unit of work in which it dies."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from backend.core.crypto import new_public_id
from backend.core.database import rows_of
from backend.messaging.dead_letters.models import DeadKind, DeadLetter
from backend.messaging.fan_outs.models import FanOutRange
from backend.messaging.models import Delivery, OutboxEvent

MAX_REASON = 200


def enter_deliveries(ids: Iterable[int], reason: str, *, now: datetime) -> None:
    """Messages to single targets."""
    rows = Delivery.select(Delivery.id, Delivery.event, OutboxEvent.organization).join(OutboxEvent)
    for number, event, organization in rows_of(rows.where(Delivery.id.in_(list(ids)))):
        about = {"event": event, "organization": organization, "delivery": number}
        _enter(DeadKind.DELIVERY, number, about, reason, now)


def enter_range(one: FanOutRange, event: OutboxEvent, reason: str, *, now: datetime) -> None:
    """A range of a large sending: none of its readers was told."""
    about = {"event": event.id, "organization": event.organization_id, "part": one.id}
    _enter(DeadKind.RANGE, one.id, about, reason, now)


def enter_event(event: OutboxEvent, reason: str, *, now: datetime) -> None:
    """An event whose readers could not be found or told."""
    about = {"event": event.id, "organization": event.organization_id}
    _enter(DeadKind.EVENT, event.id, about, reason, now)


def leave_event(event_id: int, *, now: datetime) -> None:
    """The event has been told after all."""
    DeadLetter.update(retried_at=now).where(
        DeadLetter.subject == _subject(DeadKind.EVENT, event_id), DeadLetter.retried_at.is_null()
    ).execute()


def _subject(kind: DeadKind, number: int) -> str:
    return f"{kind}:{number}"


def _enter(kind: DeadKind, number: int, about: dict[str, Any], reason: str, now: datetime) -> None:
    """A row of its own, or the row that it had when it died before."""
    subject = _subject(kind, number)
    death = {"reason": reason[:MAX_REASON], "died_at": now, "retried_at": None, "retried_by": None}
    if not DeadLetter.update(death).where(DeadLetter.subject == subject).execute():
        DeadLetter.insert(public_id=new_public_id(), subject=subject, kind=kind, **about, **death).execute()
