"""One's own tokens over HTTP."""

from flask import Blueprint

from backend.core.clock import local_day
from backend.core.http import endpoint, now, settings
from backend.core.pages import Page, PageQuery
from backend.people import directory
from backend.people.caller import current_caller
from backend.people.schemas import AccountShape
from backend.people.sessions import service
from backend.people.sessions.schemas import ActAs, SessionShape

bp = Blueprint("sessions", __name__, url_prefix="/api/v1")


@bp.get("/me/sessions")
@endpoint(query=PageQuery, returns=Page[SessionShape])
def list_sessions(query: PageQuery) -> Page[SessionShape]:
    """Where one is logged in."""
    return service.list_sessions(current_caller(), query, now=now())


@bp.delete("/me/sessions/<session_id>")
@endpoint()
def end_session(session_id: str) -> None:
    """Log out elsewhere, at once."""
    service.end_session(current_caller(), session_id, now=now())


@bp.post("/auth/acting")
@endpoint(body=ActAs, returns=AccountShape)
def act_as(body: ActAs) -> AccountShape:
    """Act as one of one's hats with this token: resident, member, one post; or as all of them again."""
    caller = service.act_as(current_caller(), body.hat)
    return directory.account_shape(caller, today=local_day(now(), settings().timezone))
