"""What the public ledger may say of an order. Frozen copies of the models: they do not follow later changes."""

from peewee import CharField


def up(migrator, db):
    migrator.migrate(migrator.add_column("service_order", "ledger_reply", CharField(max_length=500, null=True)))


def down(migrator, db):
    migrator.migrate(migrator.drop_column("service_order", "ledger_reply"))
