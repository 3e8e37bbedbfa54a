"""The first tables of minutes. Frozen copies of the models: they do not follow later changes."""

from peewee import (
    BigAutoField,
    BooleanField,
    CharField,
    DateField,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
)

from backend.core.database import LongTextField, UtcDateTimeField


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class Activity(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "activity"

    class Member(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "member"

    class Minutes(Model):
        id = BigAutoField()
        activity = ForeignKeyField(Activity, on_delete="RESTRICT", index=False)
        in_force = SmallIntegerField(null=True)
        text = LongTextField()
        entitled = IntegerField()
        present = IntegerField()
        quorate = BooleanField(null=True)
        written_by = ForeignKeyField(Account, on_delete="RESTRICT", index=False)
        written_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "minutes"
            indexes = ((("activity", "in_force"), True),)

    db.create_tables([Minutes])

    class Decision(Model):
        id = BigAutoField()
        minutes = ForeignKeyField(Minutes, on_delete="CASCADE", index=False)
        number = SmallIntegerField()
        text = CharField(max_length=500)
        yes = IntegerField(null=True)
        no = IntegerField(null=True)
        abstain = IntegerField(null=True)
        passed = BooleanField(null=True)

        class Meta:
            database = db
            table_name = "decision"
            indexes = ((("minutes", "number"), True),)

    db.create_tables([Decision])

    class FollowUpTask(Model):
        id = BigAutoField()
        decision = ForeignKeyField(Decision, on_delete="CASCADE")
        text = CharField(max_length=200)
        member = ForeignKeyField(Member, on_delete="RESTRICT")
        due_on = DateField()

        class Meta:
            database = db
            table_name = "follow_up_task"

    db.create_tables([FollowUpTask])


def down(migrator, db):
    for table in ("follow_up_task", "decision", "minutes"):
        db.execute_sql(f"DROP TABLE {table}")
