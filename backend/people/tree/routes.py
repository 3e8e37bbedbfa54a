"""The tree and its changes over HTTP."""

from datetime import date

from flask import Blueprint

from backend.core.clock import local_day
from backend.core.http import endpoint, extension, now, settings
from backend.core.pages import Page, PageQuery
from backend.people.access import find_organization
from backend.people.caller import current_caller
from backend.people.schemas import OrganizationQuery, OrganizationShape
from backend.people.tree import advising, closing, finding, founding, history, merging, moving
from backend.people.tree.obstacles import RoomsAbove
from backend.people.tree.schemas import (
    AdviceShape,
    ChangeShape,
    CloseOrganization,
    ContactShape,
    EditOrganization,
    FoundOrganization,
    MergeOrganization,
    MoveOrganization,
    RevealContact,
    TreeAnswer,
)

bp = Blueprint("tree", __name__, url_prefix="/api/v1")


@bp.get("/organizations")
@endpoint(query=OrganizationQuery, returns=Page[OrganizationShape])
def list_organizations(query: OrganizationQuery) -> Page[OrganizationShape]:
    """Organisations, by part of the name or under one of them."""
    return finding.list_organizations(current_caller(), query)


@bp.get("/organizations/<code>")
@endpoint(returns=OrganizationShape)
def read_organization(code: str) -> OrganizationShape:
    """One organisation."""
    return finding.organization_shape(current_caller(), find_organization(code))


@bp.get("/organizations/<code>/history")
@endpoint(query=PageQuery, returns=Page[ChangeShape])
def read_history(code: str, query: PageQuery) -> Page[ChangeShape]:
    """What happened to an organisation, the newest first."""
    return history.read_history(current_caller(), code, query)


@bp.get("/organizations/<code>/advice")
@endpoint(returns=list[AdviceShape])
def read_advice(code: str) -> list[AdviceShape]:
    """What the regulations ask of an organisation as it is."""
    return advising.read_advice(current_caller(), code)


@bp.post("/organizations/<code>/contact")
@endpoint(body=RevealContact, returns=ContactShape, replayable=False)
def reveal_contact(code: str, body: RevealContact) -> ContactShape:
    """The contact in full; each look is logged with its purpose."""
    return founding.reveal_contact(current_caller(), code, body, now=now())


@bp.post("/organizations/<code>/children")
@endpoint(body=FoundOrganization, returns=TreeAnswer, status=201)
def found_organization(code: str, body: FoundOrganization) -> TreeAnswer:
    """Found an organisation below this one."""
    founded = founding.found_organization(current_caller(), code, body, today=_today(), now=now())
    return advising.answer_with_advice(current_caller(), founded)


@bp.post("/organizations/<code>/edit")
@endpoint(body=EditOrganization, returns=TreeAnswer)
def edit_organization(code: str, body: EditOrganization) -> TreeAnswer:
    """Change what is said of an organisation; what the body does not name stays."""
    founding.edit_organization(current_caller(), code, body, today=_today(), now=now())
    return advising.answer_with_advice(current_caller(), code)


@bp.post("/organizations/<code>/move")
@endpoint(body=MoveOrganization, returns=TreeAnswer)
def move_organization(code: str, body: MoveOrganization) -> TreeAnswer:
    """Put an organisation and all below it under another one."""
    moving.move_organization(current_caller(), code, body, _rooms_above(), today=_today(), now=now())
    return advising.answer_with_advice(current_caller(), code)


@bp.post("/organizations/<code>/merge")
@endpoint(body=MergeOrganization, returns=TreeAnswer)
def merge_organization(code: str, body: MergeOrganization) -> TreeAnswer:
    """Merge an organisation into another, which is the answer; the former is closed."""
    merging.merge_organization(current_caller(), code, body, _rooms_above(), today=_today(), now=now())
    return advising.answer_with_advice(current_caller(), body.into)


@bp.post("/organizations/<code>/close")
@endpoint(body=CloseOrganization, returns=TreeAnswer)
def close_organization(code: str, body: CloseOrganization) -> TreeAnswer:
    """Close an organisation that has nothing open, nobody at home and nothing below."""
    closing.close_organization(current_caller(), code, body, _rooms_above(), today=_today(), now=now())
    return advising.answer_with_advice(current_caller(), code)


def _today() -> date:
    return local_day(now(), settings().timezone)


def _rooms_above() -> RoomsAbove:
    above: RoomsAbove = extension("rooms_above")
    return above
