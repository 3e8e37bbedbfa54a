"""What the tests of sending start from: people with grants, groups with robots, events that tell them something."""

from collections import Counter
from datetime import datetime

from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work
from backend.messaging.models import (
    Channel,
    Delivery,
    GroupChat,
    MessageTemplate,
    SubscriptionGrant,
)
from backend.messaging.outbox import enqueue
from backend.people.models import Account, Organization, WeChatIdentity
from tests.emulated import CREDENTIALS, Platform

TEMPLATE = "tmpl-activity-notice-000000000000000000000001"
FIELDS = {"thing1": "title", "time2": "starts_at", "thing3": "place"}
FACTS = {
    "activity": "mfrggzdfmztwq2lk",
    "kind": "主题党日",
    "title": "义务植树",
    "place": "北岗公园",
    "starts_at": "2026-11-27T09:30:00+08:00",
}


def notice_template() -> MessageTemplate:
    """The template for activities, as the platform has it."""
    made: MessageTemplate = MessageTemplate.create(
        purpose="activity_notice", template_id=TEMPLATE, title="活动提醒", fields=FIELDS
    )
    return made


def enter_people(
    platform: Platform, count: int, template: MessageTemplate, *, credits: int, now: datetime
) -> list[int]:
    """Accounts of people whom the platform knows, with that many grants each on both sides' books."""
    names = [f"p{number}" for number in range(count)]
    platform.control("users", users=[{"name": name, "display_name": name} for name in names])
    openids = platform.look("world")["openids"]
    ids = []
    for name in names:
        account = Account.create(public_id=new_public_id(), display_name=name, created_at=now)
        openid = openids[name]["miniprogram"]
        appid = CREDENTIALS["MINIPROGRAM_APPID"]
        WeChatIdentity.create(account=account, appid=appid, openid=openid, visited_at=now)
        SubscriptionGrant.create(account=account, template=template, credits=credits, changed_at=now)
        platform.accept(name, TEMPLATE, times=credits)
        ids.append(account.id)
    return ids


def enter_branch(now: datetime, *, robot_key: str | None = None) -> Organization:
    """A branch, with a group whose robot has this key."""
    branch: Organization = Organization.create(code="B", name="支部", kind="branch", path="1.", created_at=now)
    if robot_key:
        GroupChat.create(
            public_id=new_public_id(),
            organization=branch,
            name="工作群",
            channel=Channel.WECOM_ROBOT,
            robot_key=robot_key,
            created_at=now,
        )
    return branch


def invite(branch: Organization, account_ids: list[int], key: str, *, now: datetime, urgent: bool = False) -> None:
    """Tell these people, and the branch's groups, of an activity; urgent posts wait for no digest."""
    people = {"invited": account_ids}
    facts = {**FACTS, "urgent": urgent}
    in_unit_of_work(
        lambda: enqueue("activity.planned", facts, key=key, organization_id=branch.id, people=people, now=now)
    )


def states() -> dict[str, int]:
    """How many deliveries are in which state."""
    return dict(Counter(str(row.state) for row in Delivery.select(Delivery.state)))
