"""Places opened, listed, closed, and their codes renewed."""

from datetime import datetime

import peewee as pw

from backend.core import audit
from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, NotFound
from backend.core.pages import Page, cursor_number, page_by_id
from backend.people.access import find_organization, require
from backend.people.models import Organization
from backend.people.permissions import Caller, Right
from backend.people.places.codes import new_place_code, scene_of
from backend.people.places.models import Datum, PlaceKind, ServiceCentre
from backend.people.places.schemas import OpenPlace, PlaceQuery, PlaceShape
from backend.people.schemas import OrganizationBrief

CODE_TRIES = 4
COORDINATE_DIGITS = 5  # about a metre
LABELS = {PlaceKind.SERVICE_CENTRE: "党群服务中心", PlaceKind.VENUE: "教学点", PlaceKind.SITE: "现场教学点"}


def open_place(caller: Caller, code: str, body: OpenPlace, *, now: datetime) -> PlaceShape:
    """A new place of an organisation, with a fresh code; 403 or 404 for who does not keep its places."""
    organization = find_organization(code)
    require(caller, Right.KEEP_PLACES, organization)
    located = body.lat is not None and body.lng is not None

    def work() -> ServiceCentre:
        place: ServiceCentre = ServiceCentre.create(
            public_id=new_public_id(),
            organization=organization,
            kind=body.kind,
            name=body.name,
            address=body.address,
            lat=round(body.lat, COORDINATE_DIGITS) if body.lat is not None else None,
            lng=round(body.lng, COORDINATE_DIGITS) if body.lng is not None else None,
            datum=body.datum if located else None,
            code=_free_code(),
            code_since=now,
            created_at=now,
        )
        return place

    return place_shape(caller, in_unit_of_work(work))


def _free_code() -> str:
    """A code that no place has; the unique index holds against whoever draws the same one in this instant."""
    for _ in range(CODE_TRIES):
        code = new_place_code()
        if not ServiceCentre.select().where(ServiceCentre.code == code).exists():
            return code
    raise AssertionError("unreachable: a million places use a millionth of the codes")


def list_places(caller: Caller, code: str, query: PlaceQuery) -> Page[PlaceShape]:
    """The places of one organisation, for everybody: names and addresses are public, codes are not."""
    organization = find_organization(code)
    rows = _places().where(ServiceCentre.organization == organization.id).order_by(ServiceCentre.id)
    after = cursor_number(query.cursor)
    if after is not None:
        rows = rows.where(ServiceCentre.id > after)
    if not query.closed:
        rows = rows.where(ServiceCentre.closed_at.is_null())
    found, cursor = page_by_id(list(rows.limit(query.limit + 1)), query.limit)
    return Page([place_shape(caller, place) for place in found], cursor)


def read_place(caller: Caller, public_id: str) -> PlaceShape:
    """One place by its public id, open or closed."""
    return place_shape(caller, find_by_id(public_id))


def place_to_keep(caller: Caller, public_id: str) -> ServiceCentre:
    """A place whose organisation's places the caller keeps; 403 for everybody else, since places are public."""
    place = find_by_id(public_id)
    require(caller, Right.KEEP_PLACES, place.organization)
    return place


def renew_code(caller: Caller, public_id: str, *, now: datetime) -> PlaceShape:
    """Give a place another code: posters with the old one count no more, at once. 409 for a closed place."""
    place = place_to_keep(caller, public_id)

    def work() -> None:
        same = (ServiceCentre.id == place.id) & (ServiceCentre.code == place.code) & ServiceCentre.closed_at.is_null()
        update_exactly_one(ServiceCentre.update(code=_free_code(), code_since=now).where(same), lost=_changed)
        _note("place.renew_code", place, caller, "更换场所码", now)

    in_unit_of_work(work)
    return read_place(caller, public_id)


def close_place(caller: Caller, public_id: str, *, now: datetime) -> PlaceShape:
    """Close a place: its code leads nowhere, what happened there stays. 409 when it is closed already."""
    place = place_to_keep(caller, public_id)

    def work() -> None:
        is_open = (ServiceCentre.id == place.id) & ServiceCentre.closed_at.is_null()
        update_exactly_one(ServiceCentre.update(closed_at=now).where(is_open), lost=_changed)
        _note("place.close", place, caller, "停用场所", now)

    in_unit_of_work(work)
    return read_place(caller, public_id)


def _changed() -> Conflict:
    return Conflict("place_changed", "这个场所已停用，或场所码刚刚更换过，请刷新后再看")


def _note(action: str, place: ServiceCentre, caller: Caller, purpose: str, now: datetime) -> None:
    audit.record(action, f"place:{place.public_id}", actor_id=caller.account_id, purpose=purpose, now=now)


def find_by_id(public_id: str) -> ServiceCentre:
    """A place with its organisation; raises NotFound."""
    place: ServiceCentre | None = _places().where(ServiceCentre.public_id == public_id).first()
    if place is None:
        raise NotFound()
    return place


def _places() -> "pw.ModelSelect[ServiceCentre]":
    return ServiceCentre.select(ServiceCentre, Organization).join(Organization)


def place_shape(caller: Caller, place: ServiceCentre) -> PlaceShape:
    """A place as this caller may see it."""
    organization = place.organization
    keeps = caller.may(Right.KEEP_PLACES, organization.path)
    return PlaceShape(
        id=place.public_id,
        kind=PlaceKind(place.kind),
        kind_label=LABELS[PlaceKind(place.kind)],
        name=place.name,
        address=place.address,
        lat=place.lat,
        lng=place.lng,
        datum=Datum(place.datum) if place.datum else None,
        organization=OrganizationBrief(code=organization.code, name=organization.name),
        code=place.code if keeps else None,
        scene=scene_of(place) if keeps else None,
        code_since=place.code_since if keeps else None,
        closed_at=place.closed_at,
    )
