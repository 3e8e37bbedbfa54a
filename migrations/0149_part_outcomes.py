"""What was not solved in full may be solved in part, or explained: as handed in, and as heard at the follow-up."""

from peewee import CharField

TABLES = ("order_hand_in", "order_follow_up")


def up(migrator, db):
    migrator.migrate(*(migrator.add_column(table, "outcome", CharField(max_length=12, null=True)) for table in TABLES))


def down(migrator, db):
    migrator.migrate(*(migrator.drop_column(table, "outcome") for table in TABLES))
