"""Of two entries about one viewing one stands, and the other waits behind it."""

from peewee import BigIntegerField


def up(migrator, db):
    migrator.migrate(migrator.add_column("study_record", "yields_to", BigIntegerField(null=True)))


def down(migrator, db):
    migrator.migrate(migrator.drop_column("study_record", "yields_to"))
