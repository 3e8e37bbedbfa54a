"""Exemptions over HTTP."""

from flask import Blueprint

from backend.core.clock import local_day
from backend.core.http import endpoint, now, settings
from backend.core.pages import Page, PageQuery
from backend.people.caller import current_caller
from backend.people.exemptions import service
from backend.people.exemptions.models import ExemptionState
from backend.people.exemptions.schemas import (
    AskExemption,
    DecideExemption,
    ExemptionQuery,
    ExemptionShape,
    RevealExemption,
)

bp = Blueprint("exemptions", __name__, url_prefix="/api/v1")


@bp.post("/organizations/<code>/exemptions")
@endpoint(body=AskExemption, returns=ExemptionShape, status=201)
def ask_exemption(code: str, body: AskExemption) -> ExemptionShape:
    """Ask that activities and study ask nothing of a member by force."""
    today = local_day(now(), settings().timezone)
    return service.ask_exemption(current_caller(), code, body, today=today, now=now())


@bp.get("/organizations/<code>/exemptions")
@endpoint(query=ExemptionQuery, returns=Page[ExemptionShape])
def list_exemptions(code: str, query: ExemptionQuery) -> Page[ExemptionShape]:
    """The exemptions of an organisation, without the reasons."""
    return service.list_exemptions(current_caller(), code, query)


@bp.get("/me/exemptions")
@endpoint(query=PageQuery, returns=Page[ExemptionShape])
def list_own_exemptions(query: PageQuery) -> Page[ExemptionShape]:
    """One's own exemptions."""
    return service.list_own(current_caller(), query)


@bp.post("/exemptions/<exemption_id>/approve")
@endpoint(body=DecideExemption, returns=ExemptionShape)
def approve_exemption(exemption_id: str, body: DecideExemption) -> ExemptionShape:
    """Approve what somebody else asked for."""
    return _decide(exemption_id, ExemptionState.APPROVED, body)


@bp.post("/exemptions/<exemption_id>/deny")
@endpoint(body=DecideExemption, returns=ExemptionShape)
def deny_exemption(exemption_id: str, body: DecideExemption) -> ExemptionShape:
    """Do not approve it."""
    return _decide(exemption_id, ExemptionState.DENIED, body)


@bp.post("/exemptions/<exemption_id>/end")
@endpoint(body=DecideExemption, returns=ExemptionShape)
def end_exemption(exemption_id: str, body: DecideExemption) -> ExemptionShape:
    """End an approved one before its day."""
    return _decide(exemption_id, ExemptionState.ENDED, body)


@bp.post("/exemptions/<exemption_id>/reveal")
@endpoint(body=RevealExemption, returns=ExemptionShape)
def reveal_exemption(exemption_id: str, body: RevealExemption) -> ExemptionShape:
    """Read the reason; it is logged with its purpose."""
    return service.reveal_exemption(current_caller(), exemption_id, body, now=now())


def _decide(exemption_id: str, state: ExemptionState, body: DecideExemption) -> ExemptionShape:
    today = local_day(now(), settings().timezone)
    return service.decide_exemption(current_caller(), exemption_id, state, body, today=today, now=now())
