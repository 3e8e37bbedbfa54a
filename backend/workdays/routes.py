"""The working calendar over HTTP."""

from datetime import date

from flask import Blueprint

from backend.core.clock import local_day
from backend.core.errors import NotFound
from backend.core.http import endpoint, now, settings
from backend.people.caller import current_caller
from backend.workdays import service
from backend.workdays.schemas import CalendarYear, DeclareDay, DeclaredDay, YearQuery

bp = Blueprint("workdays", __name__, url_prefix="/api/v1")


@bp.get("/organizations/<code>/calendar")
@endpoint(query=YearQuery, returns=CalendarYear)
def read_calendar(code: str, query: YearQuery) -> CalendarYear:
    """The days of a year that were declared otherwise than published."""
    return service.read_year(code, query, today=local_day(now(), settings().timezone))


@bp.post("/organizations/<code>/calendar")
@endpoint(body=DeclareDay, returns=DeclaredDay, status=201)
def declare_day(code: str, body: DeclareDay) -> DeclaredDay:
    """Declare that a day is, or is not, worked here and below."""
    return service.declare_day(current_caller(), code, body, timezone=settings().timezone, now=now())


@bp.delete("/organizations/<code>/calendar/<day>")
@endpoint()
def withdraw_day(code: str, day: str) -> None:
    """Take a declared day back."""
    service.withdraw_day(current_caller(), code, _day(day), timezone=settings().timezone, now=now())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound() from None
