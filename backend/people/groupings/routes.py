"""Cells and tags over HTTP."""

from flask import Blueprint

from backend.core.clock import local_day
from backend.core.http import endpoint, now, settings
from backend.people.caller import current_caller
from backend.people.groupings import service
from backend.people.groupings.schemas import CellMembers, CellShape, TaggedShape, TagMember, TagShape

bp = Blueprint("groupings", __name__, url_prefix="/api/v1")


@bp.put("/organizations/<code>/cell-members")
@endpoint(body=CellMembers, returns=CellShape)
def set_cell_members(code: str, body: CellMembers) -> CellShape:
    """Say who is in a Party cell."""
    today = local_day(now(), settings().timezone)
    return service.set_cell_members(current_caller(), code, body, today=today)


@bp.put("/organizations/<code>/members/<member_id>/tags")
@endpoint(body=TagMember, returns=TaggedShape)
def tag_member(code: str, member_id: str, body: TagMember) -> TaggedShape:
    """Give a member the branch's tags."""
    today = local_day(now(), settings().timezone)
    return service.tag_member(current_caller(), code, member_id, body, today=today)


@bp.get("/organizations/<code>/tags")
@endpoint(returns=list[TagShape])
def list_tags(code: str) -> list[TagShape]:
    """The tags of a branch."""
    return service.list_tags(current_caller(), code)
