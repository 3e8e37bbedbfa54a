"""Pages of this machine may use the control calls; pages from elsewhere may not."""

import ipaddress
from urllib.parse import urlsplit

from flask import Response, request

from emulator.control.requests import ControlError

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_loopback(address: str) -> bool:
    """Is the address (http://127.0.0.1:8000/x) one of this machine?"""
    return urlsplit(address).hostname in LOOPBACK


def refuse_foreign_origins() -> None:
    """Raises ControlError 403 for a page from elsewhere; programs send no origin."""
    origin = request.headers.get("Origin")
    if origin is not None and not _is_trusted(origin):
        raise ControlError("pages from elsewhere may not use the control calls", 403)


def _is_trusted(origin: str) -> bool:
    if is_loopback(origin):
        return True
    # Own pages, opened by number from another machine. A name would not do: it may be made to point here.
    parts = urlsplit(origin)
    return parts.netloc == request.host and _is_number(parts.hostname or "")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def allow_local_origins(response: Response) -> Response:
    origin = request.headers.get("Origin", "")
    if request.path.startswith("/_control/") and origin and _is_trusted(origin):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Headers"] = "Content-Type"
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
        response.headers["Vary"] = "Origin"
    return response
