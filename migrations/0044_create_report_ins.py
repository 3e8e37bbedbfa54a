"""The first table of report-ins. Frozen copies of the models: they do not follow later changes."""

from peewee import BigAutoField, CharField, ForeignKeyField, Model, SmallIntegerField

from backend.core.database import UtcDateTimeField


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class Member(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "member"

    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

    class ReportIn(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        member = ForeignKeyField(Member, on_delete="CASCADE", index=False)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        kind = CharField(max_length=12)
        post = CharField(null=True, max_length=40)
        note = CharField(null=True, max_length=200)
        state = CharField(max_length=12)
        in_force = SmallIntegerField(null=True)
        reported_at = UtcDateTimeField()
        decided_by = ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False)
        decided_at = UtcDateTimeField(null=True)
        refusal = CharField(null=True, max_length=200)
        left_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "report_in"
            indexes = ((("member", "kind", "in_force"), True), (("organization", "state"), False))

    db.create_tables([ReportIn])


def down(migrator, db):
    db.execute_sql("DROP TABLE report_in")
