"""Mini-program codes: a QR code that a test can decode stands for the round code."""

import io
import re
from typing import Any

from emulator.answers import File
from emulator.calls import Call, Endpoint
from emulator.errors import PlatformError
from emulator.quotas import Limit

SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]+")
LONGEST_SCENE = 32
LONGEST_PATH = 1024
NARROWEST, WIDEST, USUAL = 280, 1280, 430
MOST_LIMITED_CODES = 100_000
QUIET_ZONE = 4


def get_unlimited_code(call: Call) -> File:
    """POST /wxa/getwxacodeunlimit. The code reads `EMU:<appid>:<page>:<scene>`."""
    body = call.body
    scene = _scene(body.get("scene"))
    page = _page(call, body.get("page"), check=body.get("check_path", True) is not False)
    if body.get("env_version", "release") not in ("release", "trial", "develop"):
        raise PlatformError(40097)
    return _drawn(f"EMU:{call.app.appid}:{page}:{scene}", body)


def _scene(scene: Any) -> str:
    if not isinstance(scene, str) or not 1 <= len(scene) <= LONGEST_SCENE:
        raise PlatformError(40169)
    if not SCENE.fullmatch(scene):
        raise PlatformError(40129)
    if "scancode_time" in scene:
        raise PlatformError(85096)
    return scene


def _page(call: Call, page: Any, *, check: bool) -> str:
    if not page:
        return ""
    published = call.platform.world.settings.pages
    if not isinstance(page, str) or page.startswith("/") or "?" in page:
        raise PlatformError(41030)
    if check and published != "any" and page not in published:
        raise PlatformError(41030)
    return page


def get_limited_code(call: Call) -> File:
    """POST /wxa/getwxacode and /cgi-bin/wxaapp/createwxaqrcode: 100,000 of both in all."""
    path = call.body.get("path")
    if not isinstance(path, str) or not 1 <= len(path) <= LONGEST_PATH:
        raise PlatformError(40097)
    with call.platform.lock:
        made = call.platform.state.limited_codes
        text = f"EMU:{call.app.appid}:{path}"
        if text not in made and len(made) >= MOST_LIMITED_CODES:
            raise PlatformError(45029)
        made[text] = made.get(text, 0) + 1
    return _drawn(text, call.body)


def _drawn(text: str, body: dict[str, Any]) -> File:
    """Raises PlatformError 40097 for a width or a colour that cannot be drawn."""
    width = body.get("width", USUAL)
    if type(width) is not int or not NARROWEST <= width <= WIDEST:
        raise PlatformError(40097)
    background = None if body.get("is_hyaline") is True else "white"
    return File(qr_png(text, width, _colour(body.get("line_color")), background), "image/png")


def _colour(colour: Any) -> tuple[int, int, int]:
    if colour is None:
        return (0, 0, 0)
    try:
        red, green, blue = (int(colour[name]) for name in ("r", "g", "b"))
    except (KeyError, TypeError, ValueError):
        raise PlatformError(40097) from None
    if not all(0 <= part <= 255 for part in (red, green, blue)):
        raise PlatformError(40097)
    return (red, green, blue)


def qr_png(text: str, width: int, colour: tuple[int, int, int], background: str | None) -> bytes:
    """A QR code of about `width` pixels."""
    import segno  # only here: most runs never draw

    code = segno.make(text, error="m", micro=False)
    scale = max(width // (code.symbol_size()[0]), 1)
    buffer = io.BytesIO()
    code.save(buffer, kind="png", scale=scale, border=QUIET_ZONE, dark=colour, light=background)
    return buffer.getvalue()


ENDPOINTS = [
    Endpoint(
        "POST",
        "/wxa/getwxacodeunlimit",
        get_unlimited_code,
        limits=(Limit(5_000, "minute", 45009),),
        locked=False,
    ),
    Endpoint("POST", "/wxa/getwxacode", get_limited_code, limits=(Limit(5_000, "minute", 45009),), locked=False),
    Endpoint(
        "POST",
        "/cgi-bin/wxaapp/createwxaqrcode",
        get_limited_code,
        limits=(Limit(5_000, "minute", 45009),),
        locked=False,
    ),
]
