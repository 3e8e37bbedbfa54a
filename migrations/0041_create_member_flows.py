"""The first tables of members away from home. Frozen copies of the models: they do not follow later changes."""

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

from backend.core.crypto import SealedField
from backend.core.database import UtcDateTimeField


def up(migrator, db):
    class Account(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

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

    class StudyReview(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "study_review"

    class MemberFlow(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        member = ForeignKeyField(Member, on_delete="CASCADE", index=False)
        home = ForeignKeyField(Organization, on_delete="RESTRICT", index=False, backref="+")
        host = ForeignKeyField(Organization, null=True, on_delete="RESTRICT", index=False, backref="+")
        state = CharField(max_length=16)
        version = IntegerField()
        in_force = SmallIntegerField(null=True)
        reason = CharField(max_length=200)
        destination = CharField(max_length=80)
        abroad = BooleanField()
        place_fixed = BooleanField()
        phone = SealedField(null=True)
        leaves_on = DateField()
        expected_back_on = DateField(null=True)
        contact = ForeignKeyField(Member, null=True, on_delete="SET NULL", index=False, backref="+")
        host_contact = ForeignKeyField(Member, null=True, on_delete="SET NULL", index=False, backref="+")
        host_group = CharField(null=True, max_length=40)
        hosted_on = DateField(null=True)
        refusal = CharField(null=True, max_length=200)
        review = ForeignKeyField(StudyReview, null=True, on_delete="SET NULL", index=False)
        contact_due_on = DateField(null=True)
        remind_on = DateField(null=True, index=True)
        next_watch_on = DateField(null=True, index=True)
        advise_on = DateField(null=True, index=True)
        transfer_advised_on = DateField(null=True)
        created_at = UtcDateTimeField()
        ended_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "member_flow"
            indexes = (
                (("member", "in_force"), True),
                (("home", "state"), False),
                (("host", "state"), False),
                (("contact", "in_force"), False),
            )

    class MemberFlowStep(Model):
        id = BigAutoField()
        flow = ForeignKeyField(MemberFlow, on_delete="CASCADE")
        step = CharField(max_length=16)
        part = CharField(max_length=8)
        state = CharField(max_length=16)
        at = UtcDateTimeField()
        actor = ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False)
        note = CharField(null=True, max_length=200)

        class Meta:
            database = db
            table_name = "member_flow_step"

    class FlowContact(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        flow = ForeignKeyField(MemberFlow, on_delete="CASCADE", index=False)
        made_on = DateField()
        way = CharField(max_length=8)
        reached = BooleanField()
        note = SealedField(null=True)
        made_by = ForeignKeyField(Account, on_delete="RESTRICT", index=False)
        created_at = UtcDateTimeField()

        class Meta:
            database = db
            table_name = "flow_contact"
            indexes = ((("flow", "made_on"), False),)

    class FlowWatch(Model):
        id = BigAutoField()
        public_id = CharField(unique=True, max_length=20)
        flow = ForeignKeyField(MemberFlow, on_delete="CASCADE", index=False)
        silent_since = DateField()
        months = SmallIntegerField()
        assignee = ForeignKeyField(Member, null=True, on_delete="SET NULL", index=False)
        raised_at = UtcDateTimeField()
        finding = CharField(null=True, max_length=16)
        note = SealedField(null=True)
        settled_by = ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False)
        settled_at = UtcDateTimeField(null=True)

        class Meta:
            database = db
            table_name = "flow_watch"
            indexes = ((("flow", "silent_since", "months"), True), (("assignee", "settled_at"), False))

    db.create_tables([MemberFlow, MemberFlowStep, FlowContact, FlowWatch])


def down(migrator, db):
    for table in ("flow_watch", "flow_contact", "member_flow_step", "member_flow"):
        db.execute_sql(f"DROP TABLE {table}")
