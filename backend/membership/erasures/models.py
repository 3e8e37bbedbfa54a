"""Requests to be erased and what became of them."""

from enum import StrEnum

import peewee as pw

from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Account


class ErasureState(StrEnum):
    """Asked until its day has come or the person has changed his mind."""

    ASKED = "asked"
    CANCELLED = "cancelled"
    DONE = "done"


class ErasureRequest(Record):
    """Somebody wants his account to go on `due_at`. `waiting` is 1 until it is over: one at a time."""

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    account = pw.ForeignKeyField(Account, on_delete="CASCADE", index=False)
    account_id: int
    waiting = pw.SmallIntegerField(null=True)
    state = pw.CharField(12)
    asked_at = UtcDateTimeField()
    due_at = UtcDateTimeField()
    ended_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("account", "waiting"), True), (("waiting", "due_at"), False))


TABLES = (ErasureRequest,)
