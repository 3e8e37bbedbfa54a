"""Posts for customer groups of WeCom: the owner is asked to send each; what he does not send, a person forwards."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.core.clock import local_day
from backend.core.crypto import Sealed
from backend.core.database import hold_rows, in_unit_of_work
from backend.messaging import rates
from backend.messaging.deliveries import Parcel
from backend.messaging.forwards import REASONS, make_ready
from backend.messaging.models import (
    CustomerPost,
    CustomerPostState,
    Delivery,
    DeliveryState,
    Forward,
    GroupChat,
    OutboxEvent,
)
from backend.messaging.rules import BY_NAME
from backend.messaging.schemas import CustomerPostShape
from backend.messaging.texts.shape import Text

# how long the owner has; then a person forwards the post
GIVEN_TIME = timedelta(hours=48)
# pause before look 1, 2, … for the owner's tap; the last one for all that follow
LOOKS = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 20, 40, 90, 180, 360))
OPEN = (CustomerPostState.ASKING, CustomerPostState.ASKED)
UNDER_WAY = (DeliveryState.PENDING, DeliveryState.SENDING)
DUE_AT_ONCE = 200
SHOWN_FOR = timedelta(days=7)


def find(delivery_id: int) -> CustomerPost | None:
    """The asking that a delivery led to, if any."""
    row: CustomerPost | None = CustomerPost.get_or_none(CustomerPost.delivery == delivery_id)
    return row


def begin(parcel: Parcel, sender: Sealed, timezone: ZoneInfo, *, now: datetime) -> CustomerPost | None:
    """Note, before the platform is called, that the owner is being asked; None when the group has had its share today.

    The note is the share: two bots with two posts for one group cannot both take the last one.
    """
    chat = parcel.group_chat
    assert chat is not None
    midnight = datetime.combine(local_day(now, timezone), time(), timezone)

    def work() -> CustomerPost | None:
        list(hold_rows(GroupChat.select().where(GroupChat.platform_chat_id == chat.platform_chat_id)))
        before = find(parcel.id)
        if before is not None:
            return before
        if _asked_since(midnight, chat) >= rates.figure_of("customer_group_posts"):
            return None
        made: CustomerPost = CustomerPost.create(
            delivery=parcel.id,
            group_chat=chat.id,
            platform_chat_id=chat.platform_chat_id,
            sender=sender.open(),
            asked_at=now,
        )
        return made

    return in_unit_of_work(work)


def _asked_since(midnight: datetime, chat: GroupChat) -> int:
    """How often the owner was asked for this group since then; what the platform never took does not count."""
    taken = (CustomerPost.state.in_(OPEN)) | CustomerPost.task_id.is_null(False)
    return int(
        CustomerPost.select()
        .where(CustomerPost.platform_chat_id == chat.platform_chat_id, CustomerPost.asked_at >= midnight, taken)
        .count()
    )


def keep_task(post: CustomerPost, task_id: str, *, now: datetime) -> None:
    """The platform took it; from now on it is asked, by this id, what the owner did."""
    asked = {"state": CustomerPostState.ASKED, "task_id": task_id, "asked_at": now, "look_at": now + LOOKS[0]}
    CustomerPost.update(asked).where(CustomerPost.id == post.id, CustomerPost.state.in_(OPEN)).execute()


def due(*, now: datetime) -> list[CustomerPost]:
    """Posts whose owner is to be looked after again, the longest overdue first; each comes with its event and group."""
    return list(
        CustomerPost.select(CustomerPost, GroupChat, Delivery, OutboxEvent)
        .join(GroupChat)
        .switch(CustomerPost)
        .join(Delivery)
        .join(OutboxEvent)
        .where(CustomerPost.state == CustomerPostState.ASKED, CustomerPost.look_at <= now)
        .order_by(CustomerPost.look_at, CustomerPost.id)
        .limit(DUE_AT_ONCE)
    )


def is_over(post: CustomerPost, *, now: datetime) -> bool:
    """Whether the owner has had his time."""
    return bool(now >= post.asked_at + GIVEN_TIME)


def look_later(post: CustomerPost, *, now: datetime) -> None:
    """Nothing yet: look again after a longer pause, and at the end of the owner's time at the latest."""
    pause = LOOKS[min(post.looks + 1, len(LOOKS) - 1)]
    at = min(now + pause, post.asked_at + GIVEN_TIME)
    still = (CustomerPost.id == post.id) & (CustomerPost.state == CustomerPostState.ASKED)
    CustomerPost.update(looks=post.looks + 1, look_at=at).where(still).execute()


def settle(post: CustomerPost, state: CustomerPostState, *, at: datetime, reason: str | None = None) -> bool:
    """Close a post; False when it was closed already."""
    closed = {"state": state, "reason": reason, "settled_at": at, "look_at": None}
    rows = CustomerPost.update(closed).where(CustomerPost.id == post.id, CustomerPost.state.in_(OPEN)).execute()
    return bool(rows)


def hand_over(post: CustomerPost, chat: GroupChat, text: Text, *, reason: str, now: datetime) -> None:
    """The owner does not send it: make it ready for a person to forward and tell the secretary; done once."""

    def work() -> None:
        if settle(post, CustomerPostState.HANDED_OVER, at=now, reason=reason):
            make_ready(post.delivery_id, chat, text, reason=reason, now=now)

    in_unit_of_work(work)


def text_of(delivery: Delivery) -> Text:
    """What a post says; of a rule that this version no longer has, only that there was something."""
    rule = BY_NAME.get(delivery.rule)
    if rule is None or rule.write is None:
        return Text("一条消息", "请到小程序里查看")
    return rule.write(delivery.event.facts)


def is_forwarded(delivery_id: int) -> bool:
    """Whether a person was asked to forward it."""
    return bool(Forward.select().where(Forward.delivery == delivery_id).exists())


def recent(group_ids: Sequence[int], *, now: datetime) -> dict[int, list[CustomerPostShape]]:
    """The posts of the last days by group, the newest first: one a day each, as many as the platform takes."""
    shown: dict[int, list[CustomerPostShape]] = defaultdict(list)
    rows = (
        CustomerPost.select(CustomerPost, Delivery, OutboxEvent)
        .join(Delivery)
        .join(OutboxEvent)
        .where(CustomerPost.group_chat.in_(group_ids), CustomerPost.asked_at > now - SHOWN_FOR)
        .order_by(CustomerPost.id.desc())
    )
    for row in rows:
        if row.state == CustomerPostState.ASKING and row.delivery.state not in UNDER_WAY:
            continue  # given up before the platform took it; what became of it stands with the delivery
        shown[row.group_chat_id].append(_shape(row))
    return shown


def _shape(row: CustomerPost) -> CustomerPostShape:
    text = text_of(row.delivery)
    return CustomerPostShape(
        title=text.title,
        text=text.body,
        state=CustomerPostState(row.state),
        reason=REASONS.get(row.reason) if row.reason else None,
        maybe_twice=row.delivery.maybe_twice,
        asked_at=row.asked_at,
        settled_at=row.settled_at,
    )
