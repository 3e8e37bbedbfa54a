"""Orders by proxy owe a call back; a voice note waits to be written down. Frozen copies of the models."""

from peewee import BigAutoField, BooleanField, CharField, ForeignKeyField, Model, SmallIntegerField

from backend.core.database import UtcDateTimeField

COLUMNS = {
    "proxy_consent": lambda: CharField(max_length=12, null=True),
    "call_owed_at": lambda: UtcDateTimeField(null=True),
    "call_tries": lambda: SmallIntegerField(default=0),
    "voice_since": lambda: UtcDateTimeField(null=True),
}


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class ServiceOrder(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "service_order"

    class OrderCallBack(Model):
        id = BigAutoField()
        order = ForeignKeyField(ServiceOrder, on_delete="CASCADE")
        at = UtcDateTimeField()
        by = ForeignKeyField(Account, on_delete="RESTRICT")
        way = CharField(8)
        reached = BooleanField()
        agrees = BooleanField(null=True)
        note = CharField(500, null=True)

        class Meta:
            database = db
            table_name = "order_call_back"

    migrator.migrate(
        *(migrator.add_column("service_order", name, field()) for name, field in COLUMNS.items()),
        migrator.add_index("service_order", ("organization_id", "call_owed_at")),
    )
    db.create_tables([OrderCallBack])


def down(migrator, db):
    db.execute_sql("DROP TABLE order_call_back")
    migrator.migrate(
        migrator.drop_index("service_order", "service_order_organization_id_call_owed_at"),
        *(migrator.drop_column("service_order", name) for name in reversed(COLUMNS)),
    )
