"""What the messaging room knows of a person."""

from typing import Any

from backend.messaging.fan_outs.models import ToldOnce
from backend.messaging.models import (
    Delivery,
    GrantEvent,
    InboxMessage,
    MessageTemplate,
    NotificationOptOut,
    ShownPrompt,
    SubscriptionGrant,
)
from backend.people.held import DELETED, Held


def export(account_id: int) -> dict[str, Any]:
    """The inbox, the notifications agreed to and the prompts that were shown."""
    return {
        "inbox": list(
            InboxMessage.select(InboxMessage.title, InboxMessage.body, InboxMessage.created_at, InboxMessage.read_at)
            .where(InboxMessage.account == account_id)
            .order_by(InboxMessage.id)
            .dicts()
        ),
        "notifications": list(
            SubscriptionGrant.select(MessageTemplate.title, SubscriptionGrant.credits, SubscriptionGrant.changed_at)
            .join(MessageTemplate)
            .where(SubscriptionGrant.account == account_id)
            .order_by(SubscriptionGrant.id)
            .dicts()
        ),
        "turned_off": list(
            NotificationOptOut.select(NotificationOptOut.purpose, NotificationOptOut.at)
            .where(NotificationOptOut.account == account_id)
            .order_by(NotificationOptOut.id)
            .dicts()
        ),
        "prompts": list(
            ShownPrompt.select(ShownPrompt.template_id, ShownPrompt.result, ShownPrompt.at)
            .where(ShownPrompt.account == account_id)
            .order_by(ShownPrompt.id)
            .dicts()
        ),
    }


HELD = (
    Held("消息", InboxMessage.account, DELETED),
    Held("待发通知", Delivery.account, DELETED),
    Held("已发通知的场次", ToldOnce.account, DELETED),
    Held("订阅额度", SubscriptionGrant.account, DELETED),
    Held("订阅记录", GrantEvent.account, DELETED),
    Held("关闭的通知", NotificationOptOut.account, DELETED),
    Held("订阅提示", ShownPrompt.account, DELETED),
)
