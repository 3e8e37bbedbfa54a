"""Log-in, one's own account and rosters over HTTP."""

from datetime import date

from flask import Blueprint, request

from backend.core.clock import local_day
from backend.core.http import endpoint, extension, now, settings
from backend.core.pages import Page
from backend.people import directory, login
from backend.people.access import find_caller, revoke_token
from backend.people.caller import current_caller
from backend.people.schemas import (
    AccountShape,
    MemberBrief,
    MemberQuery,
    PhoneCode,
    Session,
    WeChatLogin,
)
from backend.people.sessions.device import device_label
from backend.people.tree.members import list_members_below

bp = Blueprint("people", __name__, url_prefix="/api/v1")


@bp.post("/auth/wechat")
@endpoint(body=WeChatLogin, returns=Session, public=True)
def log_in_by_wechat(body: WeChatLogin) -> Session:
    """Exchange a code of the platform for a token."""
    visitor = extension("gateway").visitor(body.channel, body.code)
    _, token, expires_at = login.log_in(visitor, body.channel, device_label(request.user_agent.string), now=now())
    caller = find_caller(token, timezone=settings().timezone, now=now())
    return Session(token=token, expires_at=expires_at, account=directory.account_shape(caller, today=_today()))


@bp.post("/auth/phone")
@endpoint(body=PhoneCode, returns=AccountShape, replayable=False)
def verify_phone(body: PhoneCode) -> AccountShape:
    """Keep the phone number that the platform has verified."""
    caller = current_caller()
    login.bind_phone(caller.account_id, extension("gateway").phone_number(body.code))
    return directory.account_shape(caller, today=_today())


@bp.delete("/auth/token")
@endpoint()
def log_out() -> None:
    """End the token of this request at once."""
    revoke_token(current_caller().token_id, now=now())


@bp.get("/me")
@endpoint(returns=AccountShape)
def read_own_account() -> AccountShape:
    """One's own account, posts and membership."""
    return directory.account_shape(current_caller(), today=_today())


@bp.get("/organizations/<code>/members")
@endpoint(query=MemberQuery, returns=Page[MemberBrief])
def list_members(code: str, query: MemberQuery) -> Page[MemberBrief]:
    """The roster, for those who keep it."""
    if query.below:
        return list_members_below(current_caller(), code, query)
    return directory.list_members(current_caller(), code, query, today=_today())


def _today() -> date:
    return local_day(now(), settings().timezone)
