"""Kinds of service as rows of configuration. Frozen copies of the models: they do not follow later changes."""

from peewee import BooleanField, CharField

from backend.core.database import JsonField, UtcDateTimeField


def up(migrator, db):
    migrator.migrate(
        migrator.add_column("service_type", "takers", CharField(max_length=12, default="helpers")),
        migrator.add_column("service_type", "safeguard", CharField(max_length=300, default="")),
        migrator.add_column("service_type", "on_board", BooleanField(default=False)),
        migrator.add_column("service_type", "decides", BooleanField(default=False)),
        migrator.add_column("service_type", "skills", JsonField(null=True)),
        migrator.add_column("service_type", "questions", JsonField(null=True)),
        migrator.add_column("service_order", "answers", JsonField(null=True)),
        migrator.add_column("service_order", "board_text", CharField(max_length=60, null=True)),
        migrator.add_column("service_order", "board_at", UtcDateTimeField(null=True)),
        migrator.add_index("service_order", ("board_at",)),
    )


def down(migrator, db):
    migrator.migrate(migrator.drop_index("service_order", "service_order_board_at"))
    for table, columns in (
        ("service_order", ("board_at", "board_text", "answers")),
        ("service_type", ("questions", "skills", "decides", "on_board", "safeguard", "takers")),
    ):
        for column in columns:
            migrator.migrate(migrator.drop_column(table, column))
