"""The first tables of service. Frozen copies of the models: they do not follow later changes."""

from peewee import (
    BigAutoField,
    BooleanField,
    CharField,
    DateField,
    DecimalField,
    DoubleField,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
    TextField,
)

from backend.core.crypto import SealedField
from backend.core.database import UtcDateTimeField


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class Media(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "media"

    class Organization(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "organization"

    class CalendarDay(Model):
        id = BigAutoField()
        on = DateField(unique=True)
        working = BooleanField()
        reason = CharField(max_length=80)

        class Meta:
            database = db
            table_name = "calendar_day"

    db.create_tables([CalendarDay])

    class ServiceType(Model):
        id = BigAutoField()
        code = CharField(unique=True, max_length=40)
        name = CharField(max_length=40)
        hint = CharField(max_length=200, default="")
        priority = CharField(max_length=3, default="III")
        needs_evidence = BooleanField(default=False)
        hours = DecimalField(max_digits=5, decimal_places=2, default=0)
        sort = IntegerField(default=0)
        closed_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "service_type"

    db.create_tables([ServiceType])

    class ServiceOrder(Model):
        id = BigAutoField()
        number = CharField(unique=True, max_length=13)
        state = CharField(max_length=16)
        state_before = CharField(null=True, max_length=16)
        version = IntegerField(default=1)
        resolution = CharField(null=True, max_length=12)
        priority = CharField(max_length=3)
        service_type = ForeignKeyField(ServiceType, on_delete="RESTRICT")
        organization = ForeignKeyField(Organization, on_delete="RESTRICT")
        requester = ForeignKeyField(Account, on_delete="RESTRICT")
        title = CharField(max_length=60)
        description = TextField()
        place_text = CharField(max_length=120)
        lat = DoubleField(null=True)
        lng = DoubleField(null=True)
        datum = CharField(null=True, max_length=8)
        contact_name = SealedField(null=True)
        contact_phone = SealedField(null=True)
        beneficiary_name = SealedField(null=True)
        beneficiary_phone = SealedField(null=True)
        beneficiary_relation = CharField(null=True, max_length=20)
        moderation = CharField(max_length=8, default="pending")
        target_kind = CharField(null=True, max_length=8)
        target = ForeignKeyField(Account, null=True, on_delete="RESTRICT")
        handler = ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False)
        parent = ForeignKeyField("self", null=True, on_delete="RESTRICT")
        merged_count = SmallIntegerField(default=0)
        request_kind = CharField(null=True, max_length=8)
        request_until = UtcDateTimeField(null=True)
        urge_count = SmallIntegerField(default=0)
        return_count = SmallIntegerField(default=0)
        reopen_count = SmallIntegerField(default=0)
        hold_count = SmallIntegerField(default=0)
        extension_count = SmallIntegerField(default=0)
        follow_up_tries = SmallIntegerField(default=0)
        supervised_level = SmallIntegerField(default=0)
        appealed = BooleanField(default=False)
        ruled = BooleanField(default=False)
        hold_until = UtcDateTimeField(index=True, null=True)
        urged_at = UtcDateTimeField(null=True)
        due_at = UtcDateTimeField(null=True)
        returned_at = UtcDateTimeField(null=True)
        dispatched_at = UtcDateTimeField(null=True)
        claimed_at = UtcDateTimeField(null=True)
        contacted_at = UtcDateTimeField(null=True)
        completed_at = UtcDateTimeField(null=True)
        closed_at = UtcDateTimeField(null=True)
        created_at = UtcDateTimeField()
        changed_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "service_order"
            indexes = (
                (("organization", "state"), False),
                (("organization", "due_at"), False),
                (("organization", "returned_at"), False),
                (("handler", "state"), False),
                (("organization", "moderation"), False),
            )

    db.create_tables([ServiceOrder])

    class OrderCohandler(Model):
        id = BigAutoField()
        order = ForeignKeyField(ServiceOrder, on_delete="CASCADE", index=False)
        account = ForeignKeyField(Account, on_delete="RESTRICT")
        due_at = UtcDateTimeField()
        at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "order_cohandler"
            indexes = ((("order", "account"), True),)

    db.create_tables([OrderCohandler])

    class OrderFollowUp(Model):
        id = BigAutoField()
        order = ForeignKeyField(ServiceOrder, on_delete="CASCADE")
        at = UtcDateTimeField()
        by = ForeignKeyField(Account, on_delete="RESTRICT")
        way = CharField(max_length=8)
        reached = BooleanField()
        solved = BooleanField(null=True)
        satisfaction = CharField(null=True, max_length=12)
        note = CharField(null=True, max_length=500)

        class Meta:
            database = db
            table_name = "order_follow_up"

    db.create_tables([OrderFollowUp])

    class OrderHandIn(Model):
        id = BigAutoField()
        order = ForeignKeyField(ServiceOrder, on_delete="CASCADE")
        handler = ForeignKeyField(Account, on_delete="RESTRICT")
        at = UtcDateTimeField()
        truthful = BooleanField()
        contacted_at = UtcDateTimeField()
        solved = BooleanField()
        reason = CharField(null=True, max_length=500)
        public_reply = CharField(max_length=500)

        class Meta:
            database = db
            table_name = "order_hand_in"

    db.create_tables([OrderHandIn])

    class OrderLog(Model):
        id = BigAutoField()
        order = ForeignKeyField(ServiceOrder, on_delete="CASCADE")
        at = UtcDateTimeField()
        actor = ForeignKeyField(Account, null=True, on_delete="RESTRICT")
        part = CharField(max_length=12)
        action = CharField(max_length=20)
        from_state = CharField(null=True, max_length=16)
        to_state = CharField(max_length=16)
        note = CharField(null=True, max_length=1000)
        public = BooleanField(default=True)

        class Meta:
            database = db
            table_name = "order_log"

    db.create_tables([OrderLog])

    class OrderMedia(Model):
        id = BigAutoField()
        order = ForeignKeyField(ServiceOrder, on_delete="CASCADE", index=False)
        media = ForeignKeyField(Media, on_delete="RESTRICT")
        handed_in = BooleanField()

        class Meta:
            database = db
            table_name = "order_media"
            indexes = ((("order", "media"), True),)

    db.create_tables([OrderMedia])

    class OrderRating(Model):
        id = BigAutoField()
        order = ForeignKeyField(ServiceOrder, on_delete="CASCADE")
        at = UtcDateTimeField()
        solved = BooleanField()
        satisfaction = CharField(max_length=12)
        comment = CharField(null=True, max_length=500)

        class Meta:
            database = db
            table_name = "order_rating"

    db.create_tables([OrderRating])

    class OrderReferral(Model):
        id = BigAutoField()
        order = ForeignKeyField(ServiceOrder, on_delete="CASCADE")
        at = UtcDateTimeField()
        receiver = CharField(max_length=60)
        receipt_number = CharField(max_length=40)
        outcome = CharField(null=True, max_length=500)
        ended_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "order_referral"

    db.create_tables([OrderReferral])

    class OrderSupervision(Model):
        id = BigAutoField()
        order = ForeignKeyField(ServiceOrder, on_delete="CASCADE")
        level = SmallIntegerField()
        at = UtcDateTimeField()
        by = ForeignKeyField(Account, null=True, on_delete="RESTRICT")
        note = CharField(null=True, max_length=500)
        reply_due_at = UtcDateTimeField()
        reply = CharField(null=True, max_length=500)
        replied_at = UtcDateTimeField(null=True)
        lifted_at = UtcDateTimeField(null=True)
        next_at = UtcDateTimeField(index=True, null=True)

        class Meta:
            database = db
            table_name = "order_supervision"

    db.create_tables([OrderSupervision])

    class OrderTimer(Model):
        id = BigAutoField()
        order = ForeignKeyField(ServiceOrder, on_delete="CASCADE", index=False)
        stage = CharField(max_length=16)
        minutes = IntegerField()
        pace = CharField(max_length=16)
        rounds = SmallIntegerField(default=0)
        started_at = UtcDateTimeField(null=True)
        due_at = UtcDateTimeField(null=True)
        paused_at = UtcDateTimeField(null=True)
        stopped_at = UtcDateTimeField(null=True)
        warned = SmallIntegerField(default=0)
        breached = BooleanField(default=False)
        notice_at = UtcDateTimeField(index=True, null=True)

        class Meta:
            database = db
            table_name = "order_timer"
            indexes = ((("order", "stage"), True),)

    db.create_tables([OrderTimer])

    class TimerRule(Model):
        id = BigAutoField()
        stage = CharField(max_length=16)
        priority = CharField(max_length=3)
        service_type = ForeignKeyField(ServiceType, null=True, on_delete="CASCADE")
        organization = ForeignKeyField(Organization, null=True, on_delete="CASCADE")
        minutes = IntegerField()
        pace = CharField(max_length=16)
        source = CharField(max_length=80)
        starts_on = DateField(null=True)
        ends_on = DateField(null=True)

        class Meta:
            database = db
            table_name = "timer_rule"
            indexes = ((("stage", "priority"), False),)

    db.create_tables([TimerRule])


def down(migrator, db):
    for table in (
        "timer_rule",
        "order_timer",
        "order_supervision",
        "order_referral",
        "order_rating",
        "order_media",
        "order_log",
        "order_hand_in",
        "order_follow_up",
        "order_cohandler",
        "service_order",
        "service_type",
        "calendar_day",
    ):
        db.execute_sql(f"DROP TABLE {table}")
