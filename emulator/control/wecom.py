"""What people do in WeCom: confirm a mass message, make or lose a chat; and who is in a chat-tool card."""

from typing import Any

from flask import Blueprint, Response, jsonify

from emulator.control.requests import ControlError, asked
from emulator.ids import openid_of
from emulator.platform import Platform
from emulator.qy.group_messages import confirm
from emulator.state import AppChat


def add_calls(blueprint: Blueprint, platform: Platform) -> None:
    @blueprint.get("/wecom/tasks")
    def list_tasks() -> Response:
        with platform.lock:
            return jsonify([_task(platform, msgid) for msgid in platform.state.group_tasks])

    @blueprint.post("/wecom/confirm")
    def confirm_task() -> Response:
        """`{msgid, chat_ids?}`: the sender sends the message, to these groups or to all."""
        body = asked()
        with platform.lock:
            task = platform.state.group_tasks.get(str(body.get("msgid")))
            if task is None:
                raise ControlError(f"unknown msgid: {body.get('msgid')!r}", 404)
            return jsonify(status=confirm(platform, task, body.get("chat_ids") or task.chat_ids))

    @blueprint.post("/wecom/chats")
    def put_chat() -> Response:
        """`{chatid, name?, owner?, members, ours?}`: a chat that exists, also one of another application."""
        body = asked()
        with platform.lock:
            members = list(body.get("members") or [])
            chatid, owner = str(body["chatid"]), str(body.get("owner") or (members or [""])[0])
            chat = AppChat(chatid, str(body.get("name") or ""), owner, members, body.get("ours", True) is True)
            platform.state.app_chats[chatid] = chat
            return jsonify(chatid=chatid)

    @blueprint.post("/chat-tool")
    def put_card() -> Response:
        """`{activity_id, title?, publisher?, chat?, users}`: who sees the card; their group_openids."""
        body = asked()
        with platform.lock:
            return jsonify(group_openids=_fill_card(platform, body))


def _task(platform: Platform, msgid: str) -> dict[str, Any]:
    task = platform.state.group_tasks[msgid]
    text = str(task.content["text"].get("content") or "")
    return {
        "msgid": msgid,
        "sender": task.sender,
        "text": text,
        "status": task.status,
        "cancelled": task.cancelled,
    }


def _fill_card(platform: Platform, body: dict[str, Any]) -> dict[str, str]:
    activity = platform.state.activities.get(str(body.get("activity_id")))
    if activity is None:
        raise ControlError(f"unknown activity_id: {body.get('activity_id')!r}", 404)
    users = [platform.world.user(str(name)) for name in body.get("users") or []]
    known = {user.name: openid_of(f"group/{activity.id}", user.name) for user in users if user}
    names = {user.name: user.display_name for user in users if user}
    activity.members |= {openid: names[name] for name, openid in known.items()}
    for part in ("title", "publisher", "chat"):
        setattr(activity, part, str(body.get(part) or getattr(activity, part)))
    return known
