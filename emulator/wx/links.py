"""Links that open the mini program from outside: URL links and URL schemes, 30 days at most."""

import re
from typing import Any

from emulator.bodies import part_of
from emulator.calls import Call, Endpoint
from emulator.errors import PlatformError
from emulator.ids import random_text
from emulator.quotas import Limit

QUERY = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~%]*")
LONGEST_QUERY = 1024
SHORTEST_S = 60
LONGEST_DAYS = 30
DAY_S = 86_400
# Both kinds of link draw on the same quota.
LIMITS = (Limit(100, "second", 44990, "links"), Limit(500_000, "day", 44993, "links"))


def generate_url_link(call: Call) -> dict[str, Any]:
    """POST /wxa/generate_urllink."""
    target = _target(call, call.body)
    link = f"https://wxaurl.cn/{random_text(11)}"
    call.platform.state.links[link] = target | {"expires_at": _expiry(call)}
    return {"errcode": 0, "errmsg": "ok", "url_link": link}


def generate_scheme(call: Call) -> dict[str, Any]:
    """POST /wxa/generatescheme."""
    target = _target(call, part_of(call.body, "jump_wxa"))
    link = f"weixin://dl/business/?t={random_text(11)}"
    call.platform.state.links[link] = target | {"expires_at": _expiry(call)}
    return {"errcode": 0, "errmsg": "ok", "openlink": link}


def _target(call: Call, asked: dict[str, Any]) -> dict[str, Any]:
    """Where the link leads. Raises PlatformError 85407, 85079, 40165, 40212 or 85402."""
    if call.app.personal_subject:
        raise PlatformError(85407)
    if not call.app.published:
        raise PlatformError(85079)
    path, query = str(asked.get("path") or ""), str(asked.get("query") or "")
    pages = call.platform.world.settings.pages
    if "?" in path or (path and pages != "any" and path.lstrip("/") not in pages):
        raise PlatformError(40165)
    if len(query) > LONGEST_QUERY or not QUERY.fullmatch(query):
        raise PlatformError(40212)
    if asked.get("env_version", "release") not in ("release", "trial", "develop"):
        raise PlatformError(85402)
    return {"appid": call.app.appid, "path": path, "query": query}


def _expiry(call: Call) -> float:
    """When the link ends; 30 days where nothing is said. Raises PlatformError 85401."""
    body = call.body
    if body.get("expire_type") == 1:
        days = body.get("expire_interval")
        if type(days) is not int or not 1 <= days <= LONGEST_DAYS:
            raise PlatformError(85401)
        return call.now + days * DAY_S
    at = body.get("expire_time")
    if not at:
        return call.now + LONGEST_DAYS * DAY_S
    if type(at) is not int or not SHORTEST_S <= at - call.now <= LONGEST_DAYS * DAY_S:
        raise PlatformError(85401)
    return float(at)


ENDPOINTS = [
    Endpoint("POST", "/wxa/generate_urllink", generate_url_link, limits=LIMITS),
    Endpoint("POST", "/wxa/generatescheme", generate_scheme, limits=LIMITS),
]
