"""Requests to correct the roster."""

from peewee import BigAutoField, CharField, ForeignKeyField, Model, SmallIntegerField

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

    class CorrectionRequest(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        member = ForeignKeyField(Member, on_delete="CASCADE", index=False)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        asked_by = ForeignKeyField(Account, on_delete="CASCADE")
        field = CharField(max_length=20)
        value = SealedField()
        reason = CharField(max_length=200)
        waiting = SmallIntegerField(null=True)
        state = CharField(max_length=12)
        asked_at = UtcDateTimeField()
        decided_by = ForeignKeyField(Account, null=True, on_delete="SET NULL", backref="+")
        decided_at = UtcDateTimeField(null=True)
        note = CharField(null=True, max_length=200)

        class Meta:
            database = db
            table_name = "correction_request"
            indexes = ((("member", "field", "waiting"), True), (("organization", "state", "id"), False))

    db.create_tables([CorrectionRequest])


def down(migrator, db):
    db.execute_sql("DROP TABLE correction_request")
