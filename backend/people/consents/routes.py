"""One's own consents over HTTP."""

from flask import Blueprint

from backend.core.http import endpoint, extension, now
from backend.people.caller import current_caller
from backend.people.consents import service
from backend.people.consents.schemas import ConsentShape, GiveConsent, OwnConsents

bp = Blueprint("consents", __name__, url_prefix="/api/v1")


@bp.get("/me/consents")
@endpoint(returns=OwnConsents)
def read_consents() -> OwnConsents:
    """What one has agreed to, and what one has said before."""
    return service.own_consents(current_caller().account_id)


@bp.post("/me/consents")
@endpoint(body=GiveConsent, returns=ConsentShape, status=201)
def record_consent(body: GiveConsent) -> ConsentShape:
    """Agree to a purpose or withdraw; the last word counts from now on."""
    return service.record_consent(current_caller().account_id, body, extension("consent_effects"), now=now())
