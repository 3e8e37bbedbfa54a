"""One's own tokens: which there are, ending one, and wearing one hat with one of them."""

from datetime import datetime

import peewee as pw

from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import NotFound, invalid_field
from backend.core.pages import Page, PageQuery, cursor_number, page_by_id
from backend.people.access import (
    DESK,
    DESK_IDLE,
    MEMBER,
    RESIDENT,
    hat_of,
    wearing,
)
from backend.people.models import AccessToken, Organization
from backend.people.permissions import Caller, Hats
from backend.people.sessions.schemas import SessionShape

ALL = "all"
ID_LENGTH = 20


def list_sessions(caller: Caller, query: PageQuery, *, now: datetime) -> Page[SessionShape]:
    """Tokens of the account that open something now, the newest first."""
    rows = _open(caller.account_id, now).order_by(AccessToken.id.desc()).limit(query.limit + 1)
    after = cursor_number(query.cursor)
    if after is not None:
        rows = rows.where(AccessToken.id < after)
    found, cursor = page_by_id(list(rows), query.limit)
    return Page([_shape(row, caller) for row in found], cursor)


def _open(account_id: int, now: datetime) -> "pw.ModelSelect[AccessToken]":
    awake = (AccessToken.channel != DESK) | (AccessToken.last_seen_at > now - DESK_IDLE)
    return AccessToken.select().where(
        AccessToken.account == account_id, AccessToken.expires_at > now, AccessToken.revoked_at.is_null(), awake
    )


def _shape(row: AccessToken, caller: Caller) -> SessionShape:
    return SessionShape(
        id=row.digest[:ID_LENGTH],
        channel=row.channel,
        device=row.device,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
        current=row.id == caller.token_id,
    )


def end_session(caller: Caller, session_id: str, *, now: datetime) -> None:
    """End one of one's own tokens at once; raises NotFound."""
    mine = (AccessToken.account == caller.account_id) & AccessToken.revoked_at.is_null()
    ended = AccessToken.update(revoked_at=now).where(mine, pw.fn.SUBSTR(AccessToken.digest, 1, ID_LENGTH) == session_id)
    in_unit_of_work(lambda: update_exactly_one(ended, lost=NotFound))


def end_all_sessions(account_id: int, *, channel: str, but: int = 0, now: datetime) -> None:
    """End every token of a channel, save perhaps one: what a new password asks for, within a unit of work."""
    AccessToken.update(revoked_at=now).where(
        AccessToken.account == account_id,
        AccessToken.channel == channel,
        AccessToken.id != but,
        AccessToken.revoked_at.is_null(),
    ).execute()


def act_as(caller: Caller, hat: str) -> Caller:
    """Wear one hat with this token from now on, or all of them; 422 for a hat that is not one's own.

    `hat` is `all`, `resident`, `member`, or a post as `role@code of its organisation`.
    """
    acting = None if hat == ALL else _stored_name(hat)
    if acting not in (None, *own_hats(caller.hats)):
        raise invalid_field("as", "not_your_hat", "您没有这个身份，请从列表中选择")
    in_unit_of_work(lambda: AccessToken.update(acting=acting).where(AccessToken.id == caller.token_id).execute())
    return wearing(caller, acting)


def _stored_name(hat: str) -> str:
    """A post is kept by the id of its organisation, whose code may change."""
    role, at, code = hat.partition("@")
    organization = Organization.get_or_none(Organization.code == code) if at else None
    return f"{role}@{organization.id}" if organization else hat


def own_hats(hats: Hats) -> list[str]:
    """The names of all hats of an account, as they are kept."""
    return [RESIDENT, *([MEMBER] if hats.member_id else []), *(hat_of(post) for post in hats.posts)]
