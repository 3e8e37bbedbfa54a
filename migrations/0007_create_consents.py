"""The first tables of consents. Frozen copies of the models: they do not follow later changes."""

from peewee import BigAutoField, BooleanField, CharField, ForeignKeyField, Model

from backend.core.database import UtcDateTimeField


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class Consent(Model):
        id = BigAutoField()
        account = ForeignKeyField(Account, on_delete="CASCADE", index=False)
        purpose = CharField(max_length=20)
        version = CharField(max_length=20)
        given = BooleanField()
        at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "consent"
            indexes = ((("account", "purpose", "id"), False),)

    db.create_tables([Consent])


def down(migrator, db):
    for table in ("consent",):
        db.execute_sql(f"DROP TABLE {table}")
