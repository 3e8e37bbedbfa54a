"""Memberships are found by the day on which they end."""


def up(migrator, db):
    migrator.migrate(migrator.add_index("membership", ("until_on",)))


def down(migrator, db):
    migrator.migrate(migrator.drop_index("membership", "membership_until_on"))
