"""Reading what a control call asks for, with errors that a person understands."""

from typing import Any

from flask import Response, jsonify, request

from emulator.config import App, User
from emulator.plain import ShapeError
from emulator.platform import Platform


class ControlError(ValueError):
    """A control call that cannot be carried out: HTTP status, sentence, further fields."""

    def __init__(self, message: str, status: int = 400, **fields: Any) -> None:
        super().__init__(message)
        self.status = status
        self.fields = fields


def asked() -> dict[str, Any]:
    """The JSON object of the request; none at all is an empty one."""
    if not request.get_data():
        return {}
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise ControlError("the body must be a JSON object")
    return body


def asked_user(platform: Platform, body: dict[str, Any]) -> User:
    name = body.get("user") or body.get("openid")
    user = platform.world.user(name) if isinstance(name, str) else None
    if user is None:
        raise ControlError(f"unknown user: {name!r}", 404)
    return user


def asked_app(platform: Platform, body: dict[str, Any], kind: str = "miniprogram") -> App:
    """By `appid`, else by `channel` (miniprogram or official), else the first app of `kind`."""
    appid = body.get("appid")
    try:
        app = platform.world.app(str(appid)) if appid else platform.world.app_of_kind(body.get("channel") or kind)
    except ShapeError as fault:
        raise ControlError(str(fault), 404) from fault
    if app is None:
        raise ControlError(f"unknown appid: {appid!r}", 404)
    return app


def refused(error: ControlError) -> tuple[Response, int]:
    return jsonify({"error": str(error), **error.fields}), error.status
