"""The check that the platform makes when a callback address is saved."""

import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from emulator.callbacks.crypto import signature
from emulator.callbacks.delivery import request
from emulator.config import App

if TYPE_CHECKING:
    from emulator.platform import Platform


def verify(platform: "Platform", app: App) -> bool:
    """GET with a signature; the answer must be `echostr`, byte for byte."""
    timestamp, nonce = str(int(platform.clock.now())), str(secrets.randbelow(10**10))
    echo = str(secrets.randbelow(10**19))
    query = {"signature": signature(app.token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
    path = f"{urlsplit(app.callback_url).path or '/'}?{urlencode(query | {'echostr': echo})}"
    status, body = request("GET", app.callback_url, path, platform.world.settings.callback_timeout_s)
    return status == "200" and body == echo.encode()
