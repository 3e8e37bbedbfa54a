"""What was counted last is kept by measure: members at home, and members away by direction."""

from peewee import BigAutoField, CharField, ForeignKeyField, IntegerField, Model

ROWS_AT_ONCE = 500


def _organization(db):
    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

    return Organization


def up(migrator, db):
    class HeadCount(Model):
        id = BigAutoField()
        organization = ForeignKeyField(_organization(db), on_delete="CASCADE", index=False)
        measure = CharField(40)
        members = IntegerField()

        class Meta:
            database = db
            table_name = "head_count"
            indexes = ((("organization", "measure"), True),)

    rows = db.execute_sql("SELECT organization_id, members FROM head_count").fetchall()
    db.execute_sql("DROP TABLE head_count")
    db.create_tables([HeadCount])
    known = [{"organization": number, "measure": "members", "members": members} for number, members in rows]
    for start in range(0, len(known), ROWS_AT_ONCE):
        HeadCount.insert_many(known[start : start + ROWS_AT_ONCE]).execute()


def down(migrator, db):
    class HeadCount(Model):
        id = BigAutoField()
        organization = ForeignKeyField(_organization(db), unique=True, on_delete="CASCADE")
        members = IntegerField()

        class Meta:
            database = db
            table_name = "head_count"

    rows = db.execute_sql("SELECT organization_id, members FROM head_count WHERE measure = 'members'").fetchall()
    db.execute_sql("DROP TABLE head_count")
    db.create_tables([HeadCount])
    known = [{"organization": number, "members": members} for number, members in rows]
    for start in range(0, len(known), ROWS_AT_ONCE):
        HeadCount.insert_many(known[start : start + ROWS_AT_ONCE]).execute()
    for table in ("tally_delta", "tally_count"):
        db.execute_sql(f"DELETE FROM {table} WHERE SUBSTR(measure, 1, 5) = 'away:'")  # noqa: S608 - our own two tables
