"""A team's hours for an order are void while it is open again. Frozen copies of the models."""

from backend.core.database import UtcDateTimeField


def up(migrator, db):
    migrator.migrate(migrator.add_column("order_team_credit", "voided_at", UtcDateTimeField(null=True)))


def down(migrator, db):
    migrator.migrate(migrator.drop_column("order_team_credit", "voided_at"))
