"""Small calls about an account: JS-SDK tickets, followers, the platform's addresses."""

from typing import Any

from emulator.calls import Call, Endpoint
from emulator.errors import PlatformError
from emulator.ids import random_text

TICKET_LIFE_S = 7200
ADDRESSES = ["127.0.0.1"]


def get_ticket(call: Call) -> dict[str, Any]:
    """GET /cgi-bin/ticket/getticket?type=jsapi: the same ticket while it lives."""
    if call.query("type") not in ("jsapi", "wx_card"):
        raise PlatformError(40097)
    name = f"{call.query('type')} {call.app.appid}"
    ticket, ends = call.platform.state.tickets.get(name, ["", "0"])
    if call.now >= float(ends):
        ticket, ends = random_text(86), str(call.now + TICKET_LIFE_S)
        call.platform.state.tickets[name] = [ticket, ends]
    return {"errcode": 0, "errmsg": "ok", "ticket": ticket, "expires_in": int(float(ends) - call.now)}


def get_follower(call: Call) -> dict[str, Any]:
    """GET /cgi-bin/user/info: `subscribe` 0 for one who does not follow."""
    openid = call.query("openid")
    user = call.platform.world.user_of_openid(openid, call.app.appid)
    if user is None:
        raise PlatformError(40003)
    if not user.follows:
        return {"subscribe": 0, "openid": openid}
    unionid = {"unionid": call.platform.world.unionid(user)} if call.platform.world.settings.unionid else {}
    return {"subscribe": 1, "openid": openid, "language": "zh_CN", "remark": "", "tagid_list": [], **unionid}


def list_followers(call: Call) -> dict[str, Any]:
    """GET /cgi-bin/user/get."""
    platform = call.platform
    openids = [platform.openid(call.app.appid, user) for user in platform.world.users if user.follows]
    last = openids[-1] if openids else ""
    return {"total": len(openids), "count": len(openids), "data": {"openid": openids}, "next_openid": last}


def get_addresses(_call: Call) -> dict[str, Any]:
    """GET /cgi-bin/getcallbackip and /cgi-bin/get_api_domain_ip."""
    return {"ip_list": ADDRESSES}


ENDPOINTS = [
    Endpoint("GET", "/cgi-bin/ticket/getticket", get_ticket, of="official"),
    Endpoint("GET", "/cgi-bin/user/info", get_follower, of="official"),
    Endpoint("GET", "/cgi-bin/user/get", list_followers, of="official"),
    Endpoint("GET", "/cgi-bin/getcallbackip", get_addresses, of="any"),
    Endpoint("GET", "/cgi-bin/get_api_domain_ip", get_addresses, of="any"),
]
