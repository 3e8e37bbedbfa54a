"""Subscribe messages: grants that users give, and messages that use them up."""

import time
from typing import Any

from emulator.callbacks.events import subscribe_sent
from emulator.calls import Call, Endpoint
from emulator.config import App, Template, User
from emulator.errors import PlatformError
from emulator.ids import message_id
from emulator.quotas import Limit
from emulator.state import State
from emulator.wx.value_rules import value_fits


def credits_of(state: State, openid: str, template_id: str) -> int:
    return state.credits.get(f"{openid} {template_id}", 0)


def add_credits(state: State, openid: str, template_id: str, number: int) -> int:
    """How many messages of the template the user may now be sent."""
    left = max(credits_of(state, openid, template_id) + number, 0)
    state.credits[f"{openid} {template_id}"] = left
    return left


def send_subscribe_message(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/message/subscribe/send."""
    openid = str(call.body.get("touser") or "")
    _enter(call, openid)
    try:
        if pause := call.platform.world.settings.send_takes_s:
            time.sleep(pause)
        with call.platform.lock:
            return _send(call, openid)
    finally:
        call.platform.in_flight.discard(openid)


def _enter(call: Call, openid: str) -> None:
    """Raises PlatformError 43108 while another message to the same user is under way."""
    with call.platform.lock:
        if openid and openid in call.platform.in_flight:
            raise PlatformError(43108)
        call.platform.in_flight.add(openid)


def _send(call: Call, openid: str) -> dict[str, Any]:
    world, app = call.platform.world, call.app
    user = world.user_of_openid(openid, app.appid)
    if user is None:
        raise PlatformError(40003)
    template = world.template(str(call.body.get("template_id") or ""))
    if template is None or template.use != "subscribe":
        raise PlatformError(40037)
    page = check_page(call, call.body.get("page"))
    lines = template_lines(template, call.body.get("data"))
    _check_words(call, lines)
    if app.subscribe_banned:
        raise PlatformError(43107)
    use_credit(call.platform.state, openid, template)
    return _deliver(call, app, user, template, page, lines)


def check_page(call: Call, page: Any) -> str:
    """Raises PlatformError 41030 for a page that is not published or starts with a slash."""
    if not page:
        return ""
    published = call.platform.world.settings.pages
    path = str(page).split("?")[0]
    if path.startswith("/") or (published != "any" and path not in published):
        raise PlatformError(41030)
    return str(page)


def template_lines(template: Template, data: Any) -> list[list[str]]:
    """The rows of the card: label and value. Raises PlatformError 47003."""
    if not isinstance(data, dict):
        raise PlatformError(47003, "argument invalid! data is not an object")
    lines = []
    for key, label in template.fields.items():
        entry = data.get(key)
        value = entry.get("value") if isinstance(entry, dict) else None
        text = "" if value is None else str(value)
        if not text.strip():
            raise PlatformError(47003, f"argument invalid! data.{key}.value is empty")
        if not value_fits(key, text):
            raise PlatformError(47003, f"argument invalid! data.{key}.value invalid")
        lines.append([label, text])
    return lines


def _check_words(call: Call, lines: list[list[str]]) -> None:
    forbidden = call.platform.world.settings.sensitive_words
    if any(word in value for word in forbidden for _, value in lines):
        raise PlatformError(45168)


def use_credit(state: State, openid: str, template: Template) -> None:
    """One message, one grant; a long-term grant stays. Raises PlatformError 43101."""
    if credits_of(state, openid, template.id) < 1:
        raise PlatformError(43101)
    if template.kind == "one_time":
        add_credits(state, openid, template.id, -1)


def _deliver(call: Call, app: App, user: User, template: Template, page: str, lines: list[list[str]]) -> dict[str, Any]:
    msgid = message_id()
    openid = call.platform.openid(app.appid, user)
    text = "\n".join([template.title, *(f"{label}：{value}" for label, value in lines)])
    call.platform.deliver(
        "subscribe_message",
        template.title,
        text,
        call.body["data"],
        appid=app.appid,
        user=user.name,
        openid=openid,
        template_id=template.id,
        page=page,
        msgid=str(msgid),
        lines=lines,
    )
    if call.platform.world.settings.sent_events:
        event = subscribe_sent(app, openid, template.id, str(msgid), call.now)
        call.platform.deliverer.send_later(app, user.name, event)
    return {"errcode": 0, "errmsg": "ok", "msgid": msgid}


ENDPOINTS = [
    Endpoint(
        "POST",
        "/cgi-bin/message/subscribe/send",
        send_subscribe_message,
        limits=(Limit(10_000_000, "day", 45009),),
        locked=False,
    ),
]
