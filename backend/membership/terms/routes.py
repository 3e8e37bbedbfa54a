"""Terms and vacancies over HTTP."""

from flask import Blueprint

from backend.core.clock import local_day
from backend.core.http import endpoint, now, settings
from backend.core.pages import Page
from backend.membership.terms import reading
from backend.membership.terms.schemas import OrganizationTerms, TermQuery
from backend.people.caller import current_caller

bp = Blueprint("terms", __name__, url_prefix="/api/v1")


@bp.get("/organizations/<code>/terms")
@endpoint(query=TermQuery, returns=Page[OrganizationTerms])
def list_terms(code: str, query: TermQuery) -> Page[OrganizationTerms]:
    """The terms and vacancies of an organisation and all below it."""
    return reading.list_terms(current_caller(), code, query, today=local_day(now(), settings().timezone))
