"""Requests to be erased."""

from peewee import BigAutoField, CharField, ForeignKeyField, Model, SmallIntegerField

from backend.core.database import UtcDateTimeField


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class ErasureRequest(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        account = ForeignKeyField(Account, on_delete="CASCADE", index=False)
        waiting = SmallIntegerField(null=True)
        state = CharField(max_length=12)
        asked_at = UtcDateTimeField()
        due_at = UtcDateTimeField()
        ended_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "erasure_request"
            indexes = ((("account", "waiting"), True), (("waiting", "due_at"), False))

    db.create_tables([ErasureRequest])


def down(migrator, db):
    db.execute_sql("DROP TABLE erasure_request")
