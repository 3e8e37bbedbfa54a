"""The built H5 client at `/m/`, under a policy by which it can call nobody but us; and what waits for its owner."""

from pathlib import Path

from flask import Blueprint, Response, redirect, send_from_directory
from werkzeug.wrappers import Response as AnyResponse

from backend.core.http import FileBytes, endpoint, now
from backend.handheld.waiting import WaitingShape, list_waiting
from backend.people.caller import current_caller

bp = Blueprint("handheld", __name__)

BUILT = Path(__file__).resolve().parents[1] / "static" / "m"
YEAR_S = 31_536_000
# styles are written into elements by the framework; scripts never are
POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


@bp.get("/api/v1/organizations/<code>/waiting")
@endpoint(returns=list[WaitingShape])
def read_waiting(code: str) -> list[WaitingShape]:
    """What waits in an organisation for a word that one may give, beside its orders."""
    return list_waiting(current_caller(), code, now=now())


@bp.get("/m")
@endpoint(public=True)
def lead_to_client() -> AnyResponse:
    """Whoever types the address leaves the slash out."""
    return redirect("/m/", 308)


@bp.get("/m/", defaults={"file": "index.html"})
@bp.get("/m/<path:file>")
@endpoint(returns=FileBytes, public=True)
def show_client(file: str) -> Response:
    """A file of the client; names of assets hold their digest, so that they may be kept for a year."""
    response = send_from_directory(BUILT, file)
    kept = file.startswith("assets/")
    response.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable" if kept else "no-cache"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
