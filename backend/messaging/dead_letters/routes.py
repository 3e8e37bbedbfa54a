"""Dead letters over HTTP."""

from flask import Blueprint

from backend.core.http import endpoint, now
from backend.core.pages import Page
from backend.messaging.dead_letters import service
from backend.messaging.dead_letters.schemas import (
    DeadLetterQuery,
    DeadLetterShape,
    DeadReason,
    ReasonQuery,
    Retried,
    RetryAll,
)
from backend.people.caller import current_caller

bp = Blueprint("dead_letters", __name__, url_prefix="/api/v1/dead-letters")


@bp.get("")
@endpoint(query=DeadLetterQuery, returns=Page[DeadLetterShape])
def list_dead_letters(query: DeadLetterQuery) -> Page[DeadLetterShape]:
    """What the bot gave up on, with its reason and what to do about it; newest first."""
    return service.list_dead_letters(current_caller(), query)


@bp.get("/reasons")
@endpoint(query=ReasonQuery, returns=list[DeadReason])
def list_reasons(query: ReasonQuery) -> list[DeadReason]:
    """How many died of which reason, the most frequent first."""
    return service.list_reasons(current_caller(), query)


@bp.post("/<letter_id>/retry")
@endpoint(returns=DeadLetterShape)
def retry_dead_letter(letter_id: str) -> DeadLetterShape:
    """Send one again."""
    return service.retry_one(current_caller(), letter_id, now=now())


@bp.post("/retry")
@endpoint(body=RetryAll, returns=Retried)
def retry_dead_letters(body: RetryAll) -> Retried:
    """Send again what died of one reason, a thousand at a time."""
    return service.retry_all(current_caller(), body, now=now())
