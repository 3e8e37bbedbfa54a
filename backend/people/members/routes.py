"""Single members over HTTP."""

from flask import Blueprint

from backend.core.clock import local_day
from backend.core.http import endpoint, now, settings
from backend.people.caller import current_caller
from backend.people.members import service
from backend.people.members.schemas import AddMember, ChangeMember, MemberShape

bp = Blueprint("members", __name__, url_prefix="/api/v1")


@bp.post("/organizations/<code>/members")
@endpoint(body=AddMember, returns=MemberShape, status=201)
def add_member(code: str, body: AddMember) -> MemberShape:
    """Add one member to a roster."""
    today = local_day(now(), settings().timezone)
    return service.add_member(current_caller(), code, body, today=today, now=now())


@bp.get("/members/<member_id>")
@endpoint(returns=MemberShape)
def read_member(member_id: str) -> MemberShape:
    """A member of a roster that one keeps, numbers masked."""
    return service.read_member(current_caller(), member_id)


@bp.patch("/members/<member_id>")
@endpoint(body=ChangeMember, returns=MemberShape)
def change_member(member_id: str, body: ChangeMember) -> MemberShape:
    """Correct what the roster says of a member; what is left out stays."""
    today = local_day(now(), settings().timezone)
    return service.change_member(current_caller(), member_id, body, today=today, now=now())
