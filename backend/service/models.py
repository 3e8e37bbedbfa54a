"""Tables of the service room: kinds of service, orders with their log and clocks, and the rules as rows."""

from enum import StrEnum
from typing import Any

import peewee as pw

from backend.core.crypto import SealedField
from backend.core.database import JsonField, Record, UtcDateTimeField
from backend.media.models import Media
from backend.people.models import Account, Organization
from backend.service.grids.models import Grid, Household
from backend.service.teams.models import Team

NUMBER_LENGTH = 13


class Priority(StrEnum):
    """How urgent an order is (`domain.md` §4.2): I and II run on natural time, III and IV on working time."""

    URGENT = "I"
    PROMPT = "II"
    ORDINARY = "III"
    DIFFICULT = "IV"


# these run day and night, so their messages do, too
PRESSING = frozenset({Priority.URGENT, Priority.PROMPT})


class Moderation(StrEnum):
    """What the platform's text check, or a moderator, said of an order's text."""

    PENDING = "pending"
    PASSED = "passed"
    REVIEW = "review"
    REFUSED = "refused"


class Resolution(StrEnum):
    """What came of an order, beside its state."""

    RESOLVED = "resolved"
    PARTLY = "partly"
    EXPLAINED = "explained"
    UNRESOLVED = "unresolved"
    REFERRED = "referred"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"
    UNFOUNDED = "unfounded"
    ADOPTED = "adopted"
    DECLINED = "declined"


class Stage(StrEnum):
    """What a clock runs for (`domain.md` §4.4); `info` is the requester's time to supply facts."""

    ACCEPT = "accept"
    INFO = "info"
    DISPATCH = "dispatch"
    CLAIM = "claim"
    FIRST_CONTACT = "first_contact"
    RESOLVE = "resolve"
    FOLLOW_UP = "follow_up"
    REOPEN = "reopen"
    AUTO_CLOSE = "auto_close"
    OUTCOME = "outcome"


class ServiceType(Record):
    """A version of a kind of service that residents may order; `hours` go to the handler's study card at closing.

    The kind is its `code`. A version is never changed: the next one takes its place (`superseded_at`), and an order
    keeps the one that it was asked under. Without an organisation it holds everywhere; an organisation's own goes
    before that of the ones above, unless theirs is `fixed`. `made_by` is empty for what was there from the beginning.
    `takers` and `questions` are those of catalogue/kinds, `safeguard` is what whoever takes it has to read first,
    `on_board` sends it to the public board of wishes, `decides` makes the hand-in an adoption or a refusal,
    `skills` are codes that a proposal looks for.
    """

    id = pw.BigAutoField()
    code = pw.CharField(40)
    organization = pw.ForeignKeyField(Organization, null=True, on_delete="CASCADE", index=False)
    organization_id: int | None
    version = pw.IntegerField(default=1)
    fixed = pw.BooleanField(default=False)
    made_at = UtcDateTimeField(null=True)
    made_by = pw.ForeignKeyField(Account, null=True, on_delete="RESTRICT")
    superseded_at = UtcDateTimeField(null=True)
    name = pw.CharField(40)
    hint = pw.CharField(200, default="")
    priority = pw.CharField(3, default=Priority.ORDINARY)
    needs_evidence = pw.BooleanField(default=False)
    hours = pw.DecimalField(5, 2, default=0)
    takers = pw.CharField(12, default="helpers")
    safeguard = pw.CharField(300, default="")
    on_board = pw.BooleanField(default=False)
    decides = pw.BooleanField(default=False)
    skills: Any = JsonField(null=True)
    questions: Any = JsonField(null=True)
    sort = pw.IntegerField(default=0)
    closed_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("code", "organization", "version"), True), (("organization", "code"), False))


class TimerRule(Record):
    """How long a stage may take at a priority, and on what basis; a row for one kind of service (any version of it)
    goes before the row for all, and a row of an organisation before the one for everywhere."""

    id = pw.BigAutoField()
    stage = pw.CharField(16)
    priority = pw.CharField(3)
    service_type = pw.ForeignKeyField(ServiceType, null=True, on_delete="CASCADE")
    organization = pw.ForeignKeyField(Organization, null=True, on_delete="CASCADE")
    minutes = pw.IntegerField()
    pace = pw.CharField(16)
    source = pw.CharField(80)
    starts_on = pw.DateField(null=True)
    ends_on = pw.DateField(null=True)

    class Meta:
        indexes = ((("stage", "priority"), False),)


class ServiceOrder(Record):
    """One request of a resident and where it stands. `version` grows with every step: the compare-and-swap.

    `grid` and `household` are whose door it is about, `unrouted_at` is set while it lies where no grid is and
    nobody has accepted it; `board_text` is what the board of wishes says of it, since `board_at`, `ledger_reply`
    what the public ledger says; `proxy_consent` is how the person helped agreed to being asked for, `call_owed_at` set
    while that person has to be called back, after `call_tries` in vain; `voice_since` is set while a voice note waits
    for somebody to write it down; `team` is the team that it was dispatched to, also after one of it has taken it.
    `due_at` is the earliest of its running clocks, `returned_at` is set while it lies with the dispatcher again
    after a return, `state_before` while facts are being supplied. `request_kind` and what follows it is what the
    handler has asked for (hold, extend, return) and nobody has decided yet.
    """

    id = pw.BigAutoField()
    number = pw.CharField(NUMBER_LENGTH, unique=True)
    state = pw.CharField(16)
    state_before = pw.CharField(16, null=True)
    version = pw.IntegerField(default=1)
    resolution = pw.CharField(12, null=True)
    priority = pw.CharField(3)
    service_type = pw.ForeignKeyField(ServiceType, on_delete="RESTRICT")
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT")
    organization_id: int
    requester = pw.ForeignKeyField(Account, on_delete="RESTRICT")
    requester_id: int
    title = pw.CharField(60)
    description = pw.TextField()
    place_text = pw.CharField(120)
    lat = pw.DoubleField(null=True)
    lng = pw.DoubleField(null=True)
    datum = pw.CharField(8, null=True)
    grid = pw.ForeignKeyField(Grid, null=True, on_delete="RESTRICT", index=False)
    household = pw.ForeignKeyField(Household, null=True, on_delete="RESTRICT", index=False)
    household_id: int | None
    unrouted_at = UtcDateTimeField(null=True)
    contact_name = SealedField(null=True)
    contact_phone = SealedField(null=True)
    beneficiary_name = SealedField(null=True)
    beneficiary_phone = SealedField(null=True)
    beneficiary_relation = pw.CharField(20, null=True)
    proxy_consent = pw.CharField(12, null=True)
    call_owed_at = UtcDateTimeField(null=True)
    call_tries = pw.SmallIntegerField(default=0)
    voice_since = UtcDateTimeField(null=True)
    answers: Any = JsonField(null=True)
    board_text = pw.CharField(60, null=True)
    board_at = UtcDateTimeField(null=True, index=True)
    ledger_reply = pw.CharField(500, null=True)
    moderation = pw.CharField(8, default=Moderation.PENDING)
    target_kind = pw.CharField(8, null=True)
    target = pw.ForeignKeyField(Account, null=True, on_delete="RESTRICT")
    team = pw.ForeignKeyField(Team, null=True, on_delete="RESTRICT", index=False)
    handler = pw.ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False)
    parent = pw.ForeignKeyField("self", null=True, on_delete="RESTRICT")
    merged_count = pw.SmallIntegerField(default=0)
    request_kind = pw.CharField(8, null=True)
    request_until = UtcDateTimeField(null=True)
    urge_count = pw.SmallIntegerField(default=0)
    return_count = pw.SmallIntegerField(default=0)
    reopen_count = pw.SmallIntegerField(default=0)
    hold_count = pw.SmallIntegerField(default=0)
    extension_count = pw.SmallIntegerField(default=0)
    follow_up_tries = pw.SmallIntegerField(default=0)
    supervised_level = pw.SmallIntegerField(default=0)
    appealed = pw.BooleanField(default=False)
    ruled = pw.BooleanField(default=False)
    hold_until = UtcDateTimeField(null=True, index=True)
    urged_at = UtcDateTimeField(null=True)
    due_at = UtcDateTimeField(null=True)
    returned_at = UtcDateTimeField(null=True)
    dispatched_at = UtcDateTimeField(null=True)
    claimed_at = UtcDateTimeField(null=True)
    contacted_at = UtcDateTimeField(null=True)
    completed_at = UtcDateTimeField(null=True)
    closed_at = UtcDateTimeField(null=True, index=True)
    created_at = UtcDateTimeField()
    changed_at = UtcDateTimeField()

    class Meta:
        # one index for each queue (see orders/boxes.py)
        indexes = (
            (("organization", "state"), False),
            (("organization", "due_at"), False),
            (("organization", "returned_at"), False),
            (("organization", "unrouted_at"), False),
            (("organization", "call_owed_at"), False),
            (("handler", "state"), False),
            (("organization", "moderation"), False),
        )


class OrderLog(Record):
    """One step of an order, append-only: the log replays to the state. The requester reads `public` ones."""

    id = pw.BigAutoField()
    order = pw.ForeignKeyField(ServiceOrder, on_delete="CASCADE")
    at = UtcDateTimeField()
    actor = pw.ForeignKeyField(Account, null=True, on_delete="RESTRICT")
    part = pw.CharField(12)
    action = pw.CharField(20)
    from_state = pw.CharField(16, null=True)
    to_state = pw.CharField(16)
    note = pw.CharField(1000, null=True)
    public = pw.BooleanField(default=True)


class OrderTimer(Record):
    """The clock of one stage of one order; what the rule said when it was made is kept with it.

    Waiting while `started_at` is empty, running until `stopped_at`, standing still while `paused_at` is set.
    `rounds` counts starts; `warned` is the last share (50, 80, 100 %) that was told, `notice_at` when the
    next one is due; `breached` says that this round was counted as late already.
    """

    id = pw.BigAutoField()
    order = pw.ForeignKeyField(ServiceOrder, on_delete="CASCADE", index=False)
    stage = pw.CharField(16)
    minutes = pw.IntegerField()
    pace = pw.CharField(16)
    rounds = pw.SmallIntegerField(default=0)
    started_at = UtcDateTimeField(null=True)
    due_at = UtcDateTimeField(null=True)
    paused_at = UtcDateTimeField(null=True)
    stopped_at = UtcDateTimeField(null=True)
    warned = pw.SmallIntegerField(default=0)
    breached = pw.BooleanField(default=False)
    notice_at = UtcDateTimeField(null=True, index=True)

    class Meta:
        indexes = ((("order", "stage"), True),)


class OrderHandIn(Record):
    """What the handler handed in at completion; after a rework there is a second one."""

    id = pw.BigAutoField()
    order = pw.ForeignKeyField(ServiceOrder, on_delete="CASCADE")
    handler = pw.ForeignKeyField(Account, on_delete="RESTRICT")
    at = UtcDateTimeField()
    truthful = pw.BooleanField()
    contacted_at = UtcDateTimeField()
    solved = pw.BooleanField()
    outcome = pw.CharField(12, null=True)
    reason = pw.CharField(500, null=True)
    public_reply = pw.CharField(500)


class OrderMedia(Record):
    """A picture of an order, or its voice note: what the requester gave, or what the handler handed in.

    While it is withheld, by whom and why, only moderators see it.
    """

    id = pw.BigAutoField()
    order = pw.ForeignKeyField(ServiceOrder, on_delete="CASCADE", index=False)
    media = pw.ForeignKeyField(Media, on_delete="RESTRICT")
    handed_in = pw.BooleanField()
    withheld_at = UtcDateTimeField(null=True)
    withheld_by = pw.ForeignKeyField(Account, null=True, on_delete="RESTRICT")
    withheld_reason = pw.CharField(200, null=True)

    class Meta:
        indexes = ((("order", "media"), True),)


class OrderCohandler(Record):
    """Somebody who helps the lead handler (加派), who remains responsible; `notice_at` is when he is next reminded."""

    id = pw.BigAutoField()
    order = pw.ForeignKeyField(ServiceOrder, on_delete="CASCADE", index=False)
    account = pw.ForeignKeyField(Account, on_delete="RESTRICT")
    due_at = UtcDateTimeField()
    notice_at = UtcDateTimeField(null=True, index=True)
    at = UtcDateTimeField()

    class Meta:
        indexes = ((("order", "account"), True),)


class OrderReferral(Record):
    """A hand-over to 12345 or a department: who got it, under which receipt number, and what came of it."""

    id = pw.BigAutoField()
    order = pw.ForeignKeyField(ServiceOrder, on_delete="CASCADE")
    at = UtcDateTimeField()
    receiver = pw.CharField(60)
    receipt_number = pw.CharField(40)
    outcome = pw.CharField(500, null=True)
    ended_at = UtcDateTimeField(null=True)


class OrderSupervision(Record):
    """One rung of the ladder (督办, `domain.md` §4.5): who, when, the written reply, and when it was lifted.

    `next_at` is when the next rung is due if the order is still late.
    """

    id = pw.BigAutoField()
    order = pw.ForeignKeyField(ServiceOrder, on_delete="CASCADE")
    level = pw.SmallIntegerField()
    at = UtcDateTimeField()
    by = pw.ForeignKeyField(Account, null=True, on_delete="RESTRICT")
    note = pw.CharField(500, null=True)
    reply_due_at = UtcDateTimeField()
    reply = pw.CharField(500, null=True)
    replied_at = UtcDateTimeField(null=True)
    lifted_at = UtcDateTimeField(null=True)
    next_at = UtcDateTimeField(null=True, index=True)


class OrderFollowUp(Record):
    """A call back or visit by somebody else than the handler, reached or not."""

    id = pw.BigAutoField()
    order = pw.ForeignKeyField(ServiceOrder, on_delete="CASCADE")
    at = UtcDateTimeField()
    by = pw.ForeignKeyField(Account, on_delete="RESTRICT")
    way = pw.CharField(8)
    reached = pw.BooleanField()
    solved = pw.BooleanField(null=True)
    outcome = pw.CharField(12, null=True)
    satisfaction = pw.CharField(12, null=True)
    note = pw.CharField(500, null=True)


class OrderCallBack(Record):
    """A call to the person for whom somebody else has asked: by whom, reached or not, and whether he agrees."""

    id = pw.BigAutoField()
    order = pw.ForeignKeyField(ServiceOrder, on_delete="CASCADE")
    at = UtcDateTimeField()
    by = pw.ForeignKeyField(Account, on_delete="RESTRICT")
    by_id: int
    way = pw.CharField(8)
    reached = pw.BooleanField()
    agrees = pw.BooleanField(null=True)
    note = pw.CharField(500, null=True)


class OrderTeamCredit(Record):
    """What a closed order adds to the hours of the team that it was dispatched to; void while it is open again."""

    id = pw.BigAutoField()
    order = pw.ForeignKeyField(ServiceOrder, unique=True, on_delete="CASCADE")
    team = pw.ForeignKeyField(Team, on_delete="CASCADE")
    minutes = pw.IntegerField()
    at = UtcDateTimeField()
    voided_at = UtcDateTimeField(null=True)


class OrderRating(Record):
    """What the requester said at closing; silence has no row and is never counted as satisfied."""

    id = pw.BigAutoField()
    order = pw.ForeignKeyField(ServiceOrder, on_delete="CASCADE")
    at = UtcDateTimeField()
    solved = pw.BooleanField()
    satisfaction = pw.CharField(12)
    comment = pw.CharField(500, null=True)


TABLES = (
    *(ServiceType, TimerRule, ServiceOrder, OrderLog, OrderTimer, OrderHandIn, OrderMedia, OrderCohandler),
    *(OrderReferral, OrderSupervision, OrderFollowUp, OrderRating, OrderCallBack, OrderTeamCredit),
)
