"""Group chats that an application made: internal members only."""

import re
from typing import Any

from emulator.bodies import parts_of, texts_of
from emulator.calls import Call, Endpoint
from emulator.errors import PlatformError
from emulator.ids import random_text
from emulator.quotas import Limit, count
from emulator.state import AppChat

CHATID = re.compile(r"[0-9A-Za-z]{1,32}")
FEWEST, MOST = 2, 2000
TEXT_BYTES = 2048
PERSON_TIMES_PER_MINUTE = 20_000
TYPES = ("text", "image", "voice", "video", "file", "textcard", "news", "mpnews", "markdown")


def create(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/appchat/create."""
    corp, body = call.platform.world.wecom, call.body
    if not corp.root_visible:
        raise PlatformError(60011)
    members = _members(call, body.get("userlist"))
    owner = str(body.get("owner") or members[0])
    if owner not in members:
        raise PlatformError(86005)
    chatid = str(body.get("chatid") or random_text(32))
    if not CHATID.fullmatch(chatid) or chatid in call.platform.state.app_chats:
        raise PlatformError(86001)
    count(call.platform.state.counters, Limit(1_000, "day", 45009), "appchat/create", call.now)
    name = str(body.get("name") or "")[:50]
    call.platform.state.app_chats[chatid] = AppChat(chatid, name, owner, members)
    return {"errcode": 0, "errmsg": "ok", "chatid": chatid}


def _members(call: Call, listed: Any) -> list[str]:
    if not isinstance(listed, list) or not FEWEST <= len(listed) <= MOST:
        raise PlatformError(86006)
    members = [str(member) for member in listed]
    if set(members) - set(call.platform.world.wecom.members):
        raise PlatformError(86007)
    return members


def _chat(call: Call, chatid: Any) -> AppChat:
    chat = call.platform.state.app_chats.get(str(chatid))
    if chat is None:
        raise PlatformError(86003)
    if not chat.ours:
        raise PlatformError(86008)
    return chat


def read(call: Call) -> dict[str, Any]:
    """GET /cgi-bin/appchat/get."""
    chat = _chat(call, call.query("chatid"))
    info = {"chatid": chat.chatid, "name": chat.name, "owner": chat.owner, "userlist": chat.members}
    return {"errcode": 0, "errmsg": "ok", "chat_info": info}


def update(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/appchat/update."""
    chat, body = _chat(call, call.body.get("chatid")), call.body
    leaving = set(texts_of(body, "del_user_list"))
    joining = [member for member in texts_of(body, "add_user_list") if member not in chat.members]
    members = _members(call, [m for m in chat.members if m not in leaving] + joining)
    owner = str(body.get("owner") or chat.owner)
    if owner not in members:
        raise PlatformError(86005)
    chat.members, chat.owner, chat.name = members, owner, str(body.get("name") or chat.name)[:50]
    return {"errcode": 0, "errmsg": "ok"}


def send(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/appchat/send."""
    chat = _chat(call, call.body.get("chatid"))
    kind = call.body.get("msgtype")
    content = call.body.get(str(kind))
    if kind not in TYPES or not isinstance(content, dict):
        raise PlatformError(40008)
    text = _text(call, str(kind), content)
    per_minute = Limit(PERSON_TIMES_PER_MINUTE, "minute", 45009)
    count(call.platform.state.counters, per_minute, "appchat/send", call.now, len(chat.members))
    title = str(content.get("title") or kind)
    where = {"robot": chat.chatid, "group": chat.name or chat.chatid, "page": str(content.get("url") or "")}
    call.platform.deliver("wecom_appchat", title, text, {"msgtype": kind, kind: content}, **where)
    return {"errcode": 0, "errmsg": "ok"}


def _text(call: Call, kind: str, content: dict[str, Any]) -> str:
    if kind in ("text", "markdown"):
        text = str(content.get("content") or "")
        if not text:
            raise PlatformError(44004)
        if len(text.encode()) > TEXT_BYTES:
            raise PlatformError(call.platform.world.settings.code("appchat_text_too_long"))
        return text
    if kind == "textcard":
        return f"{content.get('title', '')}\n{content.get('description', '')}"
    if kind in ("news", "mpnews"):
        return "\n".join(str(article.get("title", "")) for article in parts_of(content, "articles"))
    return f"［{kind}］"


ENDPOINTS = [
    Endpoint("POST", "/cgi-bin/appchat/create", create, bearer="corp"),
    Endpoint("GET", "/cgi-bin/appchat/get", read, bearer="corp"),
    Endpoint("POST", "/cgi-bin/appchat/update", update, bearer="corp"),
    Endpoint("POST", "/cgi-bin/appchat/send", send, bearer="corp"),
]
