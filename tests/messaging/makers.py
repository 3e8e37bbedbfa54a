"""What the tests of messaging start from: events, templates, grants, groups, deliveries."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work
from backend.demo.branch import TEMPLATES
from backend.messaging import deliveries, spread
from backend.messaging.models import (
    Channel,
    Delivery,
    GroupChat,
    InboxMessage,
    MessageTemplate,
    OutboxEvent,
    SubscriptionGrant,
)
from backend.messaging.outbox import enqueue
from backend.messaging.readers import Moment
from backend.messaging.rules import Purpose
from backend.people.models import Account, Organization
from tests.conftest import SHANGHAI
from tests.messaging.samples import BY_KIND


def happen(
    topic: str,
    now: datetime,
    *,
    at: Organization | None = None,
    people: Mapping[str, Sequence[int | None]] | None = None,
    key: str = "",
    **facts: Any,
) -> OutboxEvent:
    """An event with the sample facts of its kind, in a unit of work of its own."""
    facts = {**BY_KIND.get(topic.partition(".")[0], {}), **facts}
    key = key or f"{topic}:{new_public_id()}"
    place = at.id if at else None
    in_unit_of_work(lambda: enqueue(topic, facts, key=key, organization_id=place, people=people, now=now))
    made: OutboxEvent = OutboxEvent.get(OutboxEvent.key == key)
    return made


def spread_all(now: datetime) -> None:
    """Spread everything that is due."""
    moment = Moment(now, SHANGHAI)
    while spread.spread_due(1_000, moment) or spread.spread_ranges(moment):
        pass


def readers() -> list[str]:
    """Who has something in the inbox, by name."""
    rows = InboxMessage.select(InboxMessage, Account).join(Account)
    return sorted(row.account.display_name for row in rows)


def targets(channel: Channel) -> list[str]:
    """Whom something is owed to by one channel."""
    rows = Delivery.select().where(Delivery.channel == channel).order_by(Delivery.id)
    return [row.target for row in rows]


def template(purpose: Purpose, *, long_term: bool = False) -> MessageTemplate:
    """The demo's template for a purpose."""
    (found,) = [one for one in TEMPLATES if one[0] == purpose]
    made: MessageTemplate = MessageTemplate.create(
        purpose=purpose, template_id=found[1], title=found[2], fields=found[3], long_term=long_term
    )
    return made


def grant(account: Account, of: MessageTemplate, credits: int, now: datetime) -> None:
    """Let an account have so many messages."""
    SubscriptionGrant.create(account=account, template=of, credits=credits, changed_at=now)


def credits_of(account: Account, of: MessageTemplate) -> int | None:
    """How many an account has left; None when it never had any."""
    row = SubscriptionGrant.get_or_none(SubscriptionGrant.account == account, SubscriptionGrant.template == of)
    return row.credits if row else None


def group(
    organization: Organization, now: datetime, *, channel: Channel = Channel.WECOM_ROBOT, key: str | None = "robot-key"
) -> GroupChat:
    """A group of an organisation."""
    made: GroupChat = GroupChat.create(
        public_id=new_public_id(),
        organization=organization,
        name=f"{organization.name}群",
        channel=channel,
        robot_key=key,
        created_at=now,
    )
    return made


def claimed(now: datetime, limit: int = 20) -> list[deliveries.Parcel]:
    """What a bot gets when it asks for work."""
    return deliveries.claim(limit, now=now)
