"""Corrections of the roster over HTTP."""

from flask import Blueprint

from backend.core.clock import local_day
from backend.core.http import endpoint, now, settings
from backend.core.pages import Page, PageQuery
from backend.membership.corrections import service
from backend.membership.corrections.schemas import AskCorrection, CorrectionQuery, CorrectionShape, DecideCorrection
from backend.people.caller import current_caller

bp = Blueprint("corrections", __name__, url_prefix="/api/v1")


@bp.post("/me/correction-requests")
@endpoint(body=AskCorrection, returns=CorrectionShape, status=201)
def ask_correction(body: AskCorrection) -> CorrectionShape:
    """Ask for a field of the roster to be corrected."""
    today = local_day(now(), settings().timezone)
    return service.ask_correction(current_caller(), body, today=today, now=now())


@bp.get("/me/correction-requests")
@endpoint(query=PageQuery, returns=Page[CorrectionShape])
def list_own_corrections(query: PageQuery) -> Page[CorrectionShape]:
    """One's own requests."""
    return service.own_corrections(current_caller(), query)


@bp.get("/organizations/<code>/correction-requests")
@endpoint(query=CorrectionQuery, returns=Page[CorrectionShape])
def list_corrections(code: str, query: CorrectionQuery) -> Page[CorrectionShape]:
    """The requests of an organisation's members, for those who keep its roster."""
    return service.list_corrections(current_caller(), code, query)


@bp.post("/correction-requests/<request_id>/approve")
@endpoint(body=DecideCorrection, returns=CorrectionShape)
def approve_correction(request_id: str, body: DecideCorrection) -> CorrectionShape:
    """Write the value into the roster."""
    return service.approve_correction(current_caller(), request_id, body, now=now())


@bp.post("/correction-requests/<request_id>/deny")
@endpoint(body=DecideCorrection, returns=CorrectionShape)
def deny_correction(request_id: str, body: DecideCorrection) -> CorrectionShape:
    """Leave the roster as it is."""
    return service.deny_correction(current_caller(), request_id, body, now=now())
