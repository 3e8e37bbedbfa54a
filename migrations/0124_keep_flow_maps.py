"""The map that an organisation brings, to see on it where its members away from home went."""

from peewee import BigAutoField, CharField, ForeignKeyField, Model

from backend.core.database import JsonField, UtcDateTimeField


def up(migrator, db):
    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

    class FlowMap(Model):
        id = BigAutoField()
        organization = ForeignKeyField(Organization, unique=True, on_delete="CASCADE")
        areas = JsonField()
        home = CharField(40, null=True)
        licence = CharField(40, null=True)
        kept_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "flow_map"

    db.create_tables([FlowMap])


def down(migrator, db):
    db.execute_sql("DROP TABLE flow_map")
