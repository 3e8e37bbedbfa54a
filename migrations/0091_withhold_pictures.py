"""A moderator may withhold a picture of an order; pictures have small copies. Frozen copies of the models."""

from peewee import BigAutoField, CharField, ForeignKeyField, Model, MySQLDatabase

from backend.core.database import UtcDateTimeField


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    by = ForeignKeyField(Account, field=Account.id, null=True, on_delete="RESTRICT")
    migrator.migrate(
        migrator.add_column("order_media", "withheld_at", UtcDateTimeField(null=True)),
        migrator.add_column("order_media", "withheld_by_id", by),
        migrator.add_column("order_media", "withheld_reason", CharField(max_length=200, null=True)),
        migrator.add_column("media", "thumbnail", CharField(max_length=40, null=True, unique=True)),
    )


def down(migrator, db):
    if isinstance(db, MySQLDatabase):  # it holds on to the index
        migrator.migrate(migrator.drop_foreign_key_constraint("order_media", "withheld_by_id"))
    migrator.migrate(
        migrator.drop_index("media", "media_thumbnail"),
        migrator.drop_column("media", "thumbnail"),
        migrator.drop_column("order_media", "withheld_reason"),
        migrator.drop_index("order_media", "order_media_withheld_by_id"),
        migrator.drop_column("order_media", "withheld_by_id"),
        migrator.drop_column("order_media", "withheld_at"),
    )
