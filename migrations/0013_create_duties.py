"""The first tables of duties. Frozen copies of the models: they do not follow later changes."""

from peewee import BigAutoField, CharField, DateField, ForeignKeyField, Model

from backend.core.database import UtcDateTimeField


def up(migrator, db):
    class Activity(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "activity"

    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

    class Duty(Model):
        id = BigAutoField()
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        kind = CharField(max_length=32)
        period = CharField(max_length=7)
        starts_on = DateField()
        due_on = DateField()
        state = CharField(max_length=8)
        waived_for = CharField(null=True, max_length=80)
        activity = ForeignKeyField(Activity, null=True, on_delete="SET NULL")
        settled_at = UtcDateTimeField(null=True)
        created_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "duty"
            indexes = ((("organization", "period", "kind"), True), (("state", "due_on"), False))

    db.create_tables([Duty])


def down(migrator, db):
    for table in ("duty",):
        db.execute_sql(f"DROP TABLE {table}")
