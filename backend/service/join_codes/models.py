"""Attempts with join codes that nobody has."""

import peewee as pw

from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Account


class WrongJoinCode(Record):
    """An attempt with a code that opens nothing: guessing is limited by these."""

    id = pw.BigAutoField()
    account = pw.ForeignKeyField(Account, on_delete="CASCADE", index=False)
    at = UtcDateTimeField(index=True)

    class Meta:
        indexes = ((("account", "at"), False),)


TABLES = (WrongJoinCode,)
