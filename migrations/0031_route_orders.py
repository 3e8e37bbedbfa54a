"""Orders know their grid, door and team. Frozen copies of the models: they do not follow later changes."""

from peewee import BigAutoField, ForeignKeyField, IntegerField, Model

from backend.core.database import UtcDateTimeField


def up(migrator, db):
    class Grid(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "grid"

    class Household(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "household"

    class Team(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "team"

    class ServiceOrder(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "service_order"

    for model in (Grid, Household, Team):
        field = ForeignKeyField(model, field=model.id, null=True, on_delete="RESTRICT", index=False)
        migrator.migrate(migrator.add_column("service_order", f"{model._meta.table_name}_id", field))
    migrator.migrate(
        migrator.add_column("service_order", "unrouted_at", UtcDateTimeField(null=True)),
        migrator.add_index("service_order", ("organization_id", "unrouted_at")),
    )

    class OrderTeamCredit(Model):
        id = BigAutoField()
        order = ForeignKeyField(ServiceOrder, unique=True, on_delete="CASCADE")
        team = ForeignKeyField(Team, on_delete="CASCADE")
        minutes = IntegerField()
        at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "order_team_credit"

    db.create_tables([OrderTeamCredit])


def down(migrator, db):
    db.execute_sql("DROP TABLE order_team_credit")
    migrator.migrate(
        migrator.drop_index("service_order", "service_order_organization_id_unrouted_at"),
        migrator.drop_column("service_order", "unrouted_at"),
    )
    for name in ("team", "household", "grid"):
        migrator.migrate(migrator.drop_column("service_order", f"{name}_id"))
