"""Joint events over HTTP."""

from flask import Blueprint

from backend.branch_life.activities.models import RequestState
from backend.branch_life.partners import service
from backend.branch_life.partners.schemas import AskPartner, PartnerShape
from backend.core.http import endpoint, now, settings
from backend.people.caller import current_caller

bp = Blueprint("activity_partners", __name__, url_prefix="/api/v1/activities/<activity_id>/partners")


@bp.post("")
@endpoint(body=AskPartner, returns=list[PartnerShape], status=201)
def ask_partner(activity_id: str, body: AskPartner) -> list[PartnerShape]:
    """Ask another organisation to hold the activity together."""
    return service.ask_partner(current_caller(), activity_id, body, timezone=settings().timezone, now=now())


@bp.get("")
@endpoint(returns=list[PartnerShape])
def list_partners(activity_id: str) -> list[PartnerShape]:
    """With whom it is held."""
    return service.list_partners(current_caller(), activity_id)


@bp.post("/<code>/accept")
@endpoint(returns=list[PartnerShape])
def accept(activity_id: str, code: str) -> list[PartnerShape]:
    """Hold it together: one's own members are told."""
    return _answer(activity_id, code, RequestState.APPROVED)


@bp.post("/<code>/decline")
@endpoint(returns=list[PartnerShape])
def decline(activity_id: str, code: str) -> list[PartnerShape]:
    """Not this time."""
    return _answer(activity_id, code, RequestState.DENIED)


def _answer(activity_id: str, code: str, state: RequestState) -> list[PartnerShape]:
    place = (activity_id, code)
    return service.answer_partner(current_caller(), place, state, timezone=settings().timezone, now=now())
