"""What a user chooses in the subscription dialog or in the settings."""

from typing import Any

from emulator.bodies import list_of
from emulator.callbacks.events import subscribe_change, subscribe_popup
from emulator.config import App, Template
from emulator.control.requests import ControlError, asked_app, asked_user
from emulator.plain import to_plain
from emulator.platform import Platform
from emulator.wx.subscribe import add_credits, credits_of

MOST_TEMPLATES = 5
MIXED_KINDS = 20002  # what wx.requestSubscribeMessage reports to the page
TOO_MANY = 20003


def subscribe(platform: Platform, body: dict[str, Any]) -> dict[str, Any]:
    """Accept or reject; pushes the event and waits for its delivery unless `wait` is false.

    With `users`, all of them choose the same, and none is waited for.
    `source: "settings"` is the switch in the service-notification menu: rejecting there takes all credits.
    """
    if "users" in body:
        alone = {name: value for name, value in body.items() if name != "users"}
        chosen = [subscribe(platform, {**alone, "user": name, "wait": False}) for name in list_of(body, "users")]
        return {"users": len(chosen)}
    with platform.lock:
        user, templates = asked_user(platform, body), _templates(platform, body)
        app = asked_app(platform, body, "official" if templates[0].use == "bizsend" else "miniprogram")
        openid = platform.openid(app.appid, user)
        results = {template.id: _result(body) for template in templates}
        event = _choose(platform, app, openid, results, from_settings=body.get("source") == "settings")
        credits = {template.id: credits_of(platform.state, openid, template.id) for template in templates}
    answer: dict[str, Any] = {"openid": openid, "results": results, "credits": credits, "callback": None}
    if event and app.callback_url and body.get("wait", True):
        answer["callback"] = to_plain(platform.deliverer.send_now(app, user.name, event)[0])
    elif event:
        platform.deliverer.send_later(app, user.name, event)
    return answer


def _templates(platform: Platform, body: dict[str, Any]) -> list[Template]:
    """Raises ControlError as the dialog would: no more than five, not both kinds at once."""
    ids = body.get("template_ids") or [body.get("template_id")]
    if len(ids) > MOST_TEMPLATES:
        raise ControlError("no more than five templates at once", errCode=TOO_MANY)
    found = [template for template in map(platform.world.template, ids) if template]
    if len(found) < len(ids):
        raise ControlError(f"unknown template in {ids!r}", 404)
    if len({template.kind for template in found}) > 1:
        raise ControlError("one-time and long-term templates cannot be mixed", errCode=MIXED_KINDS)
    return found


def _result(body: dict[str, Any]) -> str:
    result = body.get("result", "accept")
    if result not in ("accept", "reject"):
        raise ControlError("result is accept or reject")
    return str(result)


def _choose(
    platform: Platform, app: App, openid: str, results: dict[str, str], *, from_settings: bool
) -> dict[str, Any] | None:
    """Change the credits; the event that tells of it, None when the platform stays silent."""
    rejected = [template_id for template_id, result in results.items() if result == "reject"]
    if not from_settings:
        for template_id in results.keys() - set(rejected):
            add_credits(platform.state, openid, template_id, 1)
        return subscribe_popup(app, openid, results, platform.clock.now())
    for template_id in rejected:
        platform.state.credits[f"{openid} {template_id}"] = 0
    return subscribe_change(app, openid, rejected, platform.clock.now()) if rejected else None
