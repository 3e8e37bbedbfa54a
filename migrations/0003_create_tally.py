"""The first tables of tally. Frozen copies of the models: they do not follow later changes."""

from peewee import BigAutoField, CharField, DateField, ForeignKeyField, IntegerField, Model

from backend.core.database import UtcDateTimeField


def up(migrator, db):
    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

    class TallyCount(Model):
        id = BigAutoField()
        measure = CharField(max_length=40)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        day = DateField()
        amount = IntegerField()
        folded_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "tally_count"
            indexes = ((("measure", "organization", "day"), True),)

    db.create_tables([TallyCount])

    class TallyDelta(Model):
        id = BigAutoField()
        measure = CharField(max_length=40)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        day = DateField()
        amount = IntegerField()

        class Meta:
            database = db
            table_name = "tally_delta"

    db.create_tables([TallyDelta])


def down(migrator, db):
    for table in ("tally_delta", "tally_count"):
        db.execute_sql(f"DROP TABLE {table}")
