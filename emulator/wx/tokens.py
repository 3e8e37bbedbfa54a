"""Access tokens: the classic kind, which every call replaces, and the stable kind."""

from typing import Any

from emulator.calls import Call, Endpoint
from emulator.config import App
from emulator.errors import PlatformError
from emulator.ids import access_token
from emulator.platform import Platform
from emulator.quotas import Limit, count
from emulator.state import State, Token, TokenKind

LIFE_S = 7200
OVERLAP_S = 300  # how long the token before still works
RENEWED_AHEAD_S = 300
FORCED_APART_S = 30
FORCED_PER_DAY = 20
DAY_S = 86_400


def check_app(platform: Platform, appid: str, secret: str, grant_type: str, wanted: str) -> App:
    """Raises PlatformError 41002, 41004, 40002, 40013, 40125 or 40243, in this order."""
    if not appid:
        raise PlatformError(41002)
    if not secret:
        raise PlatformError(41004)
    if grant_type != wanted:
        raise PlatformError(40002)
    app = platform.world.app(appid)
    if app is None:
        raise PlatformError(40013)
    if app.secret_frozen:
        raise PlatformError(40243)
    if app.secret != secret:
        raise PlatformError(platform.world.settings.code("wrong_secret"), hint=True)
    return app


def _check_address(call: Call, app: App) -> None:
    address = call.request.remote_addr or ""
    if app.ip_allowlist and address not in app.ip_allowlist:
        raise PlatformError(40164, f"invalid ip {address}, not in whitelist", hint=True)


def issue(state: State, kind: TokenKind, owner: str, now: float, life_s: float = LIFE_S) -> Token:
    """A new token in the place of the current one, which is left as it is."""
    _forget_dead(state, now)
    token = Token(access_token(), kind, owner, now, now + life_s)
    state.tokens[token.value] = token
    state.current_tokens[f"{kind}:{owner}"] = token.value
    return token


def current(state: State, kind: TokenKind, owner: str) -> Token | None:
    return state.tokens.get(state.current_tokens.get(f"{kind}:{owner}", ""))


def _forget_dead(state: State, now: float) -> None:
    """A token dead for a day is forgotten; from then on it is unknown (40001) instead of expired (42001)."""
    for value in [value for value, token in state.tokens.items() if token.expires_at < now - DAY_S]:
        del state.tokens[value]


def get_token(call: Call) -> dict[str, Any]:
    """GET /cgi-bin/token: always a new token; the one before works for five minutes more."""
    platform = call.platform
    grant_type = call.query("grant_type")
    app = check_app(platform, call.query("appid"), call.query("secret"), grant_type, "client_credential")
    _check_address(call, app)
    daily = Limit(platform.world.settings.daily_token_quota, "day", 45009)
    count(platform.state.counters, daily, f"token {app.appid}", call.now)
    former = current(platform.state, "classic", app.appid)
    if former:
        former.dies_at = call.now + OVERLAP_S
    token = issue(platform.state, "classic", app.appid, call.now)
    return {"access_token": token.value, "expires_in": LIFE_S}


def get_stable_token(call: Call) -> dict[str, Any]:
    """POST /cgi-bin/stable_token: the same token while it is good for five minutes more."""
    body = call.body
    appid, secret = str(body.get("appid") or ""), str(body.get("secret") or "")
    grant_type = str(body.get("grant_type") or "")
    app = check_app(call.platform, appid, secret, grant_type, "client_credential")
    _check_address(call, app)
    for limit in (Limit(10_000, "minute", 45011), Limit(500_000, "day", 45009)):
        count(call.platform.state.counters, limit, f"stable_token {appid}", call.now)
    token = _stable_token(call, app, forced=body.get("force_refresh") is True)
    return {"access_token": token.value, "expires_in": int(token.expires_at - call.now)}


def _stable_token(call: Call, app: App, *, forced: bool) -> Token:
    state, now = call.platform.state, call.now
    token = current(state, "stable", app.appid)
    if token is None or now >= token.expires_at:
        return issue(state, "stable", app.appid, now)
    if forced and _may_force(state, app.appid, now):
        token.dies_at = now
        return issue(state, "stable", app.appid, now)
    if token.expires_at - now < RENEWED_AHEAD_S:
        token.dies_at = now + OVERLAP_S
        return issue(state, "stable", app.appid, now)
    return token


def _may_force(state: State, appid: str, now: float) -> bool:
    """At most 20 forced refreshes in 24 hours, 30 seconds apart; one too many changes nothing."""
    recent = [at for at in state.forced_refreshes.get(appid, []) if at > now - DAY_S]
    state.forced_refreshes[appid] = recent
    if len(recent) >= FORCED_PER_DAY or (recent and now - recent[-1] < FORCED_APART_S):
        return False
    recent.append(now)
    return True


ENDPOINTS = [
    Endpoint("GET", "/cgi-bin/token", get_token, bearer=""),
    Endpoint("POST", "/cgi-bin/stable_token", get_stable_token, bearer=""),
]
