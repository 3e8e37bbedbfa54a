"""What the gateway keeps in the database so that all processes and machines share it."""

import peewee as pw

from backend.core.crypto import SealedField
from backend.core.database import Record, UtcDateTimeField


class PlatformToken(Record):
    """The access token of one app; whoever holds the lease fetches the next one."""

    id = pw.BigAutoField()
    name = pw.CharField(64, unique=True)
    token = SealedField(null=True)
    expires_at = UtcDateTimeField(null=True)
    leased_until = UtcDateTimeField(null=True)


TABLES = (PlatformToken,)
