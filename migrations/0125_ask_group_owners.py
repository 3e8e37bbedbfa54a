"""Customer groups are known to WeCom by an id and an owner, who is asked to send each post."""

from peewee import BigAutoField, CharField, ForeignKeyField, IntegerField, Model

from backend.core.crypto import SealedField
from backend.core.database import UtcDateTimeField


def up(migrator, db):
    class GroupChat(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "group_chat"

    class Delivery(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "delivery"

    class CustomerPost(Model):
        id = BigAutoField()
        delivery = ForeignKeyField(Delivery, unique=True, on_delete="CASCADE")
        group_chat = ForeignKeyField(GroupChat, on_delete="CASCADE", index=False)
        platform_chat_id = CharField(max_length=64)
        sender = SealedField()
        task_id = CharField(max_length=64, null=True)
        state = CharField(max_length=12)
        reason = CharField(max_length=30, null=True)
        asked_at = UtcDateTimeField()
        looks = IntegerField(default=0)
        look_at = UtcDateTimeField(null=True)
        settled_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "customer_post"
            indexes = (
                (("platform_chat_id", "asked_at"), False),
                (("group_chat", "asked_at"), False),
                (("state", "look_at"), False),
            )

    migrator.migrate(
        migrator.add_column("group_chat", "platform_chat_id", CharField(max_length=64, null=True, index=True)),
        migrator.add_column("group_chat", "owner_user", SealedField(null=True)),
        migrator.add_column("forward", "reason", CharField(max_length=30, null=True)),
    )
    db.create_tables([CustomerPost])


def down(migrator, db):
    # the earlier version knows no such channel; a person forwarded to these groups then
    db.execute_sql("UPDATE group_chat SET channel = 'manual_forward' WHERE channel = 'customer_group'")
    db.execute_sql("UPDATE delivery SET channel = 'manual_forward' WHERE channel = 'customer_group'")
    db.execute_sql("DROP TABLE customer_post")
    migrator.migrate(
        migrator.drop_column("forward", "reason"),
        migrator.drop_column("group_chat", "owner_user"),
        migrator.drop_index("group_chat", "group_chat_platform_chat_id"),
        migrator.drop_column("group_chat", "platform_chat_id"),
    )
