"""Messages of the official account: templates, subscriptions, customer service, mass sending."""

from typing import Any

from emulator.bodies import part_of, parts_of
from emulator.callbacks.events import template_sent
from emulator.calls import Call, Endpoint
from emulator.clock import local_time
from emulator.config import Template, User
from emulator.errors import PlatformError
from emulator.ids import message_id
from emulator.quotas import Limit, count
from emulator.state import ClientMessage
from emulator.wx.subscribe import template_lines, use_credit

SAME_MESSAGE_S = 600  # a repeated client_msg_id within this time sends nothing
MASS_PER_MONTH = 4  # what a follower of a service account receives
CUSTOM_TYPES = {"image": "［图片］", "voice": "［语音］", "video": "［视频］", "music": "［音乐］"}


def _follower(call: Call) -> tuple[User, str]:
    openid = str(call.body.get("touser") or "")
    user = call.platform.world.user_of_openid(openid, call.app.appid)
    if user is None:
        raise PlatformError(40003)
    return user, openid


def _template(call: Call, use: str) -> Template:
    template = call.platform.world.template(str(call.body.get("template_id") or ""))
    if template is None or template.use != use:
        raise PlatformError(40037)
    return template


def send_template(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/message/template/send; the event TEMPLATESENDJOBFINISH follows."""
    user, openid = _follower(call)
    if not user.follows:
        raise PlatformError(43004)
    template = _template(call, "template")
    lines = template_lines(template, call.body.get("data"))
    repeated = _sent_before(call)
    if repeated is not None:
        return {"errcode": 0, "errmsg": "ok", "msgid": repeated}
    msgid = message_id()
    _remember(call, msgid)
    _deliver_card(call, "official_template", user, template, lines, msgid)
    event = template_sent(call.app, openid, msgid, call.now)
    call.platform.deliverer.send_later(call.app, user.name, event)
    return {"errcode": 0, "errmsg": "ok", "msgid": msgid}


def _sent_before(call: Call) -> int | None:
    known = call.platform.state.client_messages.get(str(call.body.get("client_msg_id") or ""))
    return known.msgid if known and call.now < known.at + SAME_MESSAGE_S else None


def _remember(call: Call, msgid: int) -> None:
    if name := call.body.get("client_msg_id"):
        call.platform.state.client_messages[str(name)] = ClientMessage(call.now, msgid)


def _deliver_card(call: Call, channel: str, user: User, template: Template, lines: list[list[str]], msgid: int) -> None:
    text = "\n".join([template.title, *(f"{label}：{value}" for label, value in lines)])
    where = {"appid": call.app.appid, "user": user.name, "openid": call.platform.openid(call.app.appid, user)}
    page = str(call.body.get("url") or call.body.get("page") or "")
    call.platform.deliver(
        channel,
        template.title,
        text,
        call.body["data"],
        template_id=template.id,
        page=page,
        msgid=str(msgid),
        lines=lines,
        **where,
    )


def send_subscription(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/message/subscribe/bizsend: as in the mini program, with grants of its own."""
    user, openid = _follower(call)
    template = _template(call, "bizsend")
    lines = template_lines(template, call.body.get("data"))
    use_credit(call.platform.state, openid, template)
    _deliver_card(call, "official_subscribe", user, template, lines, message_id())
    return {"errcode": 0, "errmsg": "ok"}


def send_custom(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/message/custom/send: only after the user did something, and only so often."""
    user, openid = _follower(call)
    text = _custom_text(call)
    window = call.platform.state.official_users.get(openid)
    if not user.follows or window is None or call.now >= window.ends_at:
        raise PlatformError(45015)
    if window.replies_left < 1:
        raise PlatformError(45047)
    window.replies_left -= 1
    kind = str(call.body["msgtype"])
    where = {"appid": call.app.appid, "user": user.name, "openid": openid}
    call.platform.deliver("official_custom", kind, text, call.body, **where)
    return {"errcode": 0, "errmsg": "ok"}


def _custom_text(call: Call) -> str:
    """Raises PlatformError 40008 (unknown type) or 44004 (nothing to say)."""
    kind = call.body.get("msgtype")
    content = call.body.get(str(kind))
    if not isinstance(content, dict):
        raise PlatformError(40008, "invalid message type")
    if kind == "text":
        if not content.get("content"):
            raise PlatformError(44004, "empty content")
        return str(content["content"])
    if kind == "news":
        return "\n".join(str(a.get("title", "")) for a in parts_of(content, "articles"))
    if kind == "miniprogrampage":
        return f"［小程序］{content.get('title', '')}"
    if kind == "msgmenu":
        choices = [str(entry.get("content", "")) for entry in parts_of(content, "list")]
        return "\n".join([str(content.get("head_content", "")), *choices, str(content.get("tail_content", ""))])
    if kind in CUSTOM_TYPES:
        return CUSTOM_TYPES[str(kind)]
    raise PlatformError(40008, "invalid message type")


def send_to_all(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/message/mass/sendall: four a month for each follower."""
    if call.body.get("msgtype") not in ("text", "mpnews", "image", "voice", "mpvideo", "wxcard"):
        raise PlatformError(40008, "invalid message type")
    repeated = _mass_before(call)
    if repeated:
        raise PlatformError(45065, "clientmsgid exist", msg_id=repeated)
    _count_mass(call)
    msg_id = message_id()
    if name := call.body.get("clientmsgid"):
        call.platform.state.client_messages[f"mass {name}"] = ClientMessage(call.now, msg_id)
    text = str(part_of(call.body, "text").get("content") or f"［{call.body['msgtype']}］")
    for user in call.platform.world.users:
        if user.follows:
            where = {"user": user.name, "openid": call.platform.openid(call.app.appid, user)}
            call.platform.deliver("official_mass", "群发", text, call.body, appid=call.app.appid, **where)
    answer = {"errcode": 0, "errmsg": "send job submission success"}
    return answer | {"msg_id": msg_id, "msg_data_id": message_id()}


def _mass_before(call: Call) -> int:
    known = call.platform.state.client_messages.get(f"mass {call.body.get('clientmsgid')}")
    return known.msgid if known and call.now < known.at + SAME_MESSAGE_S else 0


def _count_mass(call: Call) -> None:
    settings = call.platform.world.settings
    quota = settings.code("mass_quota")
    month = local_time(call.now).strftime("%Y-%m")
    sent = call.platform.state.mass_sends.get(month, 0)
    if sent >= MASS_PER_MONTH:
        raise PlatformError(quota)
    if settings.mass_per_day is not None:
        count(call.platform.state.counters, Limit(settings.mass_per_day, "day", quota), "mass", call.now)
    call.platform.state.mass_sends[month] = sent + 1


ENDPOINTS = [
    Endpoint(
        "POST",
        "/cgi-bin/message/template/send",
        send_template,
        of="official",
        limits=(Limit(100_000, "day", 45009),),
    ),
    Endpoint("POST", "/cgi-bin/message/subscribe/bizsend", send_subscription, of="official"),
    Endpoint("POST", "/cgi-bin/message/custom/send", send_custom, of="official"),
    Endpoint(
        "POST",
        "/cgi-bin/message/mass/sendall",
        send_to_all,
        of="official",
        limits=(Limit(60, "minute", 45011),),
    ),
]
