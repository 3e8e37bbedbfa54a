"""Desk log-ins, and what a token tells its owner. Frozen copies of the models: they do not follow later changes."""

from peewee import (
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    FixedCharField,
    ForeignKeyField,
    IntegerField,
    Model,
)

from backend.core.crypto import SealedField
from backend.core.database import UtcDateTimeField

NEW_COLUMNS = ("device", "acting", "last_seen_at")


def up(migrator, db):
    migrator.migrate(
        migrator.add_column("access_token", "device", CharField(null=True, max_length=80)),
        migrator.add_column("access_token", "acting", CharField(null=True, max_length=60)),
        migrator.add_column("access_token", "last_seen_at", UtcDateTimeField(null=True)),
    )

    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class AccessToken(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "access_token"

    class DeskLogin(Model):
        id = BigAutoField()
        account = ForeignKeyField(Account, unique=True, on_delete="CASCADE")
        username = CharField(unique=True, max_length=40)
        password_hash = CharField(max_length=200)
        must_change = BooleanField()
        totp_secret = SealedField(null=True)
        totp_waiting = SealedField(null=True)
        totp_step = BigIntegerField(null=True)
        locked_at = UtcDateTimeField(null=True)
        created_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "desk_login"

    class RecoveryCode(Model):
        id = BigAutoField()
        login = ForeignKeyField(DeskLogin, on_delete="CASCADE", index=False)
        code_digest = FixedCharField(max_length=32)
        used_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "recovery_code"
            indexes = ((("login", "code_digest"), True),)

    class LoginTry(Model):
        id = BigAutoField()
        subject = CharField(unique=True, max_length=40)
        tries = IntegerField()
        since = UtcDateTimeField(index=True)

        class Meta:
            database = db
            table_name = "login_try"

    class DeskTicket(Model):
        id = BigAutoField()
        digest = FixedCharField(unique=True, max_length=64)
        secret_digest = FixedCharField(max_length=64)
        device = CharField(max_length=80)
        account = ForeignKeyField(Account, null=True, on_delete="CASCADE")
        created_at = UtcDateTimeField()
        expires_at = UtcDateTimeField(index=True)
        token = ForeignKeyField(AccessToken, null=True, on_delete="SET NULL")

        class Meta:
            database = db
            table_name = "desk_ticket"

    db.create_tables([DeskLogin, RecoveryCode, LoginTry, DeskTicket])


def down(migrator, db):
    for table in ("desk_ticket", "login_try", "recovery_code", "desk_login"):
        db.execute_sql(f"DROP TABLE {table}")
    migrator.migrate(*(migrator.drop_column("access_token", column) for column in NEW_COLUMNS))
