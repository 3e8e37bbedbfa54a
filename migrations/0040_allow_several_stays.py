"""A member may be with the same organisation again: the day it began tells one stay from another."""

from playhouse.migrate import make_index_name

ONCE = ["organization_id", "member_id", "kind"]
AGAIN = [*ONCE, "since_on"]


def up(migrator, db):
    # MySQL's foreign key on organization leans on one of the two: the new one comes first
    migrator.migrate(migrator.add_index("membership", AGAIN, unique=True))
    migrator.migrate(migrator.drop_index("membership", make_index_name("membership", ONCE)))


def down(migrator, db):
    # of several stays only the last can be kept
    db.execute_sql(
        "DELETE FROM membership WHERE id IN (SELECT id FROM (SELECT a.id FROM membership a JOIN membership b"
        " ON a.organization_id = b.organization_id AND a.member_id = b.member_id AND a.kind = b.kind"
        " AND a.since_on < b.since_on) earlier)"
    )
    migrator.migrate(migrator.add_index("membership", ONCE, unique=True))
    migrator.migrate(migrator.drop_index("membership", make_index_name("membership", AGAIN)))
