"""The table of what the bot gave up on."""

from enum import StrEnum

import peewee as pw

from backend.core.database import Record, UtcDateTimeField
from backend.messaging.fan_outs.models import FanOutRange
from backend.messaging.models import Delivery, OutboxEvent
from backend.people.models import Account, Organization


class DeadKind(StrEnum):
    """A message to one target, a range of a large sending, or an event of which nobody could be told."""

    DELIVERY = "delivery"
    RANGE = "range"
    EVENT = "event"


class DeadLetter(Record):
    """One thing that the bot gave up on; one row however often it dies. Open while `retried_at` is empty.

    `subject` (`delivery:17`) is the thing, which keeps its own key: what is retried is the same row as before.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    subject = pw.CharField(30, unique=True)
    kind = pw.CharField(10)
    event = pw.ForeignKeyField(OutboxEvent, on_delete="CASCADE")
    event_id: int
    delivery = pw.ForeignKeyField(Delivery, null=True, on_delete="CASCADE")
    delivery_id: int | None
    part = pw.ForeignKeyField(FanOutRange, null=True, on_delete="CASCADE")
    part_id: int | None
    organization = pw.ForeignKeyField(Organization, null=True, on_delete="RESTRICT", index=False)
    organization_id: int | None
    reason = pw.CharField(200)
    died_at = UtcDateTimeField()
    retried_at = UtcDateTimeField(null=True)
    retried_by = pw.ForeignKeyField(Account, null=True, on_delete="SET NULL")
    retried_by_id: int | None

    class Meta:
        indexes = ((("organization", "retried_at", "id"), False), (("retried_at", "id"), False))


TABLES = (DeadLetter,)
