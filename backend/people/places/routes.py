"""Places over HTTP."""

from flask import Blueprint, Response

from backend.core.http import FileBytes, endpoint, now, settings
from backend.core.pages import Page
from backend.people.caller import current_caller
from backend.people.places import service
from backend.people.places.codes import find_place, poster
from backend.people.places.schemas import OpenPlace, PlaceQuery, PlaceShape

bp = Blueprint("places", __name__, url_prefix="/api/v1")


@bp.post("/organizations/<code>/places")
@endpoint(body=OpenPlace, returns=PlaceShape, status=201)
def open_place(code: str, body: OpenPlace) -> PlaceShape:
    """Open a service centre or another place."""
    return service.open_place(current_caller(), code, body, now=now())


@bp.get("/organizations/<code>/places")
@endpoint(query=PlaceQuery, returns=Page[PlaceShape])
def list_places(code: str, query: PlaceQuery) -> Page[PlaceShape]:
    """The places of an organisation."""
    return service.list_places(current_caller(), code, query)


@bp.get("/places/<place_id>")
@endpoint(returns=PlaceShape)
def read_place(place_id: str) -> PlaceShape:
    """One place."""
    return service.read_place(current_caller(), place_id)


@bp.get("/place-codes/<place_code>")
@endpoint(returns=PlaceShape)
def look_up_place(place_code: str) -> PlaceShape:
    """Which place this scanned or typed code belongs to."""
    return service.place_shape(current_caller(), find_place(place_code))


@bp.post("/places/<place_id>/renew-code")
@endpoint(returns=PlaceShape)
def renew_code(place_id: str) -> PlaceShape:
    """Replace the code; old posters stop working at once."""
    return service.renew_code(current_caller(), place_id, now=now())


@bp.post("/places/<place_id>/close")
@endpoint(returns=PlaceShape)
def close_place(place_id: str) -> PlaceShape:
    """Close a place for good."""
    return service.close_place(current_caller(), place_id, now=now())


@bp.get("/places/<place_id>/poster.svg")
@endpoint(returns=FileBytes)
def draw_poster_svg(place_id: str) -> Response:
    """The QR for a poster, to be printed at any size."""
    return _poster(place_id, "svg", "image/svg+xml")


@bp.get("/places/<place_id>/poster.png")
@endpoint(returns=FileBytes)
def draw_poster_png(place_id: str) -> Response:
    """The QR for a poster, as a picture."""
    return _poster(place_id, "png", "image/png")


def _poster(place_id: str, kind: str, mimetype: str) -> Response:
    place = service.place_to_keep(current_caller(), place_id)
    answer = Response(poster(place, settings().public_url, kind), mimetype=mimetype)
    answer.headers["Cache-Control"] = "no-store"
    return answer
