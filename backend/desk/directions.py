"""Where members away from home went, in numbers and on the map that the county brings."""

from flask import Response, request, url_for

from backend.core.errors import invalid_field
from backend.core.http import now, parse_values
from backend.desk.frame import bp, done, page, show, values_of
from backend.desk.navigation import place_for
from backend.desk.numbers import SECTION
from backend.membership.directions.outlines import MOST_BYTES
from backend.membership.directions.reading import read_directions
from backend.membership.directions.service import MapWords, drop_map, keep_map
from backend.people.access import find_organization
from backend.people.caller import current_caller
from backend.people.permissions import Right

FORM_ROOM = 100_000  # what a form says around its file


@bp.get("/numbers/directions")
@page()
def directions() -> str:
    """Members away by province and city, of an organisation and all below it."""
    caller = current_caller()
    place = place_for(caller, request.args.get("organization"), Right.SEE_NUMBERS)
    found = read_directions(caller, place.chosen)
    may_keep = caller.may(Right.KEEP_ORGANIZATIONS, place.chosen.path)
    return show("directions.html", place=place, found=found, may_keep=may_keep, **SECTION)


@bp.post("/numbers/directions/map")
@page(uploads=MOST_BYTES + FORM_ROOM)
def put_map() -> Response:
    """A map from a file takes the place of the one before."""
    organization = find_organization(request.form.get("organization", ""))
    file = request.files.get("map")
    if file is None or not file.filename:
        raise invalid_field("map", "no_file", "请选择一个 GeoJSON 文件")
    words = parse_values(MapWords, values_of(request.form, "home", "licence"))
    areas = keep_map(current_caller(), organization, file.read(MOST_BYTES + 1), words, now=now())
    return _back(organization.code, f"地图已换上，共 {areas} 个区域")


@bp.post("/numbers/directions/map/drop")
@page()
def remove_map() -> Response:
    """Take the map away; the numbers stay."""
    organization = find_organization(request.form.get("organization", ""))
    drop_map(current_caller(), organization, now=now())
    return _back(organization.code, "地图已撤下")


def _back(code: str, message: str) -> Response:
    return done(message, go=url_for("desk.directions", organization=code))
