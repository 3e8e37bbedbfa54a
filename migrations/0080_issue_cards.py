"""Batches of cards, and numbers that count no more."""

from peewee import BigAutoField, CharField, ForeignKeyField, IntegerField, Model

from backend.core.database import UtcDateTimeField


def up(migrator, db):
    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

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

    class CardBatch(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        issued_by = ForeignKeyField(Account, on_delete="RESTRICT", index=False)
        issued = IntegerField()
        issued_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "card_batch"
            indexes = ((("organization", "id"), False),)

    class LostCard(Model):
        id = BigAutoField()
        member = ForeignKeyField(Member, on_delete="CASCADE")
        number = CharField(unique=True, max_length=20)
        issued_at = UtcDateTimeField()
        voided_at = UtcDateTimeField()
        voided_by = ForeignKeyField(Account, null=True, on_delete="SET NULL", index=False)
        reason = CharField(max_length=100)

        class Meta:
            database = db
            table_name = "lost_card"

    db.create_tables([CardBatch, LostCard])


def down(migrator, db):
    for table in ("lost_card", "card_batch"):
        db.execute_sql(f"DROP TABLE {table}")
