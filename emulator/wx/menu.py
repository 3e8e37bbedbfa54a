"""The menu below an official account's chat, and codes with a scene that lead to it."""

from typing import Any

from emulator.bodies import part_of
from emulator.calls import Call, Endpoint
from emulator.errors import PlatformError
from emulator.ids import random_text

MOST_TOP, MOST_SUB = 3, 5
TOP_NAME_BYTES, SUB_NAME_BYTES = 16, 60
KEY_BYTES, URL_BYTES = 128, 1024
OPEN_TYPES = ("view", "miniprogram")
SCENE_KINDS = {"QR_SCENE": "scene_id", "QR_STR_SCENE": "scene_str"}
LASTING_KINDS = {"QR_LIMIT_SCENE": "scene_id", "QR_LIMIT_STR_SCENE": "scene_str"}
LONGEST_SCENE_S = 2_592_000
USUAL_SCENE_S = 60
MOST_LASTING = 100_000
LONGEST_SCENE = 64


def create_menu(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/menu/create."""
    buttons = call.body.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= MOST_TOP:
        raise PlatformError(40016)
    for button in buttons:
        _check_top(button)
    call.platform.state.menus[call.app.appid] = {"button": buttons}
    return {"errcode": 0, "errmsg": "ok"}


def _check_top(button: Any) -> None:
    if not isinstance(button, dict):
        raise PlatformError(40016)
    _check_name(button, TOP_NAME_BYTES)
    children = button.get("sub_button")
    if not children:
        return _check_action(button)
    if not isinstance(children, list) or len(children) > MOST_SUB:
        raise PlatformError(40023)
    for child in children:
        if not isinstance(child, dict):
            raise PlatformError(40023)
        _check_name(child, SUB_NAME_BYTES)
        _check_action(child)


def _check_name(button: dict[str, Any], most: int) -> None:
    if not 1 <= len(str(button.get("name") or "").encode()) <= most:
        raise PlatformError(40018)


def _check_action(button: dict[str, Any]) -> None:
    if button.get("type") in OPEN_TYPES:
        if not 1 <= len(str(button.get("url") or "").encode()) <= URL_BYTES:
            raise PlatformError(40020)
    elif not 1 <= len(str(button.get("key") or "").encode()) <= KEY_BYTES:
        raise PlatformError(40019)


def get_menu(call: Call) -> dict[str, Any]:
    """GET /cgi-bin/menu/get."""
    menu = call.platform.state.menus.get(call.app.appid)
    if menu is None:
        raise PlatformError(46003, "menu no exist")
    return {"menu": menu}


def delete_menu(call: Call) -> dict[str, Any]:
    """GET /cgi-bin/menu/delete."""
    call.platform.state.menus.pop(call.app.appid, None)
    return {"errcode": 0, "errmsg": "ok"}


def create_code(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/qrcode/create; whoever scans it is an event SCAN, or subscribe with `qrscene_`."""
    action = str(call.body.get("action_name"))
    scene = part_of(part_of(call.body, "action_info"), "scene")
    value = scene.get((SCENE_KINDS | LASTING_KINDS).get(action, ""))
    if not value or len(str(value)) > LONGEST_SCENE:
        raise PlatformError(40097)
    ticket = f"gQ{random_text(94)}"
    answer: dict[str, Any] = {"ticket": ticket, "url": f"http://weixin.qq.com/q/{random_text(32)}"}
    if action in LASTING_KINDS:
        lasting = [known for known in call.platform.state.qr_tickets.values() if known["lasting"]]
        if len(lasting) >= MOST_LASTING:
            raise PlatformError(45029)
    else:
        answer["expire_seconds"] = _seconds(call.body.get("expire_seconds", USUAL_SCENE_S))
    call.platform.state.qr_tickets[ticket] = {"scene": str(value), "lasting": action in LASTING_KINDS}
    return answer


def _seconds(value: Any) -> int:
    if type(value) is not int or not 1 <= value <= LONGEST_SCENE_S:
        raise PlatformError(40097)
    return value


ENDPOINTS = [
    Endpoint("POST", "/cgi-bin/menu/create", create_menu, of="official"),
    Endpoint("GET", "/cgi-bin/menu/get", get_menu, of="official"),
    Endpoint("GET", "/cgi-bin/menu/delete", delete_menu, of="official"),
    Endpoint("POST", "/cgi-bin/qrcode/create", create_code, of="official"),
]
