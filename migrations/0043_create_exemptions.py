"""The first table of exemptions. Frozen copies of the models: they do not follow later changes."""

from peewee import BigAutoField, CharField, DateField, ForeignKeyField, Model, SmallIntegerField

from backend.core.crypto import SealedField
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

    class MemberExemption(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        member = ForeignKeyField(Member, on_delete="CASCADE", index=False)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        reason = SealedField()
        note = SealedField(null=True)
        state = CharField(max_length=12)
        in_force = SmallIntegerField(null=True)
        since_on = DateField()
        until_on = DateField()
        asked_by = ForeignKeyField(Account, on_delete="RESTRICT", index=False, backref="+")
        asked_at = UtcDateTimeField()
        decided_by = ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False, backref="+")
        decided_at = UtcDateTimeField(null=True)
        decision_note = CharField(null=True, max_length=200)

        class Meta:
            database = db
            table_name = "member_exemption"
            indexes = ((("member", "in_force"), True), (("organization", "state"), False))

    db.create_tables([MemberExemption])


def down(migrator, db):
    db.execute_sql("DROP TABLE member_exemption")
