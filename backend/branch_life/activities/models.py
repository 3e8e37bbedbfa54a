"""Activities, who is invited, who came, who asked leave."""

from enum import StrEnum

import peewee as pw

from backend.branch_life.templates.models import ActivityTemplate
from backend.core.crypto import SealedField
from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Account, Member, Organization
from backend.people.places.models import ServiceCentre


class CheckInMethod(StrEnum):
    """How somebody was found to be there."""

    CODE = "code"
    TYPED_CODE = "typed_code"
    PLACE_CODE = "place_code"
    ROLL_CALL = "roll_call"
    LOCATION = "location"
    MAKE_UP = "make_up"


class CheckInStatus(StrEnum):
    """What the roll says of somebody who came."""

    PRESENT = "present"
    LATE = "late"
    UPLOADED_LATE = "uploaded_late"
    TO_CONFIRM = "to_confirm"
    MADE_UP = "made_up"


class RequestState(StrEnum):
    """What a member asks (leave, a make-up entry) waits until somebody else has decided."""

    ASKED = "asked"
    APPROVED = "approved"
    DENIED = "denied"


class ActivityState(StrEnum):
    """Where an activity stands; only the cancellation is kept, the rest is a question of the time."""

    PLANNED = "planned"
    OPEN = "open"
    OVER = "over"
    CANCELLED = "cancelled"


class Activity(Record):
    """Something that an organisation does together at a time and a place.

    `held_on` is the local day of its start: membership on that day decides who is expected. `hours` is what
    it counts on the study card. Without `invites_named` everybody who belongs to the organisation is invited.
    `phones_kept` says that its check-ins may still tell which phone they came from.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    kind = pw.CharField(32)
    title = pw.CharField(60)
    starts_at = UtcDateTimeField()
    ends_at = UtcDateTimeField()
    held_on = pw.DateField()
    place_text = pw.CharField(80)
    place_lat = pw.DecimalField(9, 6, null=True)
    place_lng = pw.DecimalField(9, 6, null=True)
    place_datum = pw.CharField(8, null=True)
    place_radius_m = pw.IntegerField(null=True)
    service_centre = pw.ForeignKeyField(ServiceCentre, null=True, on_delete="RESTRICT", index=False)
    service_centre_id: int | None
    agenda = pw.CharField(2000, null=True)
    template = pw.ForeignKeyField(ActivityTemplate, null=True, on_delete="RESTRICT")
    hours = pw.DecimalField(5, 2)
    methods = pw.CharField(80)
    rooms = pw.SmallIntegerField(default=1)
    capacity = pw.IntegerField(null=True)
    invites_named = pw.BooleanField(default=False)
    welcomes_visitors = pw.BooleanField(default=False)
    phones_kept = pw.BooleanField(default=True)
    planned_by = pw.ForeignKeyField(Account, on_delete="RESTRICT")
    planned_by_id: int
    created_at = UtcDateTimeField()
    cancelled_at = UtcDateTimeField(null=True)
    cancel_reason = pw.CharField(200, null=True)

    class Meta:
        indexes = (
            (("organization", "starts_at"), False),
            (("starts_at", "id"), False),
            (("service_centre", "starts_at"), False),
            (("phones_kept", "starts_at"), False),
        )


class ActivityInvitation(Record):
    """A member who is invited by name."""

    id = pw.BigAutoField()
    activity = pw.ForeignKeyField(Activity, on_delete="CASCADE", index=False)
    activity_id: int
    member = pw.ForeignKeyField(Member, on_delete="CASCADE")

    class Meta:
        indexes = ((("activity", "member"), True),)


class SignUpState(StrEnum):
    """Whether somebody has one of the places of an activity with few of them."""

    GOING = "going"
    WAITING = "waiting"
    WITHDRAWN = "withdrawn"


class SignUp(Record):
    """A member wants to come; `queued_at` is when he joined the queue, which goes by it."""

    id = pw.BigAutoField()
    activity = pw.ForeignKeyField(Activity, on_delete="CASCADE", index=False)
    activity_id: int
    member = pw.ForeignKeyField(Member, on_delete="CASCADE")
    member_id: int
    state = pw.CharField(12)
    queued_at = UtcDateTimeField()

    class Meta:
        indexes = ((("activity", "member"), True), (("activity", "state", "queued_at"), False))


class ActivityRoom(Record):
    """A remote room (远程分课堂) with its own code and roll; the main room is number 0 and has no row."""

    id = pw.BigAutoField()
    activity = pw.ForeignKeyField(Activity, on_delete="CASCADE", index=False)
    number = pw.SmallIntegerField()
    name = pw.CharField(40)
    place_text = pw.CharField(80)

    class Meta:
        indexes = ((("activity", "number"), True),)


class ActivityPartner(Record):
    """Another organisation that was asked to hold the activity together, and what it said."""

    id = pw.BigAutoField()
    activity = pw.ForeignKeyField(Activity, on_delete="CASCADE", index=False)
    activity_id: int
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT")
    organization_id: int
    state = pw.CharField(16, default=RequestState.ASKED)
    asked_at = UtcDateTimeField()
    decided_by = pw.ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False)
    decided_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("activity", "organization"), True),)


class CheckIn(Record):
    """A member was there. `in_force` is 1, or empty once it is voided: one in force per activity and member.

    `nonce` is what the phone calls this check-in, so that a second upload is known again; `device` is a digest
    of the phone's own number, by which one sees that a phone checked in for several people. What was done to it
    afterwards, and by whom, is in `CheckInStep`.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    activity = pw.ForeignKeyField(Activity, on_delete="RESTRICT", index=False)
    activity_id: int
    member = pw.ForeignKeyField(Member, on_delete="RESTRICT")
    member_id: int
    in_force = pw.SmallIntegerField(null=True)
    status = pw.CharField(16)
    method = pw.CharField(16)
    visitor = pw.BooleanField()
    room = pw.SmallIntegerField()
    occurred_at = UtcDateTimeField()
    created_at = UtcDateTimeField()
    nonce = pw.CharField(64)
    device = pw.CharField(32, null=True)
    left_at = UtcDateTimeField(null=True)
    minutes = pw.IntegerField(null=True)

    class Meta:
        indexes = ((("activity", "member", "in_force"), True),)


class StepKind(StrEnum):
    """What can be done to a check-in."""

    RECORDED = "recorded"
    CONFIRMED = "confirmed"
    LEFT = "left"
    VOIDED = "voided"


class CheckInStep(Record):
    """One thing that a person did to a check-in: append-only."""

    id = pw.BigAutoField()
    check_in = pw.ForeignKeyField(CheckIn, on_delete="CASCADE")
    kind = pw.CharField(12)
    at = UtcDateTimeField()
    actor = pw.ForeignKeyField(Account, on_delete="RESTRICT")
    note = pw.CharField(300, null=True)


class CheckInLocation(Record):
    """How far from the venue the phone said it was; the rounded coordinates go after a month, the distance stays."""

    id = pw.BigAutoField()
    check_in = pw.ForeignKeyField(CheckIn, unique=True, on_delete="CASCADE")
    distance_m = pw.IntegerField()
    within = pw.BooleanField()
    lat = pw.DecimalField(6, 3, null=True)
    lng = pw.DecimalField(6, 3, null=True)
    at = UtcDateTimeField(index=True)


class LeaveRequest(Record):
    """A member asks to stay away; the reason may be private and is sealed."""

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    activity = pw.ForeignKeyField(Activity, on_delete="CASCADE", index=False)
    activity_id: int
    member = pw.ForeignKeyField(Member, on_delete="CASCADE")
    member_id: int
    reason = SealedField()
    state = pw.CharField(16, default=RequestState.ASKED)
    asked_at = UtcDateTimeField()
    decided_by = pw.ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False)
    decided_at = UtcDateTimeField(null=True)
    decision_note = pw.CharField(200, null=True)

    class Meta:
        indexes = ((("activity", "member"), True),)


class MakeUpRequest(Record):
    """Somebody who was there and is not on the roll: one person asks, another one decides.

    `waiting` is 1 until it is decided: one waiting request per activity and member.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    activity = pw.ForeignKeyField(Activity, on_delete="CASCADE", index=False)
    activity_id: int
    member = pw.ForeignKeyField(Member, on_delete="CASCADE")
    member_id: int
    waiting = pw.SmallIntegerField(null=True)
    reason = SealedField()
    state = pw.CharField(16, default=RequestState.ASKED)
    asked_by = pw.ForeignKeyField(Account, on_delete="RESTRICT", index=False)
    asked_by_id: int
    asked_at = UtcDateTimeField()
    decided_by = pw.ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False)
    decided_at = UtcDateTimeField(null=True)
    decision_note = pw.CharField(200, null=True)

    class Meta:
        indexes = ((("activity", "member", "waiting"), True),)


class WrongCode(Record):
    """An attempt with a code that was never shown: guessing is limited by these, the organiser sees them."""

    id = pw.BigAutoField()
    account = pw.ForeignKeyField(Account, on_delete="CASCADE", index=False)
    activity = pw.ForeignKeyField(Activity, null=True, on_delete="CASCADE")
    at = UtcDateTimeField(index=True)

    class Meta:
        indexes = ((("account", "at"), False),)


TABLES = (
    Activity,
    ActivityInvitation,
    SignUp,
    ActivityRoom,
    ActivityPartner,
    CheckIn,
    CheckInStep,
    CheckInLocation,
    LeaveRequest,
    MakeUpRequest,
    WrongCode,
)
