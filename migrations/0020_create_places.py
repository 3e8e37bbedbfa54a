"""Service centres and other places. Frozen copies of the models: they do not follow later changes."""

from peewee import BigAutoField, CharField, DoubleField, ForeignKeyField, Model

from backend.core.database import UtcDateTimeField


def up(migrator, db):
    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

    class ServiceCentre(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        kind = CharField(max_length=16)
        name = CharField(max_length=60)
        address = CharField(max_length=120)
        lat = DoubleField(null=True)
        lng = DoubleField(null=True)
        datum = CharField(null=True, max_length=8)
        code = CharField(unique=True, max_length=8)
        code_since = UtcDateTimeField()
        created_at = UtcDateTimeField()
        closed_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "service_centre"
            indexes = ((("organization", "id"), False),)

    db.create_tables([ServiceCentre])


def down(migrator, db):
    db.execute_sql("DROP TABLE service_centre")
