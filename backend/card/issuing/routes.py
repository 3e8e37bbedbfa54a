"""The issuing of cards over HTTP."""

from flask import Blueprint

from backend.card.issuing import service
from backend.card.issuing.schemas import BatchQuery, BatchShape, NewCard, ReplaceCard
from backend.core.http import endpoint, now, settings
from backend.core.pages import Page
from backend.people.caller import current_caller

bp = Blueprint("card_issuing", __name__, url_prefix="/api/v1")


@bp.post("/organizations/<code>/card-batches")
@endpoint(returns=BatchShape, status=201)
def issue_batch(code: str) -> BatchShape:
    """Give a card to every home member who has none."""
    return service.issue_batch(current_caller(), code, timezone=settings().timezone, now=now())


@bp.get("/organizations/<code>/card-batches")
@endpoint(query=BatchQuery, returns=Page[BatchShape])
def list_batches(code: str, query: BatchQuery) -> Page[BatchShape]:
    """The batches of an organisation."""
    return service.list_batches(current_caller(), code, query)


@bp.post("/me/card/loss")
@endpoint(body=ReplaceCard, returns=NewCard)
def report_loss(body: ReplaceCard) -> NewCard:
    """Report one's own card lost and get another number."""
    return service.report_loss(current_caller(), body, now=now())


@bp.post("/members/<member_id>/card/replace")
@endpoint(body=ReplaceCard, returns=NewCard)
def replace_card(member_id: str, body: ReplaceCard) -> NewCard:
    """Give a member of the branch another number."""
    return service.replace_card(current_caller(), member_id, body, now=now())
