"""Open data over HTTP: the ledger in our envelope, Open311 in its own two formats."""

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, Response

from backend.core.errors import AppError, NotFound
from backend.core.http import endpoint, now, parse_query, settings
from backend.core.pages import Page, PageQuery
from backend.people.caller import current_caller
from backend.service.open_data import ledger, open311
from backend.service.open_data.schemas import ApproveReply, LedgerEntry, RequestsQuery, ServicesQuery

bp = Blueprint("open_data", __name__, url_prefix="/api/v1")
open311_bp = Blueprint("open311", __name__, url_prefix="/open311/v2")
BAD_REQUEST = 400
Q = TypeVar("Q", RequestsQuery, ServicesQuery)


@bp.get("/organizations/<code>/ledger")
@endpoint(query=PageQuery, returns=Page[LedgerEntry], public=True)
def read_ledger(code: str, query: PageQuery) -> Page[LedgerEntry]:
    """The public ledger of an organisation, a week behind."""
    return ledger.read_ledger(code, query, now=now())


@bp.post("/orders/<number>/ledger-reply")
@endpoint(body=ApproveReply)
def approve_reply(number: str, body: ApproveReply) -> None:
    """Say what the ledger may show of the reply."""
    ledger.approve_reply(number, body, caller=current_caller())


@open311_bp.get("/discovery.<form>")
@endpoint(public=True)
def read_discovery(form: str) -> Response:
    """Service discovery."""
    return _answer("discovery", "", form, lambda: open311.discovery(settings().public_url))


@open311_bp.get("/services.<form>")
@endpoint(public=True)
def list_services(form: str) -> Response:
    """GET Service List."""
    return _answer("services", "service", form, lambda: open311.services(_asked(ServicesQuery)))


@open311_bp.get("/services/<code>.<form>")
@endpoint(public=True)
def read_service(code: str, form: str) -> Response:
    """GET Service Definition."""
    return _answer("service_definition", "", form, lambda: open311.service(code, _asked(ServicesQuery)))


@open311_bp.get("/requests.<form>")
@endpoint(public=True)
def list_requests(form: str) -> Response:
    """GET Service Requests."""

    def rows() -> list[open311.Row]:
        return open311.requests(_asked(RequestsQuery), timezone=settings().timezone, now=now())

    return _answer("service_requests", "request", form, rows)


@open311_bp.get("/requests/<number>.<form>")
@endpoint(public=True)
def read_request(number: str, form: str) -> Response:
    """GET Service Request."""
    return _answer(
        "service_requests",
        "request",
        form,
        lambda: open311.request(number, timezone=settings().timezone, now=now()),
    )


def _asked(query: type[Q]) -> Q:
    """What the address asks, read where a fault of it is told as the specification has it."""
    found = parse_query(query)
    assert isinstance(found, query)
    return found


def _answer(root: str, item: str, form: str, data: Callable[[], list[open311.Row] | open311.Row]) -> Response:
    """In the format that was asked for; errors as the specification has them."""
    if form not in open311.FORMATS:
        raise NotFound("not_found", "没有这个地址")
    try:
        text, status = open311.written(root, item, data(), form), 200
    except AppError as error:
        status = error.status if error.status != 422 else BAD_REQUEST
        faults = error.extra.get("errors") or [{"field": "", "message": error.message}]
        told = [{"code": status, "description": f"{one['field']} {one['message']}".strip()} for one in faults]
        text = open311.written("errors", "error", told, form)
    return Response(text, status, content_type=f"{open311.FORMATS[form]}; charset=utf-8")
