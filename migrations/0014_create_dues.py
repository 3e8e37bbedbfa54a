"""The first tables of dues. Frozen copies of the models: they do not follow later changes."""

from peewee import (
    BigAutoField,
    CharField,
    DateField,
    DecimalField,
    FixedCharField,
    ForeignKeyField,
    Model,
    SmallIntegerField,
)

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

    class DuesRecord(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        member = ForeignKeyField(Member, on_delete="RESTRICT", index=False)
        month = FixedCharField(max_length=7)
        in_force = SmallIntegerField(null=True)
        amount = DecimalField(max_digits=9, decimal_places=2)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        paid_on = DateField()
        recorded_by = ForeignKeyField(Account, on_delete="RESTRICT", index=False)
        recorded_at = UtcDateTimeField()
        voided_by = ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False)
        voided_at = UtcDateTimeField(null=True)
        void_reason = CharField(null=True, max_length=200)

        class Meta:
            database = db
            table_name = "dues_record"
            indexes = ((("member", "month", "in_force"), True), (("organization", "month"), False))

    db.create_tables([DuesRecord])


def down(migrator, db):
    for table in ("dues_record",):
        db.execute_sql(f"DROP TABLE {table}")
