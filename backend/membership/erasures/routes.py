"""Erasures over HTTP."""

from flask import Blueprint

from backend.core.http import endpoint, extension, now
from backend.membership.erasures import service
from backend.membership.erasures.schemas import AskErasure, ErasureOutlook, ErasureShape
from backend.people.caller import current_caller

bp = Blueprint("erasures", __name__, url_prefix="/api/v1")


@bp.get("/me/erasure-requests")
@endpoint(returns=ErasureOutlook)
def read_outlook() -> ErasureOutlook:
    """What an erasure deletes and what stays on what ground; one's requests so far."""
    return service.outlook(current_caller(), extension("erasure"))


@bp.post("/me/erasure-requests")
@endpoint(body=AskErasure, returns=ErasureShape, status=201)
def ask_erasure(body: AskErasure) -> ErasureShape:
    """Ask for one's account to be erased in a week."""
    return service.ask_erasure(current_caller(), body, extension("erasure"), now=now())


@bp.post("/me/erasure-requests/<request_id>/cancel")
@endpoint(returns=ErasureShape)
def cancel_erasure(request_id: str) -> ErasureShape:
    """Change one's mind."""
    return service.cancel_erasure(current_caller(), request_id, now=now())
