"""Changing the world while it runs: apps, users, templates, robots, WeCom, settings, used-up quotas."""

from dataclasses import fields
from typing import Any

from flask import Blueprint, Response, jsonify

from emulator.config import App, Corp, Robot, Settings, Template, User
from emulator.control.requests import ControlError, asked
from emulator.plain import from_plain, to_plain
from emulator.platform import Platform
from emulator.quotas import Count, counter_name, span_at

# part of the world → the class of its entries and the name that identifies one
EDITABLE: dict[str, tuple[Any, str]] = {
    "apps": (App, "appid"),
    "users": (User, "name"),
    "templates": (Template, "id"),
    "robots": (Robot, "key"),
}


def add_calls(blueprint: Blueprint, platform: Platform) -> None:
    @blueprint.get("/world")
    def read_world() -> Response:
        with platform.lock:
            openids = {user.name: _openids(platform, user) for user in platform.world.users}
            phones = {user.name: platform.world.phone(user) for user in platform.world.users}
            return jsonify(to_plain(platform.world) | {"openids": openids, "phones": phones})

    @blueprint.post("/settings")
    def change_settings() -> Response:
        with platform.lock:
            settings = to_plain(platform.world.settings)
            changes = asked()
            codes = settings["codes"] | (changes.get("codes") or {})
            platform.world.settings = from_plain(Settings, settings | changes | {"codes": codes}, "settings")
            return jsonify(to_plain(platform.world.settings))

    @blueprint.post("/wecom")
    def change_wecom() -> Response:
        with platform.lock:
            corp = platform.world.wecom
            platform.world.wecom = from_plain(Corp, to_plain(corp) | asked(), "wecom")
            return jsonify(to_plain(platform.world.wecom))

    @blueprint.post("/used")
    def set_used() -> Response:
        """`{call, span, used, owner?}`: make it seem that a call was made so often in the running span."""
        body = asked()
        with platform.lock:
            return jsonify(_set_used(platform, body))

    @blueprint.post("/<any(apps, users, templates, robots):part>")
    def put_entries(part: str) -> Response:
        """Add entries, or change those whose name is known: one object, or a list as `{part: [...]}`."""
        body = asked()
        wanted = body.get(part, [body])
        with platform.lock:
            return jsonify([put_entry(platform, part, entry) for entry in wanted])


def _openids(platform: Platform, user: User) -> dict[str, str]:
    """By appid, and by the kind of app for the first of each kind."""
    by_kind = {app.kind: platform.openid(app.appid, user) for app in reversed(platform.world.apps)}
    return by_kind | {app.appid: platform.openid(app.appid, user) for app in platform.world.apps}


def _set_used(platform: Platform, body: dict[str, Any]) -> dict[str, Any]:
    call, span = str(body.get("call") or ""), body.get("span")
    if span not in ("second", "minute", "day") or type(body.get("used")) is not int:
        raise ControlError("span is second, minute or day, and used a whole number")
    # a call is counted for its owner; names without a slash (links, mass) are shared
    owner = str(body.get("owner") or platform.world.app_of_kind("miniprogram").appid)
    what = f"{call} {owner}" if call.startswith("/") else call
    platform.state.counters[counter_name(what, span)] = Count(span_at(span, platform.clock.now()), body["used"])
    return {"what": what, "span": span, "used": body["used"]}


def put_entry(platform: Platform, part: str, entry: Any) -> dict[str, Any]:
    kind, identity = EDITABLE[part]
    entries: list[Any] = getattr(platform.world, part)
    if not isinstance(entry, dict) or not entry.get(identity):
        raise ControlError(f"{part}: {identity} is needed")
    old = _known(platform, part, entry[identity])
    if old is None:
        new = from_plain(kind, entry, part)
        entries.append(new)
        return _plain(new)
    changed = from_plain(kind, to_plain(old) | entry, part)
    for field in fields(old):
        setattr(old, field.name, getattr(changed, field.name))
    return _plain(old)


def _known(platform: Platform, part: str, name: str) -> Any:
    if part == "users":  # these two may be many, and have an index
        return platform.world.user(name)
    if part == "robots":
        return platform.world.robot(name)
    identity = EDITABLE[part][1]
    return next((old for old in getattr(platform.world, part) if getattr(old, identity) == name), None)


def _plain(entry: Any) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain(entry)
    return plain
