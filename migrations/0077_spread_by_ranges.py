"""Sendings to very many: ranges, their steps, one notification an occasion, and a lane of their own for deliveries."""

from peewee import BigAutoField, BigIntegerField, BooleanField, CharField, ForeignKeyField, IntegerField, Model

from backend.core.database import JsonField, UtcDateTimeField

LANE = ("state", "in_bulk", "available_at", "id")


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

        class Meta:
            database = db
            table_name = "outbox_event"

    class FanOut(Model):
        id = BigAutoField()
        public_id = CharField(max_length=20, unique=True)
        event = ForeignKeyField(OutboxEvent, unique=True, on_delete="CASCADE")
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        title = CharField(max_length=60)
        state = CharField(max_length=12)
        expected = BigIntegerField()
        figures = JsonField()
        created_at = UtcDateTimeField()
        counted_at = UtcDateTimeField(null=True)
        finished_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "fan_out"
            indexes = ((("organization", "id"), False), (("finished_at", "id"), False))

    class FanOutRange(Model):
        id = BigAutoField()
        fan_out = ForeignKeyField(FanOut, on_delete="CASCADE", index=False)
        rule = CharField(max_length=60)
        after = BigIntegerField()
        upto = BigIntegerField()
        recipients = IntegerField()
        done_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "fan_out_range"
            indexes = ((("fan_out", "done_at", "id"), False),)

    class FanOutLog(Model):
        id = BigAutoField()
        fan_out = ForeignKeyField(FanOut, on_delete="CASCADE")
        at = UtcDateTimeField()
        actor = ForeignKeyField(Account, null=True, on_delete="SET NULL")
        step = CharField(max_length=12)
        from_state = CharField(max_length=12)
        to_state = CharField(max_length=12)

        class Meta:
            database = db
            table_name = "fan_out_log"

    class ToldOnce(Model):
        id = BigAutoField()
        occasion = CharField(max_length=80)
        account = ForeignKeyField(Account, on_delete="CASCADE")
        event = ForeignKeyField(OutboxEvent, on_delete="CASCADE")

        class Meta:
            database = db
            table_name = "told_once"
            indexes = ((("occasion", "account"), True),)

    db.create_tables([FanOut, FanOutRange, FanOutLog, ToldOnce])
    migrator.migrate(migrator.add_column("delivery", "in_bulk", BooleanField(default=False)))
    migrator.migrate(
        migrator.add_index("delivery", LANE),
        migrator.drop_index("delivery", "delivery_state_available_at_id"),
    )


def down(migrator, db):
    db.execute_sql("UPDATE delivery SET state = 'pending' WHERE state = 'paused'")
    migrator.migrate(
        migrator.add_index("delivery", ("state", "available_at", "id")),
        migrator.drop_index("delivery", "delivery_state_in_bulk_available_at_id"),
    )
    migrator.migrate(migrator.drop_column("delivery", "in_bulk"))
    for table in ("told_once", "fan_out_log", "fan_out_range", "fan_out"):
        db.execute_sql(f"DROP TABLE {table}")
