"""What is open to join, over HTTP."""

from flask import Blueprint

from backend.core.http import endpoint, now, settings
from backend.learning.openings import reading
from backend.learning.openings.schemas import OpeningsShape
from backend.people.caller import current_caller

bp = Blueprint("openings", __name__, url_prefix="/api/v1")


@bp.get("/me/openings")
@endpoint(returns=OpeningsShape)
def list_openings() -> OpeningsShape:
    """What gives hours and can still be joined, for oneself."""
    return reading.list_openings(current_caller(), timezone=settings().timezone, now=now())
