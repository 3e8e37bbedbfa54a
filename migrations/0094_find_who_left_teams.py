"""Places in teams are found by when they were left."""


def up(migrator, db):
    migrator.migrate(migrator.add_index("team_member", ("left_at",)))


def down(migrator, db):
    migrator.migrate(migrator.drop_index("team_member", "team_member_left_at"))
