"""The first tables of claims. Frozen copies of the models: they do not follow later changes."""

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

    class MembershipClaim(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        account = ForeignKeyField(Account, on_delete="CASCADE", index=False)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        name = CharField(max_length=40)
        id_tail = SealedField()
        phone = SealedField()
        state = CharField(max_length=12)
        claimed_on = DateField()
        nth = SmallIntegerField()
        submitted_at = UtcDateTimeField()
        member = ForeignKeyField(Member, null=True, on_delete="SET NULL")
        decided_by = ForeignKeyField(Account, null=True, on_delete="SET NULL")
        decided_at = UtcDateTimeField(null=True)
        note = CharField(null=True, max_length=200)

        class Meta:
            database = db
            table_name = "membership_claim"
            indexes = ((("account", "claimed_on", "nth"), True), (("organization", "state", "id"), False))

    db.create_tables([MembershipClaim])


def down(migrator, db):
    for table in ("membership_claim",):
        db.execute_sql(f"DROP TABLE {table}")
