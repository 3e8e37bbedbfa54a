"""The rating link over HTTP: as JSON for clients, as a page for everybody."""

from flask import Blueprint, Response, request

from backend.core.http import endpoint, now, settings
from backend.service.orders.schemas import ConfirmOrder
from backend.service.orders.shapes import RatingShape
from backend.service.rating import service as rating

bp = Blueprint("rating", __name__, url_prefix="/api/v1")
page = Blueprint("rating_page", __name__)


@bp.get("/rate/<signed>")
@endpoint(returns=RatingShape, public=True)
def read_rating(signed: str) -> RatingShape:
    """What is to be rated, by its signed link."""
    return rating.read_rating(signed)


@bp.post("/rate/<signed>")
@endpoint(body=ConfirmOrder, returns=RatingShape, public=True)
def rate(signed: str, body: ConfirmOrder) -> RatingShape:
    """Rate, and close the order."""
    return rating.rate(signed, body, timezone=settings().timezone, now=now())


@page.get("/rate/<signed>")
@endpoint(public=True)
def show_rating(signed: str) -> Response:
    """The page behind the link."""
    return _html(rating.read_rating(signed))


@page.post("/rate/<signed>")
@endpoint(public=True)
def tap(signed: str) -> Response:
    """One tap on that page."""
    body = rating.tapped(request.form.get("rating", ""))
    return _html(rating.rate(signed, body, timezone=settings().timezone, now=now()))


def _html(shown: RatingShape) -> Response:
    return Response(rating.rating_page(shown), mimetype="text/html", headers={"Cache-Control": "no-store"})
