"""Tasks of decisions can be ticked off, and minutes have pictures."""

from peewee import BigAutoField, CharField, ForeignKeyField, Model, MySQLDatabase, SmallIntegerField

from backend.core.crypto import new_public_id
from backend.core.database import UtcDateTimeField

TABLE = "follow_up_task"


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class Minutes(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "minutes"

    class Media(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "media"

    class MinutesPicture(Model):
        id = BigAutoField()
        minutes = ForeignKeyField(Minutes, on_delete="CASCADE", index=False)
        media = ForeignKeyField(Media, on_delete="RESTRICT")
        position = SmallIntegerField()

        class Meta:
            database = db
            table_name = "minutes_picture"
            indexes = ((("minutes", "position"), True),)

    db.create_tables([MinutesPicture])
    done_by = ForeignKeyField(Account, Account.id, null=True, on_delete="RESTRICT", index=False)
    migrator.migrate(
        migrator.add_column(TABLE, "public_id", CharField(max_length=20, default="")),
        migrator.add_column(TABLE, "done_at", UtcDateTimeField(null=True)),
        migrator.add_column(TABLE, "done_by_id", done_by),
        migrator.add_column(TABLE, "done_note", CharField(max_length=200, null=True)),
    )
    for (number,) in db.execute_sql("SELECT id FROM follow_up_task").fetchall():
        sql = "UPDATE follow_up_task SET public_id = ? WHERE id = ?".replace("?", db.param)
        db.execute_sql(sql, (new_public_id(), number))
    migrator.migrate(
        migrator.add_index(TABLE, ("public_id",), True),
        migrator.add_index(TABLE, ("done_at", "due_on")),
    )


def down(migrator, db):
    if isinstance(db, MySQLDatabase):
        migrator.migrate(migrator.drop_foreign_key_constraint(TABLE, "done_by_id"))
    migrator.migrate(
        migrator.drop_index(TABLE, "follow_up_task_done_at_due_on"),
        migrator.drop_index(TABLE, "follow_up_task_public_id"),
        *(migrator.drop_column(TABLE, name) for name in ("done_note", "done_by_id", "done_at", "public_id")),
    )
    db.execute_sql("DROP TABLE minutes_picture")
