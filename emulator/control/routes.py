"""The control calls: what a user does, what was delivered, what goes wrong, what time it is."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from emulator.clock import iso
from emulator.control import editing, pushes, wecom
from emulator.control.origins import refuse_foreign_origins
from emulator.control.outbox import sent_items
from emulator.control.requests import ControlError, asked, asked_app, asked_user, refused
from emulator.control.subscriptions import subscribe
from emulator.plain import ShapeError, to_plain
from emulator.platform import Platform
from emulator.state import CodeKind
from emulator.wx.login import CODE_LIFE_S, issue_code


def control_blueprint(platform: Platform) -> Blueprint:
    blueprint = Blueprint("control", __name__, url_prefix="/_control")
    blueprint.register_error_handler(ControlError, refused)
    blueprint.register_error_handler(ShapeError, lambda fault: refused(ControlError(str(fault))))
    for kind in (ValueError, TypeError, KeyError, AttributeError):
        blueprint.register_error_handler(kind, _misread)
    blueprint.register_error_handler(HTTPException, lambda fault: (jsonify(error=fault.description), fault.code))
    blueprint.before_request(refuse_foreign_origins)
    _add_user_calls(blueprint, platform)
    _add_listings(blueprint, platform)
    _add_fault_calls(blueprint, platform)
    _add_clock_calls(blueprint, platform)
    editing.add_calls(blueprint, platform)
    wecom.add_calls(blueprint, platform)
    return blueprint


def _misread(fault: Exception) -> tuple[Response, int]:
    """A part of the body is of a kind that the call cannot use."""
    return refused(ControlError(f"the body is not as it should be: {fault!r}"))


def _add_user_calls(blueprint: Blueprint, platform: Platform) -> None:
    @blueprint.post("/reset")
    def reset() -> Response:
        platform.reset(keep_clock=asked().get("keep_clock") is True)
        return jsonify(ok=True)

    @blueprint.post("/login-code")
    def login_code() -> Response:
        return jsonify(_issued(platform, "login"))

    @blueprint.post("/phone-code")
    def phone_code() -> Response:
        return jsonify(_issued(platform, "phone"))

    @blueprint.post("/subscribe")
    def subscribe_user() -> Response:
        return jsonify(subscribe(platform, asked()))

    @blueprint.post("/visit")
    def visit() -> Response:
        body = asked()
        with platform.lock:
            openid = platform.openid(asked_app(platform, body).appid, asked_user(platform, body))
            platform.visit(openid)
        return jsonify(openid=openid)

    @blueprint.post("/push")
    def push() -> Response:
        return jsonify(pushes.push(platform, asked()))


def _issued(platform: Platform, kind: str) -> dict[str, Any]:
    """A code of the mini program; with `channel: official` a log-in code is that of the web page."""
    body = asked()
    with platform.lock:
        app, user = asked_app(platform, body), asked_user(platform, body)
        if kind == "phone":
            life_s = platform.world.settings.phone_code_life_s
            code = issue_code(platform, "phone", app, user)
        else:
            life_s = CODE_LIFE_S
            code_kind: CodeKind = "login" if app.kind == "miniprogram" else "oauth"
            code = issue_code(platform, code_kind, app, user, str(body.get("scope") or "snsapi_base"))
        return {
            "code": code,
            "user": user.name,
            "openid": platform.openid(app.appid, user),
            "expires_in": life_s,
        }


def _add_listings(blueprint: Blueprint, platform: Platform) -> None:
    @blueprint.get("/sent")
    def sent() -> Response:
        return jsonify(sent_items(platform, request.args))

    @blueprint.get("/errors")
    def errors() -> Response:
        with platform.lock:
            return jsonify([to_plain(r) | {"at": iso(r.at)} for r in platform.state.refusals])

    @blueprint.get("/deliveries")
    def deliveries() -> Response:
        with platform.lock:
            return jsonify([to_plain(d) | {"at": iso(d.at)} for d in platform.state.deliveries])

    @blueprint.post("/settle")
    def settle() -> Response:
        """Wait until no callback is due or under way; false when that takes too long."""
        return jsonify(settled=platform.deliverer.settle(float(asked().get("timeout_s", 10))))


def _add_fault_calls(blueprint: Blueprint, platform: Platform) -> None:
    @blueprint.post("/faults")
    def order_fault() -> Response:
        return jsonify(to_plain(platform.faults.add(asked(), platform.clock.now())))

    @blueprint.get("/faults")
    def list_faults() -> Response:
        return jsonify(platform.faults.listed())

    @blueprint.delete("/faults")
    def clear_faults() -> Response:
        platform.faults.clear()
        return jsonify(ok=True)


def _add_clock_calls(blueprint: Blueprint, platform: Platform) -> None:
    @blueprint.get("/clock")
    def read_clock() -> Response:
        return jsonify(_clock(platform))

    @blueprint.post("/clock")
    def move_clock() -> Response:
        body = asked()
        if "advance_s" in body:
            platform.clock.advance(_seconds(body["advance_s"]))
        elif "offset_s" in body:
            platform.clock.move(_seconds(body["offset_s"]))
        elif "at" in body:
            platform.clock.set_to(_instant(body["at"]))
        else:
            raise ControlError("one of advance_s, at, offset_s is needed")
        return jsonify(_clock(platform))


def _clock(platform: Platform) -> dict[str, Any]:
    return {"now": iso(platform.clock.now()), "offset_s": platform.clock.offset_s}


def _seconds(value: Any) -> float:
    if type(value) not in (int, float) or not abs(value) < 10 * 366 * 86_400:
        raise ControlError("seconds are a number, within ten years")
    return float(value)


def _instant(value: Any) -> datetime:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        raise ControlError(f"not ISO-8601: {value!r}") from None
