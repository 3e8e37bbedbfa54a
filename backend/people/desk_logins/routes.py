"""Log-in at the desk over HTTP."""

from flask import Blueprint, request

from backend.core.http import client_address, endpoint, now, settings
from backend.people.caller import current_caller
from backend.people.desk_logins import service, tickets
from backend.people.desk_logins.schemas import (
    ChangePassword,
    ConfirmOneTime,
    ConfirmPassword,
    DeskCredentials,
    DeskSession,
    OneTimeSetup,
    RecoveryCodes,
    TicketAnswer,
    TicketBrief,
    TicketSecret,
    TicketShape,
)
from backend.people.desk_logins.service import Visit
from backend.people.sessions.device import device_label

bp = Blueprint("desk_logins", __name__, url_prefix="/api/v1")


def _visit() -> Visit:
    return Visit(client_address(), device_label(request.user_agent.string), settings().timezone)


@bp.post("/auth/desk")
@endpoint(body=DeskCredentials, returns=DeskSession, public=True)
def log_in_at_desk(body: DeskCredentials) -> DeskSession:
    """Exchange user name and password for a token that ends after 30 idle minutes."""
    return service.log_in(body, _visit(), now=now())


@bp.post("/auth/desk-tickets")
@endpoint(returns=TicketShape, status=201, public=True)
def open_ticket() -> TicketShape:
    """A ticket of two minutes, to be shown as a QR code."""
    return tickets.open_ticket(_visit(), public_url=settings().public_url, now=now())


@bp.get("/auth/desk-tickets/<ticket>")
@endpoint(returns=TicketBrief)
def read_ticket(ticket: str) -> TicketBrief:
    """Which device asks to be let in."""
    return tickets.read_ticket(current_caller(), ticket, now=now())


@bp.post("/auth/desk-tickets/<ticket>/confirm")
@endpoint()
def confirm_ticket(ticket: str) -> None:
    """Let the page that shows this ticket in as oneself."""
    tickets.confirm_ticket(current_caller(), ticket, now=now())


@bp.post("/auth/desk-tickets/<ticket>/session")
@endpoint(body=TicketSecret, returns=TicketAnswer, public=True)
def collect_session(ticket: str, body: TicketSecret) -> TicketAnswer:
    """Ask whether the ticket was confirmed; the session is handed out once."""
    return tickets.collect_session(ticket, body, _visit(), now=now())


@bp.post("/me/desk-login/password")
@endpoint(body=ChangePassword, replayable=False)
def change_password(body: ChangePassword) -> None:
    """Take a new password; one's other desk sessions end."""
    service.change_password(current_caller(), body, now=now())


@bp.post("/me/desk-login/one-time")
@endpoint(body=ConfirmPassword, returns=OneTimeSetup, replayable=False)
def begin_one_time(body: ConfirmPassword) -> OneTimeSetup:
    """Set up one-time passwords with an authenticator app."""
    return service.begin_one_time(current_caller(), body, now=now())


@bp.post("/me/desk-login/one-time/confirm")
@endpoint(body=ConfirmOneTime, returns=RecoveryCodes, replayable=False)
def confirm_one_time(body: ConfirmOneTime) -> RecoveryCodes:
    """Confirm by the first one-time password; answers with recovery codes."""
    return service.confirm_one_time(current_caller(), body, now=now())
