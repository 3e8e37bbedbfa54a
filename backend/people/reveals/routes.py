"""Reveals over HTTP."""

from flask import Blueprint

from backend.core.http import endpoint, now
from backend.people.caller import current_caller
from backend.people.reveals import service
from backend.people.reveals.schemas import RevealedField, RevealField

bp = Blueprint("reveals", __name__, url_prefix="/api/v1")


@bp.post("/members/<member_id>/reveal")
@endpoint(body=RevealField, returns=RevealedField, replayable=False)
def reveal_field(member_id: str, body: RevealField) -> RevealedField:
    """A masked field in full, for a purpose; logged, and the member can read it."""
    return service.reveal_field(current_caller(), member_id, body, now=now())
