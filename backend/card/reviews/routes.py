"""Reviews of the card over HTTP."""

from flask import Blueprint

from backend.card.reviews import reading, service
from backend.card.reviews.schemas import AppraiseReview, ConfirmStretch, ReviewQuery, ReviewShape, SaveStatement
from backend.core.http import endpoint, now, settings
from backend.core.pages import Page
from backend.people.caller import current_caller

bp = Blueprint("study_reviews", __name__, url_prefix="/api/v1")


@bp.post("/organizations/<code>/study-reviews")
@endpoint(body=ConfirmStretch, returns=ReviewShape, status=201)
def confirm_stretch(code: str, body: ConfirmStretch) -> ReviewShape:
    """The host branch's word for what a member did with it from one day to another."""
    return service.confirm_stretch(current_caller(), code, body, timezone=settings().timezone, now=now())


@bp.get("/organizations/<code>/study-reviews")
@endpoint(query=ReviewQuery, returns=Page[ReviewShape])
def list_branch_reviews(code: str, query: ReviewQuery) -> Page[ReviewShape]:
    """What a branch confirmed or is to appraise."""
    return reading.list_of_branch(current_caller(), code, query)


@bp.get("/me/card/reviews")
@endpoint(query=ReviewQuery, returns=Page[ReviewShape])
def list_own_reviews(query: ReviewQuery) -> Page[ReviewShape]:
    """What was said of one's own card, drafts of one's statements included."""
    return reading.list_own(current_caller(), query)


@bp.post("/me/card/statements")
@endpoint(body=SaveStatement, returns=ReviewShape, status=201)
def save_statement(body: SaveStatement) -> ReviewShape:
    """Save the draft of one's yearly statement."""
    return service.save_statement(current_caller(), body, timezone=settings().timezone, now=now())


@bp.get("/study-reviews/<review_id>")
@endpoint(returns=ReviewShape)
def read_review(review_id: str) -> ReviewShape:
    """One review."""
    return reading.read_review(current_caller(), review_id)


@bp.post("/study-reviews/<review_id>/submit")
@endpoint(returns=ReviewShape)
def submit_statement(review_id: str) -> ReviewShape:
    """Hand one's statement to the home branch."""
    return service.submit_statement(current_caller(), review_id, timezone=settings().timezone, now=now())


@bp.post("/study-reviews/<review_id>/take-back")
@endpoint(returns=ReviewShape)
def take_back_statement(review_id: str) -> ReviewShape:
    """Go on writing one's statement, as long as it is not appraised."""
    return service.take_back_statement(current_caller(), review_id, now=now())


@bp.post("/study-reviews/<review_id>/appraise")
@endpoint(body=AppraiseReview, returns=ReviewShape)
def appraise_review(review_id: str, body: AppraiseReview) -> ReviewShape:
    """The home branch's grade and words."""
    return service.appraise_review(current_caller(), review_id, body, now=now())


@bp.post("/study-reviews/<review_id>/acknowledge")
@endpoint(returns=ReviewShape)
def acknowledge_review(review_id: str) -> ReviewShape:
    """The member has read what was said."""
    return service.acknowledge_review(current_caller(), review_id, now=now())
