"""When helpers of an order are next reminded; those who help now are reminded when their time is over."""

from backend.core.database import UtcDateTimeField


def up(migrator, db):
    migrator.migrate(
        migrator.add_column("order_cohandler", "notice_at", UtcDateTimeField(null=True)),
        migrator.add_index("order_cohandler", ("notice_at",)),
    )
    db.execute_sql("UPDATE order_cohandler SET notice_at = due_at")


def down(migrator, db):
    migrator.migrate(
        migrator.drop_index("order_cohandler", "order_cohandler_notice_at"),
        migrator.drop_column("order_cohandler", "notice_at"),
    )
