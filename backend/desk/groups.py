"""Groups that the bot posts to: added with their robot, tried out, muted, switched off and on."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, request, url_for

from backend.core.errors import NotFound
from backend.core.http import now, parse_values
from backend.desk.forms import instant
from backend.desk.frame import bp, done, page, show, values_of
from backend.desk.navigation import place_for
from backend.messaging import groups
from backend.messaging.groups import BY_HAND
from backend.messaging.models import CustomerPostState
from backend.messaging.schemas import AddGroupChat, EnableGroupChat, GroupKind, LinkCustomerGroup, MuteGroupChat
from backend.people.caller import current_caller
from backend.people.permissions import Right
from backend.wechat.faults import RULINGS

KINDS = {
    GroupKind.ROBOT: "企业微信群（有机器人，自动发）",
    GroupKind.WECHAT: "普通微信群（由人转发）",
    GroupKind.CUSTOMER: "企业微信客户群（群主点一下确认）",
}
POST_STATES = {
    "pending": "等待发送",
    "sending": "正在发送",
    "sent": "已发出",
    "asked": "已交给群主确认",
    "owner_sent": "群主已发",
    "lapsed": "群主没有发，事情已过",
    "to_forward": "等人转发",
    "dead": "没有发出去",
    "skipped": "按规则没有发",
    "held": "等汇总一起发",
}
# how far the owner of a customer group is with a post: label and mark
OWNER_STATES = {
    CustomerPostState.ASKING: ("正在交给群主", "warn"),
    CustomerPostState.ASKED: ("已交给群主确认", "warn"),
    CustomerPostState.SENT: ("群主已发", "ok"),
    CustomerPostState.HANDED_OVER: ("群主没有发，改由人转发", "late"),
    CustomerPostState.LAPSED: ("群主没有发，事情已过", "late"),
}


@bp.get("/messages/groups")
@page()
def group_chats() -> str:
    """The groups of an organisation, each with its last post and what to do when it is off."""
    place = place_for(current_caller(), request.args.get("organization"), Right.MANAGE_GROUPS)
    found = groups.list_group_chats(current_caller(), place.chosen.code, now=now())
    remedies = {chat.id: _remedy(chat.disabled_reason) for chat in found if chat.disabled}
    shown = {"kinds": KINDS, "states": POST_STATES, "owner_states": OWNER_STATES, "section": "desk.group_chats"}
    return show("groups.html", place=place, groups=found, remedies=remedies, **shown)


def _remedy(reason: str | None) -> str:
    """Why a group is off and what to do, by the platform's own number where it gave one."""
    if reason == BY_HAND:
        return "由人停用。要恢复，点“启用”。"
    ruling = RULINGS.get(int(reason)) if reason and reason.isdecimal() else None
    said = f"（{ruling.advice}）" if ruling else ""
    return f"机器人发不进去了{said}。请在企业微信群里重新添加机器人，把新地址贴到下面再启用，然后发一条测试消息。"


@bp.post("/messages/groups")
@page()
def add_group() -> Response:
    """Add a group; a robot's key and the owner of a customer group are sealed and shown no more."""
    code = request.form.get("organization", "")
    body = parse_values(AddGroupChat, values_of(request.form, "name", "kind", "robot_key", "chat_id", "owner"))
    groups.add_group_chat(current_caller(), code, body, now=now())
    return done("已添加，请发一条测试消息", go=url_for("desk.group_chats", organization=code))


def _test(chat: str) -> object:
    return groups.post_test(current_caller(), chat, now=now())


def _disable(chat: str) -> object:
    return groups.disable(current_caller(), chat, now=now())


def _enable(chat: str) -> object:
    body = parse_values(EnableGroupChat, values_of(request.form, "robot_key"))
    return groups.enable(current_caller(), chat, body, now=now())


def _link(chat: str) -> object:
    body = parse_values(LinkCustomerGroup, values_of(request.form, "chat_id", "owner"))
    return groups.link_customer_group(current_caller(), chat, body, now=now())


def _mute(chat: str) -> object:
    text = request.form.get("until", "").strip()
    given: dict[str, Any] = {"until": instant(text, "until")} if text else {}
    return groups.mute(current_caller(), chat, parse_values(MuteGroupChat, given), now=now())


STEPS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "test": ("测试消息已交给机器人，几秒后刷新可看结果；客户群要等群主点确认", _test),
    "disable": ("已停用，不会再往这个群发", _disable),
    "enable": ("已启用", _enable),
    "owner": ("已设置", _link),
    "mute": ("已设置", _mute),
}


@bp.post("/messages/groups/<chat_id>/<step>")
@page()
def step_group(chat_id: str, step: str) -> Response:
    """Try out, mute, switch off or on."""
    if step not in STEPS:
        raise NotFound()
    said, take = STEPS[step]
    take(chat_id)
    return done(said, go=url_for("desk.group_chats", organization=request.form.get("organization") or None))
