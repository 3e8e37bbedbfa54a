"""The official account's log-in page: a person picks who they are and goes back with a code."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from emulator.config import App
from emulator.control.origins import is_loopback
from emulator.platform import Platform
from emulator.wx.login import issue_code
from emulator.wx.web_login import SCOPES

COLOURS = ("#3f7fb5", "#4b9b6e", "#b5713f", "#8062a8", "#a84f5d", "#4e8f97", "#7a7f45")
MOST_CHOICES = 200
PICK = "emulator_user"  # not part of the platform: who was picked


def oauth_blueprint(platform: Platform) -> Blueprint:
    blueprint = Blueprint("oauth", __name__, template_folder="templates")

    @blueprint.get("/open/connect/oauth2/authorize")
    def authorize() -> AnyResponse | tuple[str, int] | str:
        app = platform.world.app(request.args.get("appid", ""))
        fault = _fault(platform, app)
        if app is None or fault:
            return render_template("oauth_refused.html", fault=fault), 400
        picked = platform.world.user(request.args.get(PICK, ""))
        if picked is None:
            return render_template("oauth.html", choices=_choices(platform), app=app)
        with platform.lock:
            code = issue_code(platform, "oauth", app, picked, request.args["scope"])
        return _back(request.args["redirect_uri"], code, request.args.get("state", ""))

    return blueprint


def _fault(platform: Platform, app: App | None) -> str:
    """Why the request cannot be served, in the platform's words; empty when it can."""
    if app is None or app.kind != "official":
        return "AppID 参数错误"
    target = request.args.get("redirect_uri", "")
    allowed = platform.world.settings.oauth_hosts
    if not (is_loopback(target) or urlsplit(target).hostname in allowed):
        return "redirect_uri 域名与后台配置不一致，错误码：10003"
    if request.args.get("response_type") != "code":
        return "response_type 参数错误"
    if request.args.get("scope") not in SCOPES:
        return "Scope 参数错误或没有 Scope 权限，错误码：10005"
    return ""


def _choices(platform: Platform) -> list[dict[str, str]]:
    asked = request.args.to_dict()
    return [
        {
            "colour": COLOURS[i % len(COLOURS)],
            "name": u.name,
            "display_name": u.display_name,
            "href": f"?{urlencode(asked | {PICK: u.name})}",
        }
        for i, u in enumerate(platform.world.users[:MOST_CHOICES])
    ]


def _back(target: str, code: str, state: str) -> Response | AnyResponse:
    parts = urlsplit(target)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("code", code), ("state", state)]
    return redirect(urlunsplit(parts._replace(query=urlencode(query))))
