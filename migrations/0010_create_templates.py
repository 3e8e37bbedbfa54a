"""The first tables of templates. Frozen copies of the models: they do not follow later changes."""

from peewee import BigAutoField, CharField, ForeignKeyField, IntegerField, Model

from backend.core.database import UtcDateTimeField


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

    class ActivityTemplate(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        kind = CharField(max_length=32)
        form = CharField(max_length=16)
        title = CharField(max_length=60)
        agenda = CharField(max_length=2000)
        minutes = IntegerField()
        written_by = ForeignKeyField(Account, on_delete="RESTRICT")
        created_at = UtcDateTimeField()
        withdrawn_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "activity_template"
            indexes = ((("organization", "id"), False),)

    db.create_tables([ActivityTemplate])


def down(migrator, db):
    for table in ("activity_template",):
        db.execute_sql(f"DROP TABLE {table}")
