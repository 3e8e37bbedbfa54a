"""With whom an activity is held. Frozen copies of the models: they do not follow later changes."""

from peewee import BigAutoField, CharField, ForeignKeyField, Model

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

    class Activity(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "activity"

    class ActivityPartner(Model):
        id = BigAutoField()
        activity = ForeignKeyField(Activity, on_delete="CASCADE", index=False)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT")
        state = CharField(max_length=16, default="asked")
        asked_at = UtcDateTimeField()
        decided_by = ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False)
        decided_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "activity_partner"
            indexes = ((("activity", "organization"), True),)

    db.create_tables([ActivityPartner])


def down(migrator, db):
    db.execute_sql("DROP TABLE activity_partner")
