"""What the retention job did."""

from peewee import BigAutoField, CharField, DateField, IntegerField, Model

from backend.core.database import UtcDateTimeField


def up(migrator, db):
    class RetentionRun(Model):
        id = BigAutoField()
        rule = CharField(max_length=40)
        ran_on = DateField()
        removed = IntegerField()
        ran_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "retention_run"
            indexes = ((("rule", "ran_on"), True),)

    db.create_tables([RetentionRun])
    # what was closed long ago is found without going through all orders
    migrator.migrate(migrator.add_index("service_order", ("closed_at",), False))


def down(migrator, db):
    migrator.migrate(migrator.drop_index("service_order", "service_order_closed_at"))
    db.execute_sql("DROP TABLE retention_run")
