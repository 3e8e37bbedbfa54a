"""Making the platform call the app's server: messages, events, the verification, and spoiled deliveries."""

from collections.abc import Callable
from typing import Any

from emulator.callbacks import events
from emulator.callbacks.delivery import Knobs
from emulator.callbacks.events import Message
from emulator.callbacks.verification import verify
from emulator.config import App
from emulator.control.requests import ControlError, asked_app, asked_user
from emulator.plain import from_plain, to_plain
from emulator.platform import Platform
from emulator.state import OfficialUser

KNOBS = ("times", "wrong_signature", "timestamp_offset_s", "oversize_bytes", "replay")
MESSAGE_WINDOW = (5, 48 * 3600.0)  # how many answers, for how many seconds
ACTION_WINDOW = (3, 60.0)
OFFICIAL_KINDS = {
    "text",
    "image",
    "voice",
    "location",
    "follow",
    "unfollow",
    "scan",
    "menu_click",
    "menu_view",
}


def push(platform: Platform, body: dict[str, Any]) -> dict[str, Any]:
    """Build one message (or each of `batch`, in that order) and deliver it; says how each delivery went."""
    if "batch" in body:
        parts = [push(platform, part) for part in body["batch"]]
        return {"deliveries": [delivery for part in parts for delivery in part["deliveries"]]}
    kind = str(body.get("kind"))
    app = asked_app(platform, body, "official" if kind in OFFICIAL_KINDS else "miniprogram")
    if not app.callback_url:
        raise ControlError(f"app {app.appid} has no callback_url", 409)
    if kind == "verify":
        return {"verified": verify(platform, app), "deliveries": []}
    message, name = _message(platform, app, kind, body)
    knobs = from_plain(Knobs, {knob: body[knob] for knob in KNOBS if knob in body}, "push")
    if body.get("wait", True) is False:
        platform.deliverer.send_later(app, name, message)
        return {"message": message, "deliveries": []}
    deliveries = platform.deliverer.send_now(app, name, message, knobs)
    return {"message": message, "deliveries": to_plain(deliveries)}


def _message(platform: Platform, app: App, kind: str, body: dict[str, Any]) -> tuple[Message, str]:
    with platform.lock:
        build = BUILDERS.get(kind)
        if build is None:
            raise ControlError(f"unknown kind {kind!r}; one of {', '.join(sorted(BUILDERS))}, verify")
        user = asked_user(platform, body) if body.get("user") or body.get("openid") else platform.world.users[0]
        openid = platform.openid(app.appid, user)
        now = platform.clock.now() + float(body.get("create_time_offset_s", 0))
        message = build(app, openid, body, now) | dict(body.get("fields") or {})
        _note_action(platform, kind, user.name, openid, message)
        return message, user.name


def _note_action(platform: Platform, kind: str, name: str, openid: str, message: Message) -> None:
    """Whoever writes or taps may be answered for a while; following is remembered."""
    user = platform.world.user(name)
    if user and kind in ("follow", "unfollow"):
        user.follows = kind == "follow"
    window = ACTION_WINDOW if kind in ("follow", "scan", "menu_click") else MESSAGE_WINDOW
    if kind in OFFICIAL_KINDS and kind != "unfollow":
        most, seconds = window
        platform.state.official_users[openid] = OfficialUser(most, platform.clock.now() + seconds)
    if kind == "text":
        platform.deliver("official_message", "text", str(message["Content"]), message, user=name, openid=openid)


def _text(app: App, openid: str, body: dict[str, Any], now: float) -> Message:
    return events.text_message(app, openid, str(body.get("content", "")), now)


def _image(app: App, openid: str, body: dict[str, Any], now: float) -> Message:
    url, media_id = str(body.get("url", "http://127.0.0.1/picture.jpg")), str(body.get("media_id", "media-1"))
    return events.user_message(app, openid, "image", now, PicUrl=url, MediaId=media_id)


def _voice(app: App, openid: str, body: dict[str, Any], now: float) -> Message:
    media_id = str(body.get("media_id", "media-1"))
    return events.user_message(app, openid, "voice", now, MediaId=media_id, Format="amr")


def _location(app: App, openid: str, body: dict[str, Any], now: float) -> Message:
    place = {"Location_X": body.get("lat", 30.0), "Location_Y": body.get("lng", 114.0), "Scale": 15}
    return events.user_message(app, openid, "location", now, **place, Label=str(body.get("label", "")))


def _named(name: str, with_key: bool = False) -> Callable[[App, str, dict[str, Any], float], Message]:
    def build(app: App, openid: str, body: dict[str, Any], now: float) -> Message:
        key = {"EventKey": str(body.get("key", ""))} if with_key else {}
        return events.event(app, openid, name, now, **key)

    return build


def _scan(app: App, openid: str, body: dict[str, Any], now: float) -> Message:
    """A code with a scene; for one who does not follow yet it is a subscribe event with `qrscene_`."""
    scene, ticket = str(body.get("scene", "")), str(body.get("ticket", "ticket-1"))
    if body.get("new_follower"):
        return events.event(app, openid, "subscribe", now, EventKey=f"qrscene_{scene}", Ticket=ticket)
    return events.event(app, openid, "SCAN", now, EventKey=scene, Ticket=ticket)


def _event(app: App, openid: str, body: dict[str, Any], now: float) -> Message:
    return events.event(app, openid, str(body.get("event", "")), now)


def _popup(app: App, openid: str, body: dict[str, Any], now: float) -> Message:
    """Only the event: credits stay as they are. `results`: template id → accept or reject."""
    results = body.get("results") or {str(body.get("template_id")): str(body.get("result", "accept"))}
    return events.subscribe_popup(app, openid, results, now)


def _change(app: App, openid: str, body: dict[str, Any], now: float) -> Message:
    return events.subscribe_change(app, openid, body.get("template_ids") or [str(body.get("template_id"))], now)


def _sent(app: App, openid: str, body: dict[str, Any], now: float) -> Message:
    template_id, msgid = str(body.get("template_id")), str(body.get("msgid", "1"))
    outcome = int(body.get("errcode", 0)), str(body.get("status", "success"))
    return events.subscribe_sent(app, openid, template_id, msgid, now, outcome)


def _media(app: App, openid: str, body: dict[str, Any], now: float) -> Message:
    result = {"suggest": str(body.get("suggest", "pass")), "label": int(body.get("label", 100))}
    verdict = {"errcode": int(body.get("errcode", 0)), "result": result, "detail": []}
    return events.media_checked(app, openid, str(body.get("trace_id", "")), verdict, now)


def _raw(app: App, openid: str, body: dict[str, Any], now: float) -> Message:
    """Exactly `message`, nothing added."""
    return dict(body.get("message") or {})


BUILDERS: dict[str, Callable[[App, str, dict[str, Any], float], Message]] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "location": _location,
    "event": _event,
    "follow": _named("subscribe"),
    "unfollow": _named("unsubscribe"),
    "scan": _scan,
    "menu_click": _named("CLICK", with_key=True),
    "menu_view": _named("VIEW", with_key=True),
    "subscribe_popup": _popup,
    "subscribe_change": _change,
    "subscribe_sent": _sent,
    "media_check": _media,
    "raw": _raw,
}
