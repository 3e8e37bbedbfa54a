"""Minutes over HTTP."""

from flask import Blueprint

from backend.branch_life.minutes import service
from backend.branch_life.minutes.schemas import MinutesShape, WriteMinutes
from backend.core.http import endpoint, now
from backend.people.caller import current_caller

bp = Blueprint("minutes", __name__, url_prefix="/api/v1")


@bp.post("/activities/<activity_id>/minutes")
@endpoint(body=WriteMinutes, returns=MinutesShape, status=201)
def write_minutes(activity_id: str, body: WriteMinutes) -> MinutesShape:
    """Write the minutes; quorum and votes are computed from the roll and kept with them."""
    return service.write_minutes(current_caller(), activity_id, body, now=now())


@bp.get("/activities/<activity_id>/minutes")
@endpoint(returns=MinutesShape)
def read_minutes(activity_id: str) -> MinutesShape:
    """Minutes, voting as the roll says now, and what is missing."""
    return service.read_minutes(current_caller(), activity_id, now=now())
