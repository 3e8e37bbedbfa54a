"""Posts get a public id, keep their history and remember their reminders. Frozen copies of the models."""

from peewee import BigAutoField, CharField, Model, SmallIntegerField

from backend.core.crypto import new_public_id

BATCH = 1_000
ONE_TERM = ("organization_id", "role", "account_id")
MANY_TERMS = (*ONE_TERM, "starts_on")
TERM_ENDS = ("ends_on", "reminded_months")


def up(migrator, db):
    class OrganizationPost(Model):
        id = BigAutoField()
        public_id = CharField(null=True, max_length=20)

        class Meta:
            database = db
            table_name = "organization_post"

    migrator.migrate(
        migrator.add_column("organization_post", "public_id", CharField(null=True, max_length=20)),
        migrator.add_column("organization_post", "reminded_months", SmallIntegerField(null=True)),
    )
    while batch := list(OrganizationPost.select().where(OrganizationPost.public_id.is_null()).limit(BATCH)):
        for post in batch:
            post.public_id = new_public_id()
            post.save()
    migrator.migrate(migrator.add_not_null("organization_post", "public_id"))
    add_index(db, MANY_TERMS)  # before the old one goes: MySQL's foreign key needs either
    migrator.migrate(migrator.drop_index("organization_post", index_name(ONE_TERM)))
    add_index(db, ("public_id",), unique=True)
    add_index(db, TERM_ENDS)


def down(migrator, db):
    # of several terms in one role the table knew the last one only
    db.execute_sql(
        "DELETE FROM organization_post WHERE id NOT IN (SELECT last FROM"
        " (SELECT MAX(id) AS last FROM organization_post GROUP BY organization_id, role, account_id) kept)"
    )
    add_index(db, ONE_TERM, unique=True)
    migrator.migrate(
        *(migrator.drop_index("organization_post", index_name(of)) for of in (MANY_TERMS, ("public_id",), TERM_ENDS)),
        migrator.drop_column("organization_post", "public_id"),
        migrator.drop_column("organization_post", "reminded_months"),
    )


def index_name(columns):
    return f"organizationpost_{'_'.join(columns)}"


def add_index(db, columns, unique=False):
    """As `create_tables` would have written and named it."""
    mark = db.quote[0]
    named = ", ".join(f"{mark}{column}{mark}" for column in columns)
    kind = "UNIQUE INDEX" if unique else "INDEX"
    table = f"{mark}organization_post{mark}"
    db.execute_sql(f"CREATE {kind} {mark}{index_name(columns)}{mark} ON {table} ({named})")
