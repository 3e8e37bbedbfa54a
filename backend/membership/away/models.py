"""Stays away from home, each step that was taken, contacts that were made and watches that were raised."""

import peewee as pw

from backend.card.reviews.models import StudyReview
from backend.core.crypto import SealedField
from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Account, Member, Organization


class MemberFlow(Record):
    """One stay away from home. `in_force` is 1 until it ends: a member has one such record at a time.

    `destination` is a town, never an address. `contact` is the member of the home branch who keeps in touch,
    `host_contact` and `host_group` are whom and where the host named. The days `remind_on`, `next_watch_on` and
    `advise_on` are when the bot is to look again; empty when it need not. `version` grows with every step.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    member = pw.ForeignKeyField(Member, on_delete="CASCADE", index=False)
    member_id: int
    home = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False, backref="+")
    home_id: int
    host = pw.ForeignKeyField(Organization, null=True, on_delete="RESTRICT", index=False, backref="+")
    host_id: int | None
    state = pw.CharField(16)
    version = pw.IntegerField()
    in_force = pw.SmallIntegerField(null=True)
    reason = pw.CharField(200)
    destination = pw.CharField(80)
    abroad = pw.BooleanField()
    place_fixed = pw.BooleanField()
    phone = SealedField(null=True)
    leaves_on = pw.DateField()
    expected_back_on = pw.DateField(null=True)
    contact = pw.ForeignKeyField(Member, null=True, on_delete="SET NULL", index=False, backref="+")
    contact_id: int | None
    host_contact = pw.ForeignKeyField(Member, null=True, on_delete="SET NULL", index=False, backref="+")
    host_contact_id: int | None
    host_group = pw.CharField(40, null=True)
    hosted_on = pw.DateField(null=True)
    refusal = pw.CharField(200, null=True)
    review = pw.ForeignKeyField(StudyReview, null=True, on_delete="SET NULL", index=False)
    review_id: int | None
    contact_due_on = pw.DateField(null=True)
    remind_on = pw.DateField(null=True, index=True)
    next_watch_on = pw.DateField(null=True, index=True)
    advise_on = pw.DateField(null=True, index=True)
    transfer_advised_on = pw.DateField(null=True)
    created_at = UtcDateTimeField()
    ended_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = (
            (("member", "in_force"), True),
            (("home", "state"), False),
            (("host", "state"), False),
            (("contact", "in_force"), False),
        )


class MemberFlowStep(Record):
    """One thing that somebody did to a stay: append-only. No account: the system."""

    id = pw.BigAutoField()
    flow = pw.ForeignKeyField(MemberFlow, on_delete="CASCADE")
    flow_id: int
    step = pw.CharField(16)
    part = pw.CharField(8)
    state = pw.CharField(16)
    at = UtcDateTimeField()
    actor = pw.ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False)
    actor_id: int | None
    note = pw.CharField(200, null=True)


class FlowContact(Record):
    """Home kept in touch, or tried to: on which day, how, whether the member was reached."""

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    flow = pw.ForeignKeyField(MemberFlow, on_delete="CASCADE", index=False)
    flow_id: int
    made_on = pw.DateField()
    way = pw.CharField(8)
    reached = pw.BooleanField()
    note = SealedField(null=True)
    made_by = pw.ForeignKeyField(Account, on_delete="RESTRICT", index=False)
    made_by_id: int
    created_at = UtcDateTimeField()

    class Meta:
        indexes = ((("flow", "made_on"), False),)


class FlowWatch(Record):
    """Nothing was heard of a member for `months` since `silent_since`: a task for a person, and nothing else."""

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    flow = pw.ForeignKeyField(MemberFlow, on_delete="CASCADE", index=False)
    flow_id: int
    silent_since = pw.DateField()
    months = pw.SmallIntegerField()
    assignee = pw.ForeignKeyField(Member, null=True, on_delete="SET NULL", index=False)
    assignee_id: int | None
    raised_at = UtcDateTimeField()
    finding = pw.CharField(16, null=True)
    note = SealedField(null=True)
    settled_by = pw.ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False)
    settled_by_id: int | None
    settled_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("flow", "silent_since", "months"), True), (("assignee", "settled_at"), False))


TABLES = (MemberFlow, MemberFlowStep, FlowContact, FlowWatch)
