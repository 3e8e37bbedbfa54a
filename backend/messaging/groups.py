"""The groups of an organisation: added, tried out, muted, switched off and on. A robot's key goes in and never out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import peewee as pw

from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work, insert_row, rows_of
from backend.core.errors import Conflict, NotFound, invalid_field
from backend.messaging import customer_posts
from backend.messaging.forwards import REASONS
from backend.messaging.models import (
    Channel,
    CustomerPostState,
    Delivery,
    DeliveryState,
    Forward,
    GroupChat,
)
from backend.messaging.outbox import already_enqueued, enqueue
from backend.messaging.schemas import (
    AddGroupChat,
    CustomerPostShape,
    EnableGroupChat,
    GroupChatShape,
    GroupKind,
    LastPost,
    LinkCustomerGroup,
    MuteGroupChat,
)
from backend.people.access import find_organization, require
from backend.people.models import Organization
from backend.people.permissions import Caller, Right

TO_FORWARD = "to_forward"
BY_HAND = "switched off by hand"
# what becomes of a post that the owner of a customer group is asked to send
OWNER_STATES = {
    CustomerPostState.ASKED: "asked",
    CustomerPostState.SENT: "owner_sent",
    CustomerPostState.HANDED_OVER: TO_FORWARD,
    CustomerPostState.LAPSED: "lapsed",
}
BY_A_PERSON = {Channel.MANUAL_FORWARD, Channel.CUSTOMER_GROUP}
CHANNELS = {
    GroupKind.ROBOT: Channel.WECOM_ROBOT,
    GroupKind.WECHAT: Channel.MANUAL_FORWARD,
    GroupKind.CUSTOMER: Channel.MANUAL_FORWARD,
}


def list_group_chats(caller: Caller, code: str, *, now: datetime) -> list[GroupChatShape]:
    """The groups of one organisation, for those who manage them."""
    organization = find_organization(code)
    require(caller, Right.MANAGE_GROUPS, organization)
    rows = list(GroupChat.select().where(GroupChat.organization == organization).order_by(GroupChat.id))
    last = _last_posts([row.id for row in rows])
    posts = customer_posts.recent([row.id for row in rows if row.customer_group], now=now)
    return [_shape(row, last.get(row.id), now, posts.get(row.id)) for row in rows]


def add_group_chat(caller: Caller, code: str, body: AddGroupChat, *, now: datetime) -> GroupChatShape:
    """Add a group: a robot's with its key, any other one for posts that a person forwards or confirms."""
    organization = find_organization(code)
    require(caller, Right.MANAGE_GROUPS, organization)
    if (body.kind is GroupKind.ROBOT) != (body.robot_key is not None):
        words = "请粘贴群机器人的地址" if body.robot_key is None else "只有群机器人需要地址"
        raise invalid_field("robot_key", "key_and_kind_differ", words)
    if body.kind is not GroupKind.CUSTOMER and (body.chat_id or body.owner):
        raise invalid_field("chat_id", "ids_and_kind_differ", "只有企业微信客户群填群编号和群主账号")
    linked = _link(body)
    public_id = new_public_id()
    in_unit_of_work(
        lambda: insert_row(
            GroupChat,
            public_id=public_id,
            organization=organization.id,
            name=body.name,
            customer_group=body.kind is GroupKind.CUSTOMER,
            robot_key=body.robot_key,
            created_at=now,
            **{**linked, "channel": CHANNELS[body.kind] if linked["owner_user"] is None else Channel.CUSTOMER_GROUP},
        )
    )
    return _shape(_find(caller, public_id), None, now)


def link_customer_group(caller: Caller, public_id: str, body: LinkCustomerGroup, *, now: datetime) -> GroupChatShape:
    """Hand the posts of a customer group to its owner from now on, or, without ids, to a person's hand again."""
    chat = _find(caller, public_id)
    if not chat.customer_group:
        raise invalid_field("chat_id", "ids_and_kind_differ", "只有企业微信客户群填群编号和群主账号")
    return _change(chat, _link(body), now)


def _link(body: AddGroupChat | LinkCustomerGroup) -> dict[str, Any]:
    """What the platform knows the group and its owner by: both of them or neither."""
    if (body.chat_id is None) != (body.owner is None):
        missing = "chat_id" if body.chat_id is None else "owner"
        raise invalid_field(missing, "ids_incomplete", "群编号和群主账号要么都填，要么都不填")
    channel = Channel.CUSTOMER_GROUP if body.owner else Channel.MANUAL_FORWARD
    return {"platform_chat_id": body.chat_id, "owner_user": body.owner, "channel": channel}


def _find(caller: Caller, public_id: str) -> GroupChat:
    row: GroupChat | None = (
        GroupChat.select(GroupChat, Organization).join(Organization).where(GroupChat.public_id == public_id).first()
    )
    if row is None:
        raise NotFound("group_chat_not_found", "没有这个群")
    require(caller, Right.MANAGE_GROUPS, row.organization, see=Right.MANAGE_GROUPS)
    return row


def post_test(caller: Caller, public_id: str, *, now: datetime) -> GroupChatShape:
    """Ask the bot for a test post; what became of it stands with the group a moment later."""
    chat = _find(caller, public_id)
    if chat.disabled_at is not None:
        raise Conflict("group_chat_disabled", "这个群已停用，请先启用再试")
    facts = {"group": chat.name, "organization": chat.organization.name}
    key = f"group.test:{chat.public_id}:{now:%Y-%m-%dT%H:%M}"  # once a minute
    people = {"group": [chat.id]}

    def work() -> None:
        enqueue("group.test", facts, key=key, organization_id=chat.organization_id, people=people, now=now)

    if not already_enqueued(key):
        in_unit_of_work(work)
    return _shape(chat, _last_posts([chat.id]).get(chat.id), now)


def disable(caller: Caller, public_id: str, *, now: datetime) -> GroupChatShape:
    """No more posts to this group; what waits for it is skipped."""
    chat = _find(caller, public_id)
    return _change(chat, {"disabled_at": chat.disabled_at or now, "disabled_reason": BY_HAND}, now)


def enable(caller: Caller, public_id: str, body: EnableGroupChat, *, now: datetime) -> GroupChatShape:
    """Post again, with the robot's new key where there is one."""
    chat = _find(caller, public_id)
    if body.robot_key is not None and chat.channel != Channel.WECOM_ROBOT:
        raise invalid_field("robot_key", "key_and_kind_differ", "只有群机器人需要地址")
    key = {} if body.robot_key is None else {"robot_key": body.robot_key}
    return _change(chat, {"disabled_at": None, "disabled_reason": None, **key}, now)


def mute(caller: Caller, public_id: str, body: MuteGroupChat, *, now: datetime) -> GroupChatShape:
    """Keep the bot quiet in this group until an instant; without one it speaks again at once."""
    return _change(_find(caller, public_id), {"muted_until": body.until}, now)


def _change(chat: GroupChat, changes: Mapping[str, Any], now: datetime) -> GroupChatShape:
    GroupChat.update(dict(changes)).where(GroupChat.id == chat.id).execute()
    posts = customer_posts.recent([chat.id], now=now) if chat.customer_group else {}
    return _shape(GroupChat.get_by_id(chat.id), _last_posts([chat.id]).get(chat.id), now, posts.get(chat.id))


def _last_posts(group_ids: Sequence[int]) -> dict[int | None, Delivery]:
    """The newest post to each group that is not waiting for a digest."""
    newest = (
        Delivery.select(pw.fn.MAX(Delivery.id))
        .where(Delivery.group_chat.in_(group_ids), Delivery.state != DeliveryState.HELD)
        .group_by(Delivery.group_chat)
    )
    ids = [number for (number,) in rows_of(newest)]
    return {row.group_chat_id: row for row in Delivery.select().where(Delivery.id.in_(ids))}


def _shape(
    row: GroupChat, last: Delivery | None, now: datetime, posts: Sequence[CustomerPostShape] | None = None
) -> GroupChatShape:
    kind = GroupKind.CUSTOMER if row.customer_group else GroupKind.WECHAT
    return GroupChatShape(
        id=row.public_id,
        name=row.name,
        channel=row.channel,
        kind=GroupKind.ROBOT if row.channel == Channel.WECOM_ROBOT else kind,
        disabled=row.disabled_at is not None,
        disabled_reason=row.disabled_reason,
        muted_until=row.muted_until if row.muted_until and row.muted_until > now else None,
        last_post=_last_post(last) if last else None,
        linked=row.channel == Channel.CUSTOMER_GROUP,
        posts=list(posts or ()),
    )


def _last_post(last: Delivery) -> LastPost:
    """What became of it; a post that a person forwards is there once he says so, and not when it was made ready."""
    if last.channel not in BY_A_PERSON:
        return LastPost(at=last.available_at, state=last.state, fault=last.fault)
    forward = Forward.get_or_none(Forward.delivery == last.id)
    if forward is not None:
        state = TO_FORWARD if forward.done_at is None else DeliveryState.SENT
        why = REASONS.get(forward.reason) if forward.reason else None
        return LastPost(at=forward.done_at or forward.created_at, state=state, fault=why)
    post = customer_posts.find(last.id) if last.channel == Channel.CUSTOMER_GROUP else None
    if post is not None and post.state != CustomerPostState.ASKING:
        state = OWNER_STATES[CustomerPostState(post.state)]
        return LastPost(at=post.settled_at or post.asked_at, state=state, fault=None)
    return LastPost(at=last.available_at, state=last.state, fault=last.fault)
