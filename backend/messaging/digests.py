"""One post instead of many: what was held for a group in the course of a day is told together."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from backend.core.database import in_unit_of_work, rows_of
from backend.messaging.models import Delivery, DeliveryState, GroupChat, OutboxEvent
from backend.messaging.outbox import enqueue
from backend.messaging.rules import BY_NAME

GROUPS_AT_ONCE = 200
MERGED = "told in the digest"


def post_digests(*, now: datetime) -> int:
    """Merge what is held and due, group by group; returns how many groups get a digest. Safe on two machines."""
    due = (
        Delivery.select(Delivery.group_chat)
        .where(Delivery.state == DeliveryState.HELD, Delivery.available_at <= now)
        .distinct()
        .limit(GROUPS_AT_ONCE)
    )
    return sum(in_unit_of_work(partial(_post, chat, now)) for (chat,) in rows_of(due))


def _post(chat_id: int, now: datetime) -> int:
    chat = GroupChat.get_by_id(chat_id)
    held = list(
        Delivery.select(Delivery, OutboxEvent)
        .join(OutboxEvent)
        .where(Delivery.group_chat == chat_id, Delivery.state == DeliveryState.HELD, Delivery.available_at <= now)
        .order_by(Delivery.id)
    )
    mine = Delivery.update(state=DeliveryState.SKIPPED, fault=MERGED).where(
        Delivery.id.in_([row.id for row in held]), Delivery.state == DeliveryState.HELD
    )
    if not held or mine.execute() != len(held):  # another bot was faster
        return 0
    enqueue(
        "group.digest",
        {"posts": _posts(held)},
        key=f"group.digest:{chat_id}:{held[0].id}",
        organization_id=chat.organization_id,
        people={"group": [chat_id]},
        now=now,
    )
    return 1


def _posts(held: Sequence[Delivery]) -> list[str]:
    """What each post says, once each, in its order."""
    writers = [(row, BY_NAME[row.rule].write) for row in held if row.rule in BY_NAME]
    return list(dict.fromkeys(write(row.event.facts).body for row, write in writers if write is not None))
