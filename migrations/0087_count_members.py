"""How many members each organisation had when they were last counted."""

from peewee import BigAutoField, ForeignKeyField, IntegerField, Model


def up(migrator, db):
    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

    class HeadCount(Model):
        id = BigAutoField()
        organization = ForeignKeyField(Organization, unique=True, on_delete="CASCADE")
        members = IntegerField()

        class Meta:
            database = db
            table_name = "head_count"

    db.create_tables([HeadCount])


def down(migrator, db):
    db.execute_sql("DROP TABLE head_count")
    for table in ("tally_delta", "tally_count"):
        db.execute_sql(f"DELETE FROM {table} WHERE measure = 'members'")  # noqa: S608 - our own two tables
