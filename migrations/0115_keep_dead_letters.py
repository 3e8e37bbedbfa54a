"""Dead letters with their reason, and ranges that wait after a failure; what died before is entered."""

from peewee import BigAutoField, CharField, ForeignKeyField, IntegerField, Model

from backend.core.crypto import new_public_id
from backend.core.database import UtcDateTimeField

PORTION = 500


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
        organization = ForeignKeyField(Organization, null=True)

        class Meta:
            database = db
            table_name = "outbox_event"

    class FanOutRange(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "fan_out_range"

    class Delivery(Model):
        id = BigAutoField()
        event = ForeignKeyField(OutboxEvent)
        state = CharField(max_length=12)
        available_at = UtcDateTimeField()
        fault = CharField(max_length=200, null=True)

        class Meta:
            database = db
            table_name = "delivery"

    class DeadLetter(Model):
        id = BigAutoField()
        public_id = CharField(max_length=20, unique=True)
        subject = CharField(max_length=30, unique=True)
        kind = CharField(max_length=10)
        event = ForeignKeyField(OutboxEvent, on_delete="CASCADE")
        delivery = ForeignKeyField(Delivery, null=True, on_delete="CASCADE")
        part = ForeignKeyField(FanOutRange, null=True, on_delete="CASCADE")
        organization = ForeignKeyField(Organization, null=True, on_delete="RESTRICT", index=False)
        reason = CharField(max_length=200)
        died_at = UtcDateTimeField()
        retried_at = UtcDateTimeField(null=True)
        retried_by = ForeignKeyField(Account, null=True, on_delete="SET NULL")

        class Meta:
            database = db
            table_name = "dead_letter"
            indexes = ((("organization", "retried_at", "id"), False), (("retried_at", "id"), False))

    db.create_tables([DeadLetter])
    migrator.migrate(
        migrator.add_column("fan_out_range", "attempts", IntegerField(default=0)),
        migrator.add_column("fan_out_range", "available_at", UtcDateTimeField(null=True)),
        migrator.add_column("fan_out_range", "dead_at", UtcDateTimeField(null=True)),
        migrator.add_column("fan_out_range", "fault", CharField(max_length=200, null=True)),
    )
    last = 0
    columns = (Delivery.id, Delivery.event, OutboxEvent.organization, Delivery.fault, Delivery.available_at)
    while rows := list(
        Delivery.select(*columns)
        .join(OutboxEvent)
        .where(Delivery.state == "dead", Delivery.id > last)
        .order_by(Delivery.id)
        .limit(PORTION)
        .tuples()
    ):
        last = rows[-1][0]
        DeadLetter.insert_many(
            {
                "public_id": new_public_id(),
                "subject": f"delivery:{number}",
                "kind": "delivery",
                "event": event,
                "delivery": number,
                "organization": organization,
                "reason": fault or "",
                "died_at": died_at,
            }
            for number, event, organization, fault, died_at in rows
        ).execute()


def down(migrator, db):
    db.execute_sql("DROP TABLE dead_letter")
    for column in ("fault", "dead_at", "available_at", "attempts"):
        migrator.migrate(migrator.drop_column("fan_out_range", column))
