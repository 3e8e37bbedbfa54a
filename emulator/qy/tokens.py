"""Access tokens of WeCom: the same one while it lives."""

from typing import Any

from emulator.calls import Call, Endpoint
from emulator.errors import PlatformError
from emulator.wx.tokens import LIFE_S, current, issue


def get_token(call: Call) -> dict[str, Any]:
    """GET /cgi-bin/gettoken?corpid&corpsecret."""
    corp = call.platform.world.wecom
    if not call.query("corpid"):
        raise PlatformError(41002)
    if not call.query("corpsecret"):
        raise PlatformError(41004)
    if call.query("corpid") != corp.corp_id:
        raise PlatformError(40013)
    if call.query("corpsecret") != corp.secret:
        raise PlatformError(40001)
    address = call.request.remote_addr or ""
    if corp.trusted_ips and address not in corp.trusted_ips:
        raise PlatformError(60020)
    token = current(call.platform.state, "corp", corp.corp_id)
    if token is None or call.now >= token.expires_at:
        token = issue(call.platform.state, "corp", corp.corp_id, call.now, LIFE_S)
    seconds = int(token.expires_at - call.now)
    return {"errcode": 0, "errmsg": "ok", "access_token": token.value, "expires_in": seconds}


ENDPOINTS = [Endpoint("GET", "/cgi-bin/gettoken", get_token, bearer="")]
