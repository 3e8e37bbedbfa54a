"""Mass messages to customer groups: the call makes a task, a person sends it."""

import calendar
from typing import Any

from emulator.bodies import list_of, part_of, parts_of, texts_of
from emulator.calls import Call, Endpoint
from emulator.clock import local_time
from emulator.errors import PlatformError
from emulator.ids import random_text
from emulator.platform import Platform
from emulator.state import GroupTask

MOST_CHATS = 2000
MOST_ATTACHMENTS = 9
TEXT_BYTES = 4000
MOST_REMINDERS = 3
DAY_S = 86_400
UNSENT, SENT, OVER_LIMIT = 0, 1, 3
PAGE_SIZE = 500
ATTACHMENTS = {
    "image": "［图片］",
    "link": "［链接］",
    "miniprogram": "［小程序］",
    "video": "［视频］",
    "file": "［文件］",
}


def _bad(what: str) -> PlatformError:
    return PlatformError(40058, f"{what}. invalid Request Parameter")


def add_template(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/externalcontact/add_msg_template, for groups. Nothing is sent yet."""
    body = call.body
    chats = texts_of(body, "chat_id_list")
    if body.get("chat_type") != "group":
        raise _bad("chat_type invalid: only group is emulated")
    if not body.get("sender"):
        raise _bad("sender missing")
    if len(chats) > MOST_CHATS:
        raise _bad(f"chat_id_list exceed max length {MOST_CHATS}")
    _check_content(body)
    known = call.platform.world.wecom.customer_groups
    targets = [chat for chat in chats if chat in known] if chats else list(known)
    content = {"text": part_of(body, "text"), "attachments": parts_of(body, "attachments")}
    task = GroupTask(f"msg{random_text(29)}", str(body["sender"]), targets, content, call.now)
    task.status = dict.fromkeys(targets, UNSENT)
    call.platform.state.group_tasks[task.msgid] = task
    failed = [chat for chat in chats if chat not in known]
    return {"errcode": 0, "errmsg": "ok", "fail_list": failed, "msgid": task.msgid}


def _check_content(body: dict[str, Any]) -> None:
    text = str(part_of(body, "text").get("content") or "")
    attachments = list_of(body, "attachments")
    if not text and not attachments:
        raise _bad("text and attachments both empty")
    if len(text.encode()) > TEXT_BYTES:
        raise _bad(f"text.content exceed max length {TEXT_BYTES}")
    if len(attachments) > MOST_ATTACHMENTS:
        raise _bad(f"attachments exceed max length {MOST_ATTACHMENTS}")


def confirm(platform: Platform, task: GroupTask, chat_ids: list[str]) -> dict[str, int]:
    """The sender presses 发送 in the client: chat_id → status. A group over its limit gets nothing (3)."""
    now = platform.clock.now()
    for chat_id in chat_ids:
        if task.cancelled or task.status.get(chat_id) != UNSENT:
            continue
        task.status[chat_id] = _send(platform, task, chat_id, now)
    return dict(task.status)


def _send(platform: Platform, task: GroupTask, chat_id: str, now: float) -> int:
    corp, sends = platform.world.wecom, platform.state.group_sends
    span, most = _limit(corp.group_limit, now)
    name = f"{chat_id} {span}"
    if sends.get(name, 0) >= most:
        return OVER_LIMIT
    sends[name] = sends.get(name, 0) + 1
    task.sent_at[chat_id] = now
    group = corp.customer_groups.get(chat_id, chat_id)
    parts = [ATTACHMENTS.get(str(a.get("msgtype")), "［附件］") for a in task.content["attachments"]]
    text = "\n".join(part for part in [str(task.content["text"].get("content") or ""), *parts] if part)
    where = {"robot": chat_id, "group": group, "user": task.sender, "msgid": task.msgid}
    platform.deliver("wecom_customer_group", group, text, task.content, **where)
    return SENT


def _limit(kind: str, now: float) -> tuple[str, int]:
    """The span in which a group's messages are counted, and how many it may get."""
    day = local_time(now)
    if kind == "day":
        return day.strftime("%Y-%m-%d"), 1
    if kind == "week":
        return day.strftime("%G-W%V"), 7
    return day.strftime("%Y-%m"), calendar.monthrange(day.year, day.month)[1]


def _task(call: Call) -> GroupTask:
    task = call.platform.state.group_tasks.get(str(call.body.get("msgid") or ""))
    if task is None:
        raise _bad("msgid invalid")
    return task


def read_result(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/externalcontact/get_groupmsg_send_result {msgid, userid, limit?, cursor?}."""
    task = _task(call)
    if call.body.get("userid") != task.sender:
        raise _bad("userid invalid")
    first, size = _number(call.body.get("cursor"), 0), _number(call.body.get("limit"), PAGE_SIZE)
    page = task.chat_ids[first : first + size]
    more = str(first + size) if first + size < len(task.chat_ids) else ""
    results = [_result(task, chat_id) for chat_id in page]
    return {"errcode": 0, "errmsg": "ok", "next_cursor": more, "send_list": results}


def _number(value: Any, default: int) -> int:
    text = str(value or default)
    if not text.isdecimal():
        raise _bad("cursor or limit invalid")
    return int(text)


def _result(task: GroupTask, chat_id: str) -> dict[str, Any]:
    result: dict[str, Any] = {"chat_id": chat_id, "userid": task.sender, "status": task.status[chat_id]}
    return result | {"send_time": int(task.sent_at[chat_id])} if chat_id in task.sent_at else result


def read_old_result(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/externalcontact/get_group_msg_result: the older form of the same."""
    task = _task(call)
    details = [_result(task, chat_id) for chat_id in task.chat_ids]
    return {"errcode": 0, "errmsg": "ok", "check_status": 1, "detail_list": details}


def read_task(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/externalcontact/get_groupmsg_task: has the member confirmed (2) or not (0)?"""
    task = _task(call)
    done = any(status != UNSENT for status in task.status.values())
    entry = {"userid": task.sender, "status": 2 if done else 0}
    return {"errcode": 0, "errmsg": "ok", "next_cursor": "", "task_list": [entry]}


def remind(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/externalcontact/remind_groupmsg_send: three times in 24 hours."""
    task = _task(call)
    task.reminders = [at for at in task.reminders if at > call.now - DAY_S]
    if len(task.reminders) >= MOST_REMINDERS:
        raise PlatformError(call.platform.world.settings.code("group_reminders"))
    task.reminders.append(call.now)
    return {"errcode": 0, "errmsg": "ok"}


def cancel(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/externalcontact/cancel_groupmsg_send: what was not confirmed yet never will be."""
    _task(call).cancelled = True
    return {"errcode": 0, "errmsg": "ok"}


ENDPOINTS = [
    Endpoint("POST", f"/cgi-bin/externalcontact/{name}", handler, bearer="corp")
    for name, handler in (
        ("add_msg_template", add_template),
        ("get_groupmsg_send_result", read_result),
        ("get_group_msg_result", read_old_result),
        ("get_groupmsg_task", read_task),
        ("remind_groupmsg_send", remind),
        ("cancel_groupmsg_send", cancel),
    )
]
