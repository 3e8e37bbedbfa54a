"""Tables of the sendings to very many."""

import peewee as pw

from backend.core.database import JsonField, Record, UtcDateTimeField
from backend.messaging.fan_outs.workflow import FanOutState
from backend.messaging.models import OutboxEvent
from backend.people.models import Account, Organization


class FanOut(Record):
    """An event with more readers than one chunk takes: how far it is, and whether it may go on.

    `figures` is what the bot last counted of its deliveries, at `counted_at`; `expected` is how many readers the
    ranges hold together.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    event = pw.ForeignKeyField(OutboxEvent, unique=True, on_delete="CASCADE")
    event_id: int
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    title = pw.CharField(60)
    state = pw.CharField(12, default=FanOutState.RUNNING)
    expected = pw.BigIntegerField(default=0)
    figures = JsonField()
    created_at = UtcDateTimeField()
    counted_at = UtcDateTimeField(null=True)
    finished_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("organization", "id"), False), (("finished_at", "id"), False))


class FanOutRange(Record):
    """Some hundred readers of one rule, from one row id to another: written by one bot in one transaction.

    One that cannot be written waits until `available_at`, and after its last try it is dead until somebody retries it.
    """

    id = pw.BigAutoField()
    fan_out = pw.ForeignKeyField(FanOut, on_delete="CASCADE", index=False)
    fan_out_id: int
    rule = pw.CharField(60)
    after = pw.BigIntegerField()
    upto = pw.BigIntegerField()
    recipients = pw.IntegerField(default=0)
    done_at = UtcDateTimeField(null=True)
    attempts = pw.IntegerField(default=0)
    available_at = UtcDateTimeField(null=True)
    dead_at = UtcDateTimeField(null=True)
    fault = pw.CharField(200, null=True)

    class Meta:
        indexes = ((("fan_out", "done_at", "id"), False),)


class FanOutLog(Record):
    """One step of a large sending: append-only. No actor means the bot."""

    id = pw.BigAutoField()
    fan_out = pw.ForeignKeyField(FanOut, on_delete="CASCADE")
    at = UtcDateTimeField()
    actor = pw.ForeignKeyField(Account, null=True, on_delete="SET NULL")
    actor_id: int | None
    step = pw.CharField(12)
    from_state = pw.CharField(12)
    to_state = pw.CharField(12)


class ToldOnce(Record):
    """Who had the one notification of an occasion that several layers speak of, and from which event."""

    id = pw.BigAutoField()
    occasion = pw.CharField(80)
    account = pw.ForeignKeyField(Account, on_delete="CASCADE")
    account_id: int
    event = pw.ForeignKeyField(OutboxEvent, on_delete="CASCADE")
    event_id: int

    class Meta:
        indexes = ((("occasion", "account"), True),)


TABLES = (FanOut, FanOutRange, FanOutLog, ToldOnce)
