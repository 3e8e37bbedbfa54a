"""Pages of this machine may use the control calls; pages from elsewhere may not read them."""

from urllib.parse import urlsplit

from flask import Response, request

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_loopback(address: str) -> bool:
    """Is the address (http://127.0.0.1:8000/x) one of this machine?"""
    return urlsplit(address).hostname in LOOPBACK


def allow_local_origins(response: Response) -> Response:
    origin = request.headers.get("Origin", "")
    if request.path.startswith("/_control/") and origin and is_loopback(origin):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Headers"] = "Content-Type"
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
        response.headers["Vary"] = "Origin"
    return response
