"""Rules of reminding, what organisations changed of them, which runs took place; members by the day they joined."""

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

    class ReminderRule(Model):
        id = BigAutoField()
        code = CharField(max_length=40, unique=True)
        position = SmallIntegerField()
        label = CharField(max_length=40)
        trigger = CharField(max_length=120)
        audience = CharField(max_length=60)
        channel = CharField(max_length=60)
        offsets = CharField(max_length=40)
        at = CharField(max_length=5)
        rhythm = CharField(max_length=30)
        stops = CharField(max_length=120)
        escalation = CharField(max_length=120)
        source = CharField(max_length=200)
        own_job = BooleanField()
        locked = BooleanField()

        class Meta:
            database = db
            table_name = "reminder_rule"

    class ReminderSetting(Model):
        id = BigAutoField()
        organization = ForeignKeyField(Organization, on_delete="CASCADE", index=False)
        rule = CharField(max_length=40)
        enabled = BooleanField(default=True)
        at = CharField(max_length=5, null=True)
        offsets = CharField(max_length=40, null=True)
        skip_on = DateField(null=True)
        snoozed_until = DateField(null=True)
        deputy = ForeignKeyField(Account, null=True, on_delete="SET NULL")
        changed_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "reminder_setting"
            indexes = ((("organization", "rule"), True), (("rule", "organization"), False))

    class ReminderRun(Model):
        id = BigAutoField()
        rule = CharField(max_length=40)
        on = DateField()
        at = CharField(max_length=5)
        ran_at = UtcDateTimeField()
        told = IntegerField()

        class Meta:
            database = db
            table_name = "reminder_run"
            indexes = ((("rule", "on", "at"), True), (("on",), False))

    db.create_tables([ReminderRule, ReminderSetting, ReminderRun])
    migrator.migrate(migrator.add_index("member", ("joined_on",)))


def down(migrator, db):
    migrator.migrate(migrator.drop_index("member", "member_joined_on"))
    for table in ("reminder_run", "reminder_setting", "reminder_rule"):
        db.execute_sql(f"DROP TABLE {table}")
