"""One's own study card over HTTP."""

from flask import Blueprint

from backend.card import reading
from backend.card.schemas import CardQuery, CardRecord, CardShape, WriteReflection
from backend.core.http import endpoint, now, settings
from backend.people.caller import current_caller

bp = Blueprint("card", __name__, url_prefix="/api/v1")


@bp.get("/me/card")
@endpoint(query=CardQuery, returns=CardShape)
def read_card(query: CardQuery) -> CardShape:
    """One's own study card; its number is issued on first sight."""
    return reading.read_card(current_caller(), query, timezone=settings().timezone, now=now())


@bp.post("/me/card/records/<record_id>/reflection")
@endpoint(body=WriteReflection, returns=CardRecord)
def write_reflection(record_id: str, body: WriteReflection) -> CardRecord:
    """Write what one takes home from an entry."""
    return reading.write_reflection(current_caller(), record_id, body)
