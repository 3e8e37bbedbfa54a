"""What this room keeps in the database so that all processes and machines share it."""

import peewee as pw

from backend.core.crypto import SealedField
from backend.core.database import JsonField, Record, UtcDateTimeField


class PlatformToken(Record):
    """The access token of one app; whoever holds the lease fetches the next one."""

    id = pw.BigAutoField()
    name = pw.CharField(64, unique=True)
    token = SealedField(null=True)
    expires_at = UtcDateTimeField(null=True)
    leased_until = UtcDateTimeField(null=True)


class PushSignature(Record):
    """A signature that the platform has used and the body that came with it: no second body may come with it."""

    id = pw.BigAutoField()
    signature = pw.CharField(80, unique=True)
    body_digest = pw.FixedCharField(64)
    seen_at = UtcDateTimeField(index=True)


class PlatformEvent(Record):
    """An event of the platform, kept before it is acted on: what fails, or takes long, is done again by the bot.

    `key` is the same in every delivery of one event. `available_at` is empty once nobody need act any more: it is
    done (`handled_at`), or was tried too often (`fault`).
    """

    id = pw.BigAutoField()
    key = pw.CharField(160, unique=True)
    appid = pw.CharField(40)
    content = JsonField()
    received_at = UtcDateTimeField(index=True)
    available_at = UtcDateTimeField(null=True, index=True)
    attempts = pw.IntegerField(default=0)
    handled_at = UtcDateTimeField(null=True)
    fault = pw.CharField(200, null=True)


TABLES = (PlatformToken, PushSignature, PlatformEvent)
