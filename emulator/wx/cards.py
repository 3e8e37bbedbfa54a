"""Shared cards whose words the server changes later: updatable messages and chat-tool cards."""

import re
from typing import Any

from emulator.bodies import list_of, part_of, parts_of
from emulator.calls import Call, Endpoint
from emulator.errors import PlatformError
from emulator.ids import random_text
from emulator.state import Activity

LIFE_S = 24 * 3600
NEEDED = {0: ("member_count", "room_limit"), 1: ("path",)}
# The two templates of chat-tool cards, known by their first and last digits.
DONE_TEMPLATE = re.compile(r"4A68[0-9A-F]*6463")
JOINED_TEMPLATE = re.compile(r"2A84[0-9A-F]*B607")
CHAT_STATES = (1, 2, 3)  # under way, over, over


def create_activity(call: Call) -> dict[str, Any]:
    """GET /cgi-bin/message/wxopen/activityid/create: good for 24 hours."""
    activity = Activity(f"1{random_text(59)}", call.now, call.now + LIFE_S, owner=call.app.appid)
    call.platform.state.activities[activity.id] = activity
    expires = int(activity.expires_at)
    return {"activity_id": activity.id, "expiration_time": expires, "errcode": 0, "errmsg": "ok"}


def _activity(call: Call) -> Activity:
    activity = call.platform.state.activities.get(str(call.body.get("activity_id")))
    if activity is None:
        raise PlatformError(47501)
    if activity.owner != call.app.appid:
        raise PlatformError(40013)
    if call.now >= activity.expires_at:
        raise PlatformError(47504)
    return activity


def update_message(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/message/wxopen/updatablemsg/send: 0 people are joining, 1 it has begun."""
    activity = _activity(call)
    state = call.body.get("target_state")
    if state not in (0, 1) or (activity.target_state == 1 and state == 0):
        raise PlatformError(47502)
    values = _parameters(call, state)
    if activity.target_state != 1 and state == 1:
        activity.expires_at = call.now + LIFE_S
    activity.target_state = state
    joining = f"成员正在加入，当前 {values.get('member_count')}/{values.get('room_limit')} 人"
    call.platform.deliver(
        "updatable_message",
        activity.id,
        "已开始" if state else joining,
        call.body,
        robot="updatable",
        group="动态消息",
    )
    return {"errcode": 0, "errmsg": "ok"}


def _parameters(call: Call, state: int) -> dict[str, str]:
    """Raises PlatformError 47001 for a missing parameter, 47503 for a wrong version_type."""
    listed = parts_of(part_of(call.body, "template_info"), "parameter_list")
    values = {str(parameter.get("name")): str(parameter.get("value") or "") for parameter in listed}
    if values.get("version_type", "release") not in ("develop", "trial", "release"):
        raise PlatformError(47503)
    if not all(values.get(name) for name in NEEDED[state]):
        raise PlatformError(47001)
    return values


def update_chat_card(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/message/wxopen/chattoolmsg/send: who in the chat has done or joined it."""
    activity = _activity(call)
    verb = _verb(str(call.body.get("template_id") or ""))
    if call.body.get("target_state") not in CHAT_STATES:
        raise PlatformError(47502)
    if call.body.get("version_type", 0) not in (0, 1, 2):
        raise PlatformError(40097)
    names = [_participator(activity, entry) for entry in list_of(call.body, "participator_info_list")]
    activity.target_state = call.body["target_state"]
    for name in names:
        line = f"{name} {verb} {activity.publisher or '管理员'} 发布的 {activity.title or '活动'}"
        call.platform.deliver(
            "chat_tool", activity.id, line, call.body, robot="chat-tool", group=activity.chat or "聊天工具"
        )
    return {"errcode": 0, "errmsg": "ok"}


def _verb(template_id: str) -> str:
    if DONE_TEMPLATE.fullmatch(template_id):
        return "已完成"
    if JOINED_TEMPLATE.fullmatch(template_id):
        return "已参与"
    raise PlatformError(40097)


def _participator(activity: Activity, entry: Any) -> str:
    """The name behind a group_openid. Raises PlatformError 40097 for one who is not in that chat."""
    openid = entry.get("group_openid") if isinstance(entry, dict) else None
    if not isinstance(openid, str) or not openid or (activity.members and openid not in activity.members):
        raise PlatformError(40097)
    return activity.members.get(openid, openid)


ENDPOINTS = [
    Endpoint("GET", "/cgi-bin/message/wxopen/activityid/create", create_activity),
    Endpoint("POST", "/cgi-bin/message/wxopen/updatablemsg/send", update_message),
    Endpoint("POST", "/cgi-bin/message/wxopen/chattoolmsg/send", update_chat_card),
]
