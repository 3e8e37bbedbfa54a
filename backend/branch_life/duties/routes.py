"""Duties over HTTP."""

from flask import Blueprint

from backend.branch_life.duties import reading
from backend.branch_life.duties.schemas import (
    CompletionQuery,
    CompletionShape,
    DutyQuery,
    FiguresQuery,
    FiguresShape,
    OwnDutyShape,
)
from backend.core.clock import local_day
from backend.core.http import endpoint, now, settings
from backend.core.pages import Page
from backend.people.caller import current_caller

bp = Blueprint("duties", __name__, url_prefix="/api/v1")


@bp.get("/organizations/<code>/duties")
@endpoint(query=DutyQuery, returns=Page[OwnDutyShape])
def list_duties(code: str, query: DutyQuery) -> Page[OwnDutyShape]:
    """What an organisation owes in a period, and where it stands."""
    return reading.list_duties(current_caller(), code, query, timezone=settings().timezone, now=now())


@bp.get("/organizations/<code>/completion")
@endpoint(query=CompletionQuery, returns=CompletionShape)
def read_completion(code: str, query: CompletionQuery) -> CompletionShape:
    """Met out of due up the tree, with its rule, and who lacks it."""
    return reading.read_completion(current_caller(), code, query, now=now())


@bp.get("/organizations/<code>/duty-figures")
@endpoint(query=FiguresQuery, returns=FiguresShape)
def read_figures(code: str, query: FiguresQuery) -> FiguresShape:
    """Met out of due for every kind of duty, over a span of days."""
    today = local_day(now(), settings().timezone)
    return reading.read_figures(current_caller(), code, query, today=today, now=now())
