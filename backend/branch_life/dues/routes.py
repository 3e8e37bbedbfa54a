"""Dues over HTTP: a record, never a payment."""

from flask import Blueprint

from backend.branch_life.dues import service
from backend.branch_life.dues.schemas import (
    DuesQuery,
    DuesShape,
    OpenDues,
    OpenDuesQuery,
    ReckonedDues,
    ReckonQuery,
    RecordDues,
    VoidDues,
)
from backend.core.clock import local_day
from backend.core.http import endpoint, now, settings
from backend.core.pages import Page
from backend.people.caller import current_caller

bp = Blueprint("dues", __name__, url_prefix="/api/v1")


@bp.get("/dues/calculator")
@endpoint(query=ReckonQuery, returns=ReckonedDues)
def reckon_dues(query: ReckonQuery) -> ReckonedDues:
    """What the official brackets ask for a month."""
    return service.reckon_dues(query)


@bp.get("/me/dues")
@endpoint(query=DuesQuery, returns=Page[DuesShape])
def list_own_dues(query: DuesQuery) -> Page[DuesShape]:
    """The months that one has paid, and where."""
    return service.list_own(current_caller(), query)


@bp.post("/organizations/<code>/dues")
@endpoint(body=RecordDues, returns=list[DuesShape], status=201)
def record_dues(code: str, body: RecordDues) -> list[DuesShape]:
    """Record months that a member has paid here."""
    return service.record_dues(current_caller(), code, body, timezone=settings().timezone, now=now())


@bp.get("/organizations/<code>/dues")
@endpoint(query=DuesQuery, returns=Page[DuesShape])
def list_dues(code: str, query: DuesQuery) -> Page[DuesShape]:
    """What was paid here."""
    return service.list_of_organization(current_caller(), code, query)


@bp.get("/organizations/<code>/dues/open")
@endpoint(query=OpenDuesQuery, returns=Page[OpenDues])
def list_open_dues(code: str, query: OpenDuesQuery) -> Page[OpenDues]:
    """Whose month is not recorded, here or elsewhere."""
    return service.list_open(current_caller(), code, query, today=local_day(now(), settings().timezone))


@bp.post("/dues/<dues_id>/void")
@endpoint(body=VoidDues, returns=DuesShape)
def void_dues(dues_id: str, body: VoidDues) -> DuesShape:
    """Strike a wrong record out."""
    return service.void_dues(current_caller(), dues_id, body, now=now())
