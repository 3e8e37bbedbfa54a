"""Claims of membership over HTTP."""

from flask import Blueprint

from backend.core.clock import local_day
from backend.core.http import endpoint, now, settings
from backend.core.pages import Page, PageQuery
from backend.membership.claims import reading, service
from backend.membership.claims.schemas import BranchClaim, ClaimQuery, DecideClaim, OwnClaim, SubmitClaim
from backend.people.caller import current_caller

bp = Blueprint("claims", __name__, url_prefix="/api/v1")


@bp.post("/me/membership-claims")
@endpoint(body=SubmitClaim, returns=OwnClaim, status=201)
def submit_claim(body: SubmitClaim) -> OwnClaim:
    """Say which member one is; the answer is the same whether the roster knows him or not."""
    today = local_day(now(), settings().timezone)
    return reading.own_claim(service.submit_claim(current_caller(), body, today=today, now=now()))


@bp.get("/me/membership-claims")
@endpoint(query=PageQuery, returns=Page[OwnClaim])
def list_own_claims(query: PageQuery) -> Page[OwnClaim]:
    """One's own claims."""
    return reading.own_claims(current_caller(), query)


@bp.get("/organizations/<code>/membership-claims")
@endpoint(query=ClaimQuery, returns=Page[BranchClaim])
def list_branch_claims(code: str, query: ClaimQuery) -> Page[BranchClaim]:
    """The claims on a branch, for those who decide them."""
    return reading.branch_claims(current_caller(), code, query)


@bp.post("/membership-claims/<claim_id>/approve")
@endpoint(body=DecideClaim, returns=BranchClaim)
def approve_claim(claim_id: str, body: DecideClaim) -> BranchClaim:
    """Bind the account to the member."""
    return reading.branch_claim(service.approve_claim(current_caller(), claim_id, body, now=now()))


@bp.post("/membership-claims/<claim_id>/deny")
@endpoint(body=DecideClaim, returns=BranchClaim)
def deny_claim(claim_id: str, body: DecideClaim) -> BranchClaim:
    """Turn a claim down."""
    return reading.branch_claim(service.deny_claim(current_caller(), claim_id, body, now=now()))
