"""Log-in by a QR code: the desk page shows a ticket, a phone that is logged in confirms it, the page gets a session."""

from datetime import datetime

from backend.core.crypto import digest, new_token
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, Forbidden, NotFound
from backend.people.access import DESK, issue_token
from backend.people.desk_logins import lockout
from backend.people.desk_logins.models import DeskTicket
from backend.people.desk_logins.rules import TICKET_LIFE, TICKETS_PER_ADDRESS
from backend.people.desk_logins.schemas import TicketAnswer, TicketBrief, TicketSecret, TicketShape
from backend.people.desk_logins.service import Visit, require_desk, session_of
from backend.people.models import AccessToken, Account
from backend.people.permissions import Caller


class TicketOver(NotFound):
    """Never was, too old, or used."""

    code, message = "ticket_over", "二维码已失效，请刷新电脑上的登录页再扫"


def open_ticket(visit: Visit, *, public_url: str, now: datetime) -> TicketShape:
    """A ticket of two minutes for the page that asks; 429 for an address that asks without end."""
    lockout.count_try({lockout.address_subject(visit.address, "qr"): TICKETS_PER_ADDRESS}, now=now)
    ticket, secret = new_token(), new_token()
    in_unit_of_work(
        lambda: DeskTicket.create(
            digest=digest(ticket),
            secret_digest=digest(secret),
            device=visit.device,
            created_at=now,
            expires_at=now + TICKET_LIFE,
        )
    )
    address = f"{public_url}/m/#/pages/desk/confirm?ticket={ticket}"
    return TicketShape(ticket=ticket, secret=secret, address=address, expires_at=now + TICKET_LIFE)


def read_ticket(caller: Caller, ticket: str, *, now: datetime) -> TicketBrief:
    """Which device asks to be let in: shown before one confirms."""
    require_desk(caller)
    row = _live(ticket, now)
    return TicketBrief(device=row.device, created_at=row.created_at, expires_at=row.expires_at)


def confirm_ticket(caller: Caller, ticket: str, *, now: datetime) -> None:
    """Let that page in as oneself; 403 without any post that has rights or from another desk, 404 when it is over."""
    require_desk(caller)

    def work() -> None:
        if AccessToken.select().where(AccessToken.id == caller.token_id, AccessToken.channel == DESK).exists():
            raise Forbidden("phone_needed", "请用手机上的小程序扫码确认")
        row = _live(ticket, now)
        update_exactly_one(
            DeskTicket.update(account=caller.account_id).where(DeskTicket.id == row.id, DeskTicket.account.is_null()),
            lost=TicketOver,
        )

    in_unit_of_work(work)


def _live(ticket: str, now: datetime) -> DeskTicket:
    row: DeskTicket | None = DeskTicket.get_or_none(
        DeskTicket.digest == digest(ticket), DeskTicket.expires_at > now, DeskTicket.account.is_null()
    )
    if row is None:
        raise TicketOver()
    return row


def collect_session(ticket: str, body: TicketSecret, visit: Visit, *, now: datetime) -> TicketAnswer:
    """What the page asks while it waits: not yet, or its session, handed out once; 404 when the ticket is over."""
    row: DeskTicket | None = DeskTicket.get_or_none(
        DeskTicket.digest == digest(ticket),
        DeskTicket.secret_digest == digest(body.secret),
        DeskTicket.expires_at > now,
        DeskTicket.token.is_null(),
    )
    if row is None:
        raise TicketOver()
    account = row.account
    if account is None:
        return TicketAnswer(confirmed=False, session=None)
    token, expires_at = in_unit_of_work(lambda: _hand_out(row, account, visit, now))
    session = session_of(token, expires_at, [], timezone=visit.timezone, now=now)
    return TicketAnswer(confirmed=True, session=session)


def _hand_out(row: DeskTicket, account: Account, visit: Visit, now: datetime) -> tuple[str, datetime]:
    token, expires_at = issue_token(account, DESK, device=visit.device, now=now)
    issued = AccessToken.select().where(AccessToken.digest == digest(token))
    update_exactly_one(
        DeskTicket.update(token=issued.get()).where(DeskTicket.id == row.id, DeskTicket.token.is_null()),
        lost=lambda: Conflict("ticket_used", "这次登录已经完成"),
    )
    return token, expires_at
