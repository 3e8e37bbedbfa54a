"""Phone numbers: a code from the phone-number button against the number."""

from typing import Any

from emulator.calls import Call, Endpoint
from emulator.errors import PlatformError
from emulator.quotas import Limit


def get_phone_number(call: Call) -> dict[str, Any]:
    """POST /wxa/business/getuserphonenumber. A used or expired code and a log-in code are all 40029."""
    settings = call.platform.world.settings
    code = call.body.get("code")
    if not code or not isinstance(code, str):
        raise PlatformError(settings.code("phone_code_missing"))
    found = call.platform.state.codes.get(code)
    if found is None or found.kind != "phone" or found.used:
        raise PlatformError(40029, hint=True)
    if call.now >= found.issued_at + settings.phone_code_life_s:
        raise PlatformError(40029, hint=True)
    if found.appid != call.app.appid:
        raise PlatformError(40013)
    user = call.platform.world.user(found.user)
    if user is None:
        raise PlatformError(40029, hint=True)
    openid = call.body.get("openid")
    if openid and openid != call.platform.openid(call.app.appid, user):
        raise PlatformError(settings.code("phone_openid_mismatch"))
    found.used = True
    return {"errcode": 0, "errmsg": "ok", "phone_info": _phone_info(call, call.platform.world.phone(user))}


def _phone_info(call: Call, phone: str) -> dict[str, Any]:
    return {
        "phoneNumber": phone,
        "purePhoneNumber": phone,
        "countryCode": "86",
        "watermark": {"timestamp": int(call.now), "appid": call.app.appid},
    }


ENDPOINTS = [
    Endpoint("POST", "/wxa/business/getuserphonenumber", get_phone_number, limits=(Limit(5_000, "minute", 45011),)),
]
