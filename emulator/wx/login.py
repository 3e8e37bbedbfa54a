"""Log-in of a mini program's user: codes, sessions, session keys."""

import hashlib
import hmac
from typing import Any

from emulator.calls import Call, Endpoint
from emulator.config import App, User
from emulator.errors import PlatformError
from emulator.ids import one_time_code, phone_code, session_key
from emulator.platform import Platform
from emulator.quotas import Limit, count
from emulator.state import CodeKind, OneTimeCode, Session
from emulator.wx.tokens import check_app

CODE_LIFE_S = 300
ROTATION_APART_S = 60


def issue_code(platform: Platform, kind: CodeKind, app: App, user: User, scope: str = "") -> str:
    """What wx.login, the phone-number button or the web page's redirect would bring."""
    code = phone_code() if kind == "phone" else one_time_code()
    platform.state.codes[code] = OneTimeCode(kind, app.appid, user.name, platform.clock.now(), scope=scope)
    return code


def use_code(call: Call, code: str, kind: CodeKind, appid: str, life_s: float, words: str) -> OneTimeCode:
    """Take a code once. Raises PlatformError 40029 (unknown, expired, other kind or app) or 40163 (used)."""
    found = call.platform.state.codes.get(code)
    if found is None or found.kind != kind or found.appid != appid or call.now >= found.issued_at + life_s:
        raise PlatformError(40029, words)
    if found.used:
        raise PlatformError(40163, "code been used,")
    found.used = True
    return found


def code_to_session(call: Call) -> dict[str, Any]:
    """GET /sns/jscode2session."""
    platform = call.platform
    app = check_app(platform, call.query("appid"), call.query("secret"), call.query("grant_type"), "authorization_code")
    if not call.query("js_code"):
        raise PlatformError(platform.world.settings.code("js_code_missing"))
    words = "invalid code,"  # the comma stands in the real answer of this call only
    code = use_code(call, call.query("js_code"), "login", app.appid, CODE_LIFE_S, words)
    user = platform.world.user(code.user)
    if user is None:
        raise PlatformError(40029, words)
    if user.blocked:
        raise PlatformError(40226)
    openid = platform.openid(app.appid, user)
    count(platform.state.counters, Limit(100, "minute", 45011), f"jscode2session {openid}", call.now)
    platform.visit(openid)
    unionid = {"unionid": platform.world.unionid(user)} if platform.world.settings.unionid else {}
    return {"session_key": _session(call, openid).key, "openid": openid, **unionid}


def _session(call: Call, openid: str) -> Session:
    """The user's session; its key changes with a log-in unless it changed within the last minute."""
    sessions = call.platform.state.sessions
    session = sessions.get(openid)
    if session is None or call.now - session.rotated_at >= ROTATION_APART_S:
        session = sessions[openid] = Session(session_key(), call.now)
    return session


def check_session(call: Call) -> dict[str, Any]:
    """GET /wxa/checksession: `signature` is HMAC-SHA256 of nothing under the session key."""
    _signed_session(call)
    return {"errcode": 0, "errmsg": "ok"}


def reset_session_key(call: Call) -> dict[str, Any]:
    """GET /wxa/resetusersessionkey: a new key, the old expiry."""
    if not call.query("openid") or not call.query("signature"):
        raise PlatformError(40097)
    session = _signed_session(call)
    session.key = session_key()
    return {"errcode": 0, "errmsg": "ok", "openid": call.query("openid"), "session_key": session.key}


def _signed_session(call: Call) -> Session:
    openid = call.query("openid")
    if call.platform.world.user_of_openid(openid, call.app.appid) is None:
        raise PlatformError(40003)
    if call.query("sig_method") != "hmac_sha256":
        raise PlatformError(87008)
    session = call.platform.state.sessions.get(openid)
    if session is None:
        raise PlatformError(87007)
    wanted = hmac.new(session.key.encode(), b"", hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, call.query("signature")):
        raise PlatformError(87009)
    return session


ENDPOINTS = [
    Endpoint("GET", "/sns/jscode2session", code_to_session, bearer=""),
    Endpoint("GET", "/wxa/checksession", check_session),
    Endpoint("GET", "/wxa/resetusersessionkey", reset_session_key, limits=(Limit(60_000, "minute", 45011),)),
]
