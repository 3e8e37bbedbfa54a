"""The first table of transfers. Frozen copies of the models: they do not follow later changes."""

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

    class AffiliationTransfer(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        member = ForeignKeyField(Member, on_delete="CASCADE", index=False)
        sender = ForeignKeyField(Organization, on_delete="RESTRICT", index=False, backref="+")
        receiver = ForeignKeyField(Organization, on_delete="RESTRICT", index=False, backref="+")
        state = CharField(max_length=12)
        in_force = SmallIntegerField(null=True)
        reason = CharField(max_length=200)
        asked_by = ForeignKeyField(Account, on_delete="RESTRICT", index=False)
        asked_at = UtcDateTimeField()
        decided_by = ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False, backref="+")
        decided_at = UtcDateTimeField(null=True)
        refusal = CharField(null=True, max_length=200)

        class Meta:
            database = db
            table_name = "affiliation_transfer"
            indexes = (
                (("member", "in_force"), True),
                (("sender", "state"), False),
                (("receiver", "state"), False),
            )

    db.create_tables([AffiliationTransfer])


def down(migrator, db):
    db.execute_sql("DROP TABLE affiliation_transfer")
