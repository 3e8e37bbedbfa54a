"""Quiet hours, cap and digest as an organisation set them for itself and all below it."""

from peewee import BigAutoField, CharField, ForeignKeyField, Model

from backend.core.database import UtcDateTimeField


def up(migrator, db):
    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

    class MessageLimitSetting(Model):
        id = BigAutoField()
        organization = ForeignKeyField(Organization, on_delete="CASCADE", index=False)
        code = CharField(max_length=40)
        value = CharField(max_length=20)
        changed_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "message_limit_setting"
            indexes = ((("organization", "code"), True),)

    db.create_tables([MessageLimitSetting])


def down(migrator, db):
    db.execute_sql("DROP TABLE message_limit_setting")
