"""The first tables of messaging. Frozen copies of the models: they do not follow later changes."""

from peewee import (
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
    TextField,
)

from backend.core.crypto import SealedField
from backend.core.database import JsonField, UtcDateTimeField


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

    class OutboxEvent(Model):
        id = BigAutoField()
        key = CharField(unique=True, max_length=120)
        topic = CharField(max_length=60)
        organization = ForeignKeyField(Organization, null=True, on_delete="RESTRICT", index=False)
        people = JsonField()
        facts = JsonField()
        created_at = UtcDateTimeField()
        spread_at = UtcDateTimeField(null=True)
        available_at = UtcDateTimeField()
        attempts = IntegerField(default=0)
        progress = BigIntegerField(default=0)
        stage = SmallIntegerField(default=0)
        fault = CharField(null=True, max_length=200)

        class Meta:
            database = db
            table_name = "outbox_event"
            indexes = ((("spread_at", "available_at", "id"), False),)

    db.create_tables([OutboxEvent])

    class GroupChat(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT")
        name = CharField(max_length=60)
        channel = CharField(max_length=20)
        robot_key = SealedField(null=True)
        disabled_at = UtcDateTimeField(null=True)
        disabled_reason = CharField(null=True, max_length=200)
        created_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "group_chat"

    db.create_tables([GroupChat])

    class Delivery(Model):
        id = BigAutoField()
        event = ForeignKeyField(OutboxEvent, on_delete="CASCADE", index=False)
        rule = CharField(max_length=60)
        channel = CharField(max_length=20)
        account = ForeignKeyField(Account, null=True, on_delete="CASCADE")
        group_chat = ForeignKeyField(GroupChat, null=True, on_delete="CASCADE")
        target = CharField(max_length=40)
        state = CharField(max_length=12, default="pending")
        available_at = UtcDateTimeField()
        attempts = IntegerField(default=0)
        lease = CharField(null=True, max_length=24)
        sent_at = UtcDateTimeField(null=True)
        platform_id = CharField(index=True, null=True, max_length=64)
        fault = CharField(null=True, max_length=200)
        maybe_twice = BooleanField(default=False)

        class Meta:
            database = db
            table_name = "delivery"
            indexes = ((("event", "rule", "channel", "target"), True), (("state", "available_at", "id"), False))

    db.create_tables([Delivery])

    class Forward(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        delivery = ForeignKeyField(Delivery, unique=True, on_delete="CASCADE")
        group_chat = ForeignKeyField(GroupChat, on_delete="CASCADE")
        organization = ForeignKeyField(Organization, on_delete="RESTRICT")
        text = TextField()
        page = CharField(null=True, max_length=200)
        created_at = UtcDateTimeField()
        done_at = UtcDateTimeField(null=True)
        done_by = ForeignKeyField(Account, null=True, on_delete="SET NULL")

        class Meta:
            database = db
            table_name = "forward"

    db.create_tables([Forward])

    class MessageTemplate(Model):
        id = BigAutoField()
        purpose = CharField(unique=True, max_length=40)
        template_id = CharField(unique=True, max_length=64)
        title = CharField(max_length=40)
        fields = JsonField()
        long_term = BooleanField(default=False)

        class Meta:
            database = db
            table_name = "message_template"

    db.create_tables([MessageTemplate])

    class GrantEvent(Model):
        id = BigAutoField()
        account = ForeignKeyField(Account, on_delete="CASCADE")
        template = ForeignKeyField(MessageTemplate, on_delete="CASCADE")
        event_key = CharField(unique=True, max_length=160)
        kind = CharField(max_length=16)
        change = IntegerField()
        at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "grant_event"

    db.create_tables([GrantEvent])

    class InboxMessage(Model):
        id = BigAutoField()
        account = ForeignKeyField(Account, on_delete="CASCADE", index=False)
        event = ForeignKeyField(OutboxEvent, on_delete="CASCADE")
        title = CharField(max_length=60)
        body = CharField(max_length=500)
        page = CharField(null=True, max_length=200)
        created_at = UtcDateTimeField()
        read_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "inbox_message"
            indexes = ((("account", "event"), True), (("account", "id"), False))

    db.create_tables([InboxMessage])

    class RateBucket(Model):
        id = BigAutoField()
        name = CharField(unique=True, max_length=80)
        next_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "rate_bucket"

    db.create_tables([RateBucket])

    class ShownPrompt(Model):
        id = BigAutoField()
        account = ForeignKeyField(Account, on_delete="CASCADE")
        template_id = CharField(max_length=64)
        result = CharField(max_length=8)
        at = UtcDateTimeField(index=True)

        class Meta:
            database = db
            table_name = "shown_prompt"

    db.create_tables([ShownPrompt])

    class SubscriptionGrant(Model):
        id = BigAutoField()
        account = ForeignKeyField(Account, on_delete="CASCADE", index=False)
        template = ForeignKeyField(MessageTemplate, on_delete="CASCADE")
        credits = IntegerField(default=0)
        changed_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "subscription_grant"
            indexes = ((("account", "template"), True),)

    db.create_tables([SubscriptionGrant])


def down(migrator, db):
    for table in (
        "subscription_grant",
        "shown_prompt",
        "rate_bucket",
        "inbox_message",
        "grant_event",
        "message_template",
        "forward",
        "delivery",
        "group_chat",
        "outbox_event",
    ):
        db.execute_sql(f"DROP TABLE {table}")
