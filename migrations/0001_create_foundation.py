"""The first tables of foundation. Frozen copies of the models: they do not follow later changes."""

from peewee import BigAutoField, BigIntegerField, CharField, FixedCharField, IntegerField, Model, SmallIntegerField

from backend.core.crypto import SealedField
from backend.core.database import JsonField, LongTextField, UtcDateTimeField


def up(migrator, db):
    class AuditEntry(Model):
        id = BigAutoField()
        at = UtcDateTimeField()
        actor_id = BigIntegerField(null=True)
        action = CharField(max_length=40)
        subject = CharField(index=True, max_length=80)
        purpose = CharField(max_length=200)

        class Meta:
            database = db
            table_name = "audit_entry"

    db.create_tables([AuditEntry])

    class IdempotencyKey(Model):
        id = BigAutoField()
        caller_id = BigIntegerField()
        key = CharField(max_length=80)
        fingerprint = FixedCharField(max_length=64)
        status = SmallIntegerField(null=True)
        body = LongTextField(null=True)
        created_at = UtcDateTimeField(index=True)

        class Meta:
            database = db
            table_name = "idempotency_key"
            indexes = ((("caller_id", "key"), True),)

    db.create_tables([IdempotencyKey])

    class PlatformEvent(Model):
        id = BigAutoField()
        key = CharField(unique=True, max_length=160)
        appid = CharField(max_length=40)
        content = JsonField()
        received_at = UtcDateTimeField(index=True)
        available_at = UtcDateTimeField(index=True, null=True)
        attempts = IntegerField(default=0)
        handled_at = UtcDateTimeField(null=True)
        fault = CharField(null=True, max_length=200)

        class Meta:
            database = db
            table_name = "platform_event"

    db.create_tables([PlatformEvent])

    class PlatformToken(Model):
        id = BigAutoField()
        name = CharField(unique=True, max_length=64)
        token = SealedField(null=True)
        expires_at = UtcDateTimeField(null=True)
        leased_until = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "platform_token"

    db.create_tables([PlatformToken])

    class PushSignature(Model):
        id = BigAutoField()
        signature = CharField(unique=True, max_length=80)
        body_digest = FixedCharField(max_length=64)
        seen_at = UtcDateTimeField(index=True)

        class Meta:
            database = db
            table_name = "push_signature"

    db.create_tables([PushSignature])


def down(migrator, db):
    for table in ("push_signature", "platform_token", "platform_event", "idempotency_key", "audit_entry"):
        db.execute_sql(f"DROP TABLE {table}")
