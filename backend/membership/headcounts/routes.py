"""The number of members over HTTP."""

from flask import Blueprint

from backend.core.http import endpoint
from backend.membership.headcounts import reading
from backend.people.caller import current_caller
from backend.people.schemas import MemberCount

bp = Blueprint("headcounts", __name__, url_prefix="/api/v1")


@bp.get("/organizations/<code>/members/count")
@endpoint(returns=MemberCount)
def read_member_count(code: str) -> MemberCount:
    """How many members have their home here, and here or below."""
    return reading.read_count(current_caller(), code)
