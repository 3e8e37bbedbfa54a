"""The first tables of schedules. Frozen copies of the models: they do not follow later changes."""

from peewee import BigAutoField, CharField, DateField, FixedCharField, ForeignKeyField, Model, SmallIntegerField

from backend.core.database import UtcDateTimeField


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

    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

    class ActivitySchedule(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT")
        kind = CharField(max_length=32)
        title = CharField(max_length=60)
        place_text = CharField(max_length=80)
        day = SmallIntegerField(null=True)
        nth = SmallIntegerField(null=True)
        weekday = SmallIntegerField(null=True)
        starts_at_minute = SmallIntegerField()
        minutes = SmallIntegerField()
        shift = CharField(max_length=8)
        next_on = DateField(index=True, null=True)
        planned_by = ForeignKeyField(Account, on_delete="RESTRICT")
        created_at = UtcDateTimeField()
        ended_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "activity_schedule"

    db.create_tables([ActivitySchedule])

    class ScheduleSlot(Model):
        id = BigAutoField()
        schedule = ForeignKeyField(ActivitySchedule, on_delete="CASCADE", index=False)
        month = FixedCharField(max_length=7)
        activity = ForeignKeyField(Activity, null=True, on_delete="RESTRICT")
        skipped_by = ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False)
        skip_reason = CharField(null=True, max_length=200)
        settled_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "schedule_slot"
            indexes = ((("schedule", "month"), True),)

    db.create_tables([ScheduleSlot])


def down(migrator, db):
    for table in ("schedule_slot", "activity_schedule"):
        db.execute_sql(f"DROP TABLE {table}")
