"""What people turned off, the figures of quiet hours and cap, and indexes to count a day of somebody or of a group."""

from peewee import BigAutoField, CharField, ForeignKeyField, Model

from backend.core.database import UtcDateTimeField

BROAD = (("account_id", "channel", "available_at"), ("group_chat_id", "available_at"))
NARROW = (("account_id",), ("group_chat_id",))


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class NotificationOptOut(Model):
        id = BigAutoField()
        account = ForeignKeyField(Account, on_delete="CASCADE", index=False)
        purpose = CharField(max_length=40)
        at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "notification_opt_out"
            indexes = ((("account", "purpose"), True),)

    class MessageLimit(Model):
        id = BigAutoField()
        code = CharField(max_length=40, unique=True)
        value = CharField(max_length=20)
        unit = CharField(max_length=20)
        source = CharField(max_length=200)

        class Meta:
            database = db
            table_name = "message_limit"

    db.create_tables([NotificationOptOut, MessageLimit])
    migrator.migrate(
        *(migrator.add_index("delivery", columns) for columns in BROAD),
        migrator.drop_index("delivery", "delivery_account_id"),
        migrator.drop_index("delivery", "delivery_group_chat_id"),
    )


def down(migrator, db):
    migrator.migrate(
        *(migrator.add_index("delivery", columns) for columns in NARROW),
        migrator.drop_index("delivery", "delivery_account_id_channel_available_at"),
        migrator.drop_index("delivery", "delivery_group_chat_id_available_at"),
    )
    db.execute_sql("DROP TABLE message_limit")
    db.execute_sql("DROP TABLE notification_opt_out")
