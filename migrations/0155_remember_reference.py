"""The token under which processes remember reference rows; any migration that writes such rows draws another."""

import secrets

from peewee import CharField, Model, SmallIntegerField


def up(migrator, db):
    class ReferenceVersion(Model):
        id = SmallIntegerField(primary_key=True)
        token = CharField(max_length=16)

        class Meta:
            database = db
            table_name = "reference_version"

    db.create_tables([ReferenceVersion])
    ReferenceVersion.insert(id=1, token=secrets.token_hex(8)).execute()


def down(migrator, db):
    db.execute_sql("DROP TABLE reference_version")
