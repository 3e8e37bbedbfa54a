"""The catalogue over HTTP."""

from flask import Blueprint

from backend.core.http import endpoint, now
from backend.people.caller import current_caller
from backend.service.catalogue import keeping, listing
from backend.service.catalogue.schemas import (
    ChangeKind,
    KindShape,
    KindVersion,
    SeenKind,
    ServiceTypeQuery,
    ServiceTypeShape,
    SetKind,
)

bp = Blueprint("catalogue", __name__, url_prefix="/api/v1")
KINDS = "/organizations/<code>/service-types"


@bp.get("/service-types")
@endpoint(query=ServiceTypeQuery, returns=list[ServiceTypeShape])
def list_service_types(query: ServiceTypeQuery) -> list[ServiceTypeShape]:
    """The kinds of service that may be ordered."""
    return listing.list_for(current_caller(), query.organization)


@bp.get(KINDS)
@endpoint(returns=list[KindShape])
def list_kinds(code: str) -> list[KindShape]:
    """The kinds as their keepers see them, closed ones too."""
    return keeping.list_kinds(current_caller(), code)


@bp.post(KINDS)
@endpoint(body=SetKind, returns=KindShape, status=201)
def add_kind(code: str, body: SetKind) -> KindShape:
    """A new kind, here and below."""
    return keeping.add_kind(current_caller(), code, body, now=now())


@bp.put(f"{KINDS}/<kind>")
@endpoint(body=ChangeKind, returns=KindShape)
def change_kind(code: str, kind: str, body: ChangeKind) -> KindShape:
    """The next version of a kind, for orders from now on."""
    return keeping.change_kind(current_caller(), code, kind, body, now=now())


@bp.post(f"{KINDS}/<kind>/close")
@endpoint(body=SeenKind, returns=KindShape)
def close_kind(code: str, kind: str, body: SeenKind) -> KindShape:
    """Offer it no longer."""
    return keeping.close_kind(current_caller(), code, kind, body, now=now())


@bp.post(f"{KINDS}/<kind>/reopen")
@endpoint(body=SeenKind, returns=KindShape)
def reopen_kind(code: str, kind: str, body: SeenKind) -> KindShape:
    """Offer it again."""
    return keeping.reopen_kind(current_caller(), code, kind, body, now=now())


@bp.post(f"{KINDS}/<kind>/follow-above")
@endpoint(body=SeenKind, returns=KindShape)
def follow_above(code: str, kind: str, body: SeenKind) -> KindShape:
    """Let the version of the organisation above hold again."""
    return keeping.follow_above(current_caller(), code, kind, body, now=now())


@bp.get(f"{KINDS}/<kind>/versions")
@endpoint(returns=list[KindVersion])
def list_versions(code: str, kind: str) -> list[KindVersion]:
    """What was changed, when and by whom."""
    return keeping.list_versions(current_caller(), code, kind)
