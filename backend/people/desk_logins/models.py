"""User names with their passwords, recovery codes, counted tries, and tickets of QR log-ins."""

import peewee as pw

from backend.core.crypto import SealedField
from backend.core.database import Record, UtcDateTimeField
from backend.people.models import AccessToken, Account


class DeskLogin(Record):
    """How an account logs in at the desk. A one-time secret waits until it is confirmed; no step of it counts twice."""

    id = pw.BigAutoField()
    account = pw.ForeignKeyField(Account, unique=True, on_delete="CASCADE")
    account_id: int
    username = pw.CharField(40, unique=True)
    password_hash = pw.CharField(200)
    must_change = pw.BooleanField()
    totp_secret = SealedField(null=True)
    totp_waiting = SealedField(null=True)
    totp_step = pw.BigIntegerField(null=True)
    locked_at = UtcDateTimeField(null=True)
    created_at = UtcDateTimeField()


class RecoveryCode(Record):
    """Stands in once for a one-time password when the phone is gone; kept as a blind index."""

    id = pw.BigAutoField()
    login = pw.ForeignKeyField(DeskLogin, on_delete="CASCADE", index=False)
    code_digest = pw.FixedCharField(32)
    used_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("login", "code_digest"), True),)


class LoginTry(Record):
    """Tries counted per user name (whether it exists or not) and per address, both as blind indexes."""

    id = pw.BigAutoField()
    subject = pw.CharField(40, unique=True)
    tries = pw.IntegerField()
    since = UtcDateTimeField(index=True)


class DeskTicket(Record):
    """A QR code on a desk page: the phone confirms the ticket, the page that holds the secret gets the session."""

    id = pw.BigAutoField()
    digest = pw.FixedCharField(64, unique=True)
    secret_digest = pw.FixedCharField(64)
    device = pw.CharField(80)
    account = pw.ForeignKeyField(Account, null=True, on_delete="CASCADE")
    account_id: int | None
    created_at = UtcDateTimeField()
    expires_at = UtcDateTimeField(index=True)
    token = pw.ForeignKeyField(AccessToken, null=True, on_delete="SET NULL")


TABLES = (DeskLogin, RecoveryCode, LoginTry, DeskTicket)
