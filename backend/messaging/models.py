"""Tables of the messages: what happened, what is owed to whom, and what became of it."""

from enum import StrEnum

import peewee as pw

from backend.core.crypto import SealedField
from backend.core.database import JsonField, Record, UtcDateTimeField
from backend.people.models import Account, Organization


class Channel(StrEnum):
    """The ways a message can leave the house; the inbox is always written."""

    SUBSCRIBE_MESSAGE = "subscribe_message"
    WECOM_ROBOT = "wecom_robot"
    CUSTOMER_GROUP = "customer_group"
    MANUAL_FORWARD = "manual_forward"
    CONTENT_CHECK = "content_check"


class DeliveryState(StrEnum):
    """Pending until sent, dead or skipped; `sending` marks a lease in force.

    `held` waits to be told in a digest, `paused` until somebody lets its sending go on.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    SKIPPED = "skipped"
    HELD = "held"
    PAUSED = "paused"


class OutboxEvent(Record):
    """Something that happened, written in the transaction that made it happen; the bot spreads it out.

    `people` maps a part (requester, handler …) to account ids; `facts` holds what texts may say, masked already.
    `progress` is the last account or chat id spread to, so that a long spread resumes where it stopped.
    """

    id = pw.BigAutoField()
    key = pw.CharField(120, unique=True)
    topic = pw.CharField(60)
    organization = pw.ForeignKeyField(Organization, null=True, on_delete="RESTRICT", index=False)
    organization_id: int | None
    people = JsonField()
    facts = JsonField()
    created_at = UtcDateTimeField()
    spread_at = UtcDateTimeField(null=True)
    available_at = UtcDateTimeField()
    attempts = pw.IntegerField(default=0)
    progress = pw.BigIntegerField(default=0)
    stage = pw.SmallIntegerField(default=0)
    fault = pw.CharField(200, null=True)

    class Meta:
        indexes = ((("spread_at", "available_at", "id"), False),)


class InboxMessage(Record):
    """The copy that its reader can always find in the mini program."""

    id = pw.BigAutoField()
    account = pw.ForeignKeyField(Account, on_delete="CASCADE", index=False)
    account_id: int
    event = pw.ForeignKeyField(OutboxEvent, on_delete="CASCADE")
    event_id: int
    title = pw.CharField(60)
    body = pw.CharField(500)
    page = pw.CharField(200, null=True)
    created_at = UtcDateTimeField()
    read_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("account", "event"), True), (("account", "id"), False))


class GroupChat(Record):
    """A group of an organisation and the way posts get there; a robot's key is a secret.

    A customer group of WeCom is written to by its owner, who confirms each post there: the platform knows the group
    as `platform_chat_id` and the owner by a user id, which is sealed since it stands for a person.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT")
    organization_id: int
    name = pw.CharField(60)
    channel = pw.CharField(20)
    robot_key = SealedField(null=True)
    disabled_at = UtcDateTimeField(null=True)
    disabled_reason = pw.CharField(200, null=True)
    customer_group = pw.BooleanField(default=False)
    platform_chat_id = pw.CharField(64, null=True, index=True)
    owner_user = SealedField(null=True)
    muted_until = UtcDateTimeField(null=True)
    created_at = UtcDateTimeField()


class Delivery(Record):
    """One message owed to one target by one channel: at least once, a dead letter at the worst.

    `in_bulk`: part of a sending to very many, which everything else overtakes.
    """

    id = pw.BigAutoField()
    event = pw.ForeignKeyField(OutboxEvent, on_delete="CASCADE", index=False)
    event_id: int
    rule = pw.CharField(60)
    channel = pw.CharField(20)
    account = pw.ForeignKeyField(Account, null=True, on_delete="CASCADE", index=False)
    account_id: int | None
    group_chat = pw.ForeignKeyField(GroupChat, null=True, on_delete="CASCADE", index=False)
    group_chat_id: int | None
    target = pw.CharField(40)
    state = pw.CharField(12, default=DeliveryState.PENDING)
    available_at = UtcDateTimeField()
    attempts = pw.IntegerField(default=0)
    lease = pw.CharField(24, null=True)
    sent_at = UtcDateTimeField(null=True)
    platform_id = pw.CharField(64, null=True, index=True)
    fault = pw.CharField(200, null=True)
    maybe_twice = pw.BooleanField(default=False)
    in_bulk = pw.BooleanField(default=False)

    class Meta:
        indexes = (
            (("event", "rule", "channel", "target"), True),
            (("state", "in_bulk", "available_at", "id"), False),
            (("account", "channel", "available_at"), False),
            (("group_chat", "available_at"), False),
        )


class MessageTemplate(Record):
    """A subscribe-message template of the platform: its id, and which of our facts goes into which field."""

    id = pw.BigAutoField()
    purpose = pw.CharField(40, unique=True)
    template_id = pw.CharField(64, unique=True)
    title = pw.CharField(40)
    fields = JsonField()
    long_term = pw.BooleanField(default=False)


class SubscriptionGrant(Record):
    """How many messages of one template an account may still get; only the platform's events add to it."""

    id = pw.BigAutoField()
    account = pw.ForeignKeyField(Account, on_delete="CASCADE", index=False)
    account_id: int
    template = pw.ForeignKeyField(MessageTemplate, on_delete="CASCADE")
    template_id: int
    credits = pw.IntegerField(default=0)
    changed_at = UtcDateTimeField()

    class Meta:
        indexes = ((("account", "template"), True),)


class GrantEvent(Record):
    """One entry of the grant ledger; `event_key` makes a callback delivered three times count once."""

    id = pw.BigAutoField()
    account = pw.ForeignKeyField(Account, on_delete="CASCADE")
    account_id: int
    template = pw.ForeignKeyField(MessageTemplate, on_delete="CASCADE")
    template_id: int
    event_key = pw.CharField(160, unique=True)
    kind = pw.CharField(16)
    change = pw.IntegerField()
    at = UtcDateTimeField()


class ShownPrompt(Record):
    """A subscription prompt that a client says it showed: a measure of our own demands, never a grant."""

    id = pw.BigAutoField()
    account = pw.ForeignKeyField(Account, on_delete="CASCADE")
    account_id: int
    template_id = pw.CharField(64)
    result = pw.CharField(8)
    at = UtcDateTimeField(index=True)


class Forward(Record):
    """A post made ready for a person to forward with one tap; `reason` says why no owner of the group sends it."""

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    delivery = pw.ForeignKeyField(Delivery, unique=True, on_delete="CASCADE")
    delivery_id: int
    group_chat = pw.ForeignKeyField(GroupChat, on_delete="CASCADE")
    group_chat_id: int
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT")
    organization_id: int
    text = pw.TextField()
    page = pw.CharField(200, null=True)
    reason = pw.CharField(30, null=True)
    created_at = UtcDateTimeField()
    done_at = UtcDateTimeField(null=True)
    done_by = pw.ForeignKeyField(Account, null=True, on_delete="SET NULL")
    done_by_id: int | None


class CustomerPostState(StrEnum):
    """Being handed to the owner of a customer group, waiting for his tap, sent by him, or settled without him."""

    ASKING = "asking"
    ASKED = "asked"
    SENT = "sent"
    HANDED_OVER = "handed_over"
    LAPSED = "lapsed"


class CustomerPost(Record):
    """A post that the owner of a customer group is asked to send; `task_id` is the platform's id of the asking.

    `sender` is whom the platform asked: results are told under his user id, whoever owns the group by now.
    """

    id = pw.BigAutoField()
    delivery = pw.ForeignKeyField(Delivery, unique=True, on_delete="CASCADE")
    delivery_id: int
    group_chat = pw.ForeignKeyField(GroupChat, on_delete="CASCADE", index=False)
    group_chat_id: int
    platform_chat_id = pw.CharField(64)
    sender = SealedField()
    task_id = pw.CharField(64, null=True)
    state = pw.CharField(12, default=CustomerPostState.ASKING)
    reason = pw.CharField(30, null=True)
    asked_at = UtcDateTimeField()
    looks = pw.IntegerField(default=0)
    look_at = UtcDateTimeField(null=True)
    settled_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = (
            (("platform_chat_id", "asked_at"), False),
            (("group_chat", "asked_at"), False),
            (("state", "look_at"), False),
        )


class NotificationOptOut(Record):
    """A kind of service notification that its reader has turned off; the inbox goes on."""

    id = pw.BigAutoField()
    account = pw.ForeignKeyField(Account, on_delete="CASCADE", index=False)
    account_id: int
    purpose = pw.CharField(40)
    at = UtcDateTimeField()

    class Meta:
        indexes = ((("account", "purpose"), True),)


class MessageLimit(Record):
    """A figure of `messaging.limits` as the installation has set it, with where it comes from."""

    id = pw.BigAutoField()
    code = pw.CharField(40, unique=True)
    value = pw.CharField(20)
    unit = pw.CharField(20)
    source = pw.CharField(200)


class MessageLimitSetting(Record):
    """A figure as one organisation set it for itself and all below it."""

    id = pw.BigAutoField()
    organization = pw.ForeignKeyField(Organization, on_delete="CASCADE", index=False)
    organization_id: int
    code = pw.CharField(40)
    value = pw.CharField(20)
    changed_at = UtcDateTimeField()

    class Meta:
        indexes = ((("organization", "code"), True),)


class BotBeat(Record):
    """When a bot last lived, whichever it was."""

    id = pw.BigAutoField()
    name = pw.CharField(20, unique=True)
    at = UtcDateTimeField()


class BotSilence(Record):
    """A time in which no bot lived."""

    id = pw.BigAutoField()
    since = UtcDateTimeField(unique=True)
    until = UtcDateTimeField()


class RateBucket(Record):
    """When the next message of a channel, app or robot may leave, shared by all processes."""

    id = pw.BigAutoField()
    name = pw.CharField(80, unique=True)
    next_at = UtcDateTimeField()


TABLES = (
    OutboxEvent,
    InboxMessage,
    GroupChat,
    Delivery,
    MessageTemplate,
    SubscriptionGrant,
    GrantEvent,
    ShownPrompt,
    Forward,
    CustomerPost,
    NotificationOptOut,
    MessageLimit,
    MessageLimitSetting,
    BotBeat,
    BotSilence,
    RateBucket,
)
