"""Web log-in of the official account (OAuth 2): page codes against openids, and profiles."""

from typing import Any

from emulator.calls import Call, Endpoint
from emulator.config import App, User
from emulator.errors import PlatformError
from emulator.ids import random_text
from emulator.wx.login import CODE_LIFE_S, use_code
from emulator.wx.tokens import check_app, issue

REFRESH_LIFE_S = 30 * 86_400
SCOPES = ("snsapi_base", "snsapi_userinfo")


def get_web_token(call: Call) -> dict[str, Any]:
    """GET /sns/oauth2/access_token."""
    platform = call.platform
    wanted = "authorization_code"
    app = check_app(platform, call.query("appid"), call.query("secret"), call.query("grant_type"), wanted)
    if not call.query("code"):
        raise PlatformError(41008)
    code = use_code(call, call.query("code"), "oauth", app.appid, CODE_LIFE_S, "invalid code,")
    user = platform.world.user(code.user)
    if user is None:
        raise PlatformError(40029)
    return _granted(call, app, user, code.scope)


def _granted(call: Call, app: App, user: User, scope: str) -> dict[str, Any]:
    platform = call.platform
    openid = platform.openid(app.appid, user)
    platform.visit(openid)
    token = issue(platform.state, "oauth", f"{app.appid} {openid} {scope}", call.now)
    refresh = f"refresh_{random_text(120)}"
    platform.state.refresh_tokens[refresh] = [app.appid, user.name, scope, str(call.now + REFRESH_LIFE_S)]
    settings = platform.world.settings
    unionid = {"unionid": platform.world.unionid(user)} if settings.unionid and settings.oauth_unionid else {}
    return {
        "access_token": token.value,
        "expires_in": int(token.expires_at - token.issued_at),
        "refresh_token": refresh,
        "openid": openid,
        "scope": scope,
        **unionid,
    }


def refresh_web_token(call: Call) -> dict[str, Any]:
    """GET /sns/oauth2/refresh_token: for 30 days."""
    if call.query("grant_type") != "refresh_token":
        raise PlatformError(40002)
    appid, name, scope, ends = call.platform.state.refresh_tokens.get(call.query("refresh_token"), ["", "", "", "0"])
    app, user = call.platform.world.app(appid), call.platform.world.user(name)
    if app is None or user is None or call.now >= float(ends):
        raise PlatformError(40030)
    if call.query("appid") != appid:
        raise PlatformError(40013)
    return _granted(call, app, user, scope)


def check_web_token(call: Call) -> dict[str, Any]:
    """GET /sns/auth: is the web token still good for that openid?"""
    _token_owner(call)
    return {"errcode": 0, "errmsg": "ok"}


def get_profile(call: Call) -> dict[str, Any]:
    """GET /sns/userinfo, only with the scope snsapi_userinfo."""
    user, scope = _token_owner(call)
    if scope != "snsapi_userinfo":
        raise PlatformError(48001)
    profile = {
        "sex": 0,
        "language": "",
        "city": "",
        "province": "",
        "country": "",
        "headimgurl": "",
        "privilege": [],
    }
    unionid = {"unionid": call.platform.world.unionid(user)} if call.platform.world.settings.unionid else {}
    return {"openid": call.query("openid"), "nickname": user.display_name, **profile, **unionid}


def _token_owner(call: Call) -> tuple[User, str]:
    """Raises PlatformError 41001, 40001, 42001 for the token and 40003 for another's openid."""
    value = call.query("access_token")
    if not value:
        raise PlatformError(41001)
    token = call.platform.state.tokens.get(value)
    if token is None or token.kind != "oauth":
        raise PlatformError(40001)
    if call.now >= token.expires_at:
        raise PlatformError(42001)
    _, openid, scope = token.owner.split(" ")
    user = call.platform.world.user_of_openid(openid)
    if user is None or openid != call.query("openid"):
        raise PlatformError(40003)
    return user, scope


ENDPOINTS = [
    Endpoint("GET", "/sns/oauth2/access_token", get_web_token, bearer=""),
    Endpoint("GET", "/sns/oauth2/refresh_token", refresh_web_token, bearer=""),
    Endpoint("GET", "/sns/auth", check_web_token, bearer=""),
    Endpoint("GET", "/sns/userinfo", get_profile, bearer=""),
]
