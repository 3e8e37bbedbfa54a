"""The first tables of activities. Frozen copies of the models: they do not follow later changes."""

from peewee import (
    BigAutoField,
    BooleanField,
    CharField,
    DateField,
    DecimalField,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
)

from backend.core.crypto import SealedField
from backend.core.database import UtcDateTimeField


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class ActivityTemplate(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "activity_template"

    class Member(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "member"

    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

    class Activity(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        organization = ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
        kind = CharField(max_length=32)
        title = CharField(max_length=60)
        starts_at = UtcDateTimeField()
        ends_at = UtcDateTimeField()
        held_on = DateField()
        place_text = CharField(max_length=80)
        place_lat = DecimalField(null=True, max_digits=9, decimal_places=6)
        place_lng = DecimalField(null=True, max_digits=9, decimal_places=6)
        place_datum = CharField(null=True, max_length=8)
        place_radius_m = IntegerField(null=True)
        agenda = CharField(null=True, max_length=2000)
        template = ForeignKeyField(ActivityTemplate, null=True, on_delete="RESTRICT")
        hours = DecimalField(max_digits=5, decimal_places=2)
        methods = CharField(max_length=80)
        rooms = SmallIntegerField(default=1)
        capacity = IntegerField(null=True)
        invites_named = BooleanField(default=False)
        welcomes_visitors = BooleanField(default=False)
        phones_kept = BooleanField(default=True)
        planned_by = ForeignKeyField(Account, on_delete="RESTRICT")
        created_at = UtcDateTimeField()
        cancelled_at = UtcDateTimeField(null=True)
        cancel_reason = CharField(null=True, max_length=200)

        class Meta:
            database = db
            table_name = "activity"
            indexes = (
                (("organization", "starts_at"), False),
                (("starts_at", "id"), False),
                (("phones_kept", "starts_at"), False),
            )

    db.create_tables([Activity])

    class ActivityInvitation(Model):
        id = BigAutoField()
        activity = ForeignKeyField(Activity, on_delete="CASCADE", index=False)
        member = ForeignKeyField(Member, on_delete="CASCADE")

        class Meta:
            database = db
            table_name = "activity_invitation"
            indexes = ((("activity", "member"), True),)

    db.create_tables([ActivityInvitation])

    class ActivityRoom(Model):
        id = BigAutoField()
        activity = ForeignKeyField(Activity, on_delete="CASCADE", index=False)
        number = SmallIntegerField()
        name = CharField(max_length=40)
        place_text = CharField(max_length=80)

        class Meta:
            database = db
            table_name = "activity_room"
            indexes = ((("activity", "number"), True),)

    db.create_tables([ActivityRoom])

    class CheckIn(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        activity = ForeignKeyField(Activity, on_delete="RESTRICT", index=False)
        member = ForeignKeyField(Member, on_delete="RESTRICT")
        in_force = SmallIntegerField(null=True)
        status = CharField(max_length=16)
        method = CharField(max_length=16)
        visitor = BooleanField()
        room = SmallIntegerField()
        occurred_at = UtcDateTimeField()
        created_at = UtcDateTimeField()
        nonce = CharField(max_length=64)
        device = CharField(null=True, max_length=32)
        left_at = UtcDateTimeField(null=True)
        minutes = IntegerField(null=True)

        class Meta:
            database = db
            table_name = "check_in"
            indexes = ((("activity", "member", "in_force"), True),)

    db.create_tables([CheckIn])

    class CheckInLocation(Model):
        id = BigAutoField()
        check_in = ForeignKeyField(CheckIn, unique=True, on_delete="CASCADE")
        distance_m = IntegerField()
        within = BooleanField()
        lat = DecimalField(null=True, max_digits=6, decimal_places=3)
        lng = DecimalField(null=True, max_digits=6, decimal_places=3)
        at = UtcDateTimeField(index=True)

        class Meta:
            database = db
            table_name = "check_in_location"

    db.create_tables([CheckInLocation])

    class CheckInStep(Model):
        id = BigAutoField()
        check_in = ForeignKeyField(CheckIn, on_delete="CASCADE")
        kind = CharField(max_length=12)
        at = UtcDateTimeField()
        actor = ForeignKeyField(Account, on_delete="RESTRICT")
        note = CharField(null=True, max_length=300)

        class Meta:
            database = db
            table_name = "check_in_step"

    db.create_tables([CheckInStep])

    class LeaveRequest(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        activity = ForeignKeyField(Activity, on_delete="CASCADE", index=False)
        member = ForeignKeyField(Member, on_delete="CASCADE")
        reason = SealedField()
        state = CharField(max_length=16, default="asked")
        asked_at = UtcDateTimeField()
        decided_by = ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False)
        decided_at = UtcDateTimeField(null=True)
        decision_note = CharField(null=True, max_length=200)

        class Meta:
            database = db
            table_name = "leave_request"
            indexes = ((("activity", "member"), True),)

    db.create_tables([LeaveRequest])

    class MakeUpRequest(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        activity = ForeignKeyField(Activity, on_delete="CASCADE", index=False)
        member = ForeignKeyField(Member, on_delete="CASCADE")
        waiting = SmallIntegerField(null=True)
        reason = SealedField()
        state = CharField(max_length=16, default="asked")
        asked_by = ForeignKeyField(Account, on_delete="RESTRICT", index=False)
        asked_at = UtcDateTimeField()
        decided_by = ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False)
        decided_at = UtcDateTimeField(null=True)
        decision_note = CharField(null=True, max_length=200)

        class Meta:
            database = db
            table_name = "make_up_request"
            indexes = ((("activity", "member", "waiting"), True),)

    db.create_tables([MakeUpRequest])

    class SignUp(Model):
        id = BigAutoField()
        activity = ForeignKeyField(Activity, on_delete="CASCADE", index=False)
        member = ForeignKeyField(Member, on_delete="CASCADE")
        state = CharField(max_length=12)
        queued_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "sign_up"
            indexes = ((("activity", "member"), True), (("activity", "state", "queued_at"), False))

    db.create_tables([SignUp])

    class WrongCode(Model):
        id = BigAutoField()
        account = ForeignKeyField(Account, on_delete="CASCADE", index=False)
        activity = ForeignKeyField(Activity, null=True, on_delete="CASCADE")
        at = UtcDateTimeField(index=True)

        class Meta:
            database = db
            table_name = "wrong_code"
            indexes = ((("account", "at"), False),)

    db.create_tables([WrongCode])


def down(migrator, db):
    for table in (
        "wrong_code",
        "sign_up",
        "make_up_request",
        "leave_request",
        "check_in_step",
        "check_in_location",
        "check_in",
        "activity_room",
        "activity_invitation",
        "activity",
    ):
        db.execute_sql(f"DROP TABLE {table}")
