"""Tokens: made at log-in, looked up once per request together with everything that decides about it."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.clock import local_day
from backend.core.crypto import digest, new_token
from backend.core.database import from_stored, read_json, to_stored
from backend.core.errors import Conflict, Forbidden, NotFound, Unauthorized
from backend.people.models import AccessToken, Account, Organization, Role
from backend.people.permissions import Caller, Hats, Post, Right

TOKEN_LIFE = timedelta(days=30)
DESK, DESK_TOKEN_LIFE, DESK_IDLE = "desk", timedelta(hours=12), timedelta(minutes=30)
# last-seen is written at most this often; half an hour of idleness needs it to the minute
SEEN_EVERY, DESK_SEEN_EVERY = timedelta(hours=6), timedelta(minutes=1)

RESIDENT, MEMBER = "resident", "member"

# Written out, since every request runs it: building it anew would cost more than running it. It asks by keys alone;
# what is over, or not yet, is left out below: a server takes longer to plan such conditions than to give the rows.
# one JSON column a row: the driver spends more on describing columns than on reading values
_COLUMNS = "a.id, a.public_id, a.display_name, m.id, m.organization_id, p.role, o.id, o.path, p.starts_on, p.ends_on"
_POSTS = """
  LEFT JOIN member m ON m.account_id = a.id
  LEFT JOIN organization_post p ON p.account_id = a.id
  LEFT JOIN organization o ON o.id = p.organization_id
"""
_BY_TOKEN = f"""
SELECT JSON_ARRAY(t.expires_at, t.revoked_at, t.id, t.channel, t.acting, t.last_seen_at, {_COLUMNS})
  FROM access_token t JOIN account a ON a.id = t.account_id {_POSTS} WHERE t.digest = ?
"""  # noqa: S608 - our own words only
_BY_ACCOUNT = f"SELECT JSON_ARRAY({_COLUMNS}) FROM account a {_POSTS} WHERE a.id = ?"  # noqa: S608 - our own words only


def issue_token(account: Account, channel: str, *, device: str | None = None, now: datetime) -> tuple[str, datetime]:
    """A new token for the account: its text, shown once, and the instant it ends; `device` is told to its owner."""
    token = new_token()
    expires_at = now + (DESK_TOKEN_LIFE if channel == DESK else TOKEN_LIFE)
    AccessToken.create(
        digest=digest(token),
        account=account,
        channel=channel,
        device=device,
        created_at=now,
        expires_at=expires_at,
        last_seen_at=now,
    )
    return token, expires_at


def revoke_token(token_id: int, *, now: datetime) -> None:
    """End a token at once."""
    AccessToken.update(revoked_at=now).where(AccessToken.id == token_id).execute()


def find_caller(token: str, *, timezone: ZoneInfo, now: datetime) -> Caller:
    """Who this token belongs to, in one statement; raises Unauthorized."""
    rows = _rows(_BY_TOKEN, digest(token))
    expires_at, revoked_at, token_id, channel, acting, last_seen_at = rows[0][:6]
    idle = channel == DESK and (last_seen_at or "") <= to_stored(now - DESK_IDLE)
    if revoked_at is not None or expires_at <= to_stored(now) or idle:
        raise Unauthorized()
    found = _caller([row[6:] for row in rows], token_id, local_day(now, timezone).isoformat())
    _note_seen(token_id, channel, last_seen_at, now)
    return found if acting is None else wearing(found, acting)


def caller_of(account_id: int, *, timezone: ZoneInfo, now: datetime) -> Caller:
    """An account with the posts that it holds on that day: who acts without a token (demo, commands)."""
    return _caller(_rows(_BY_ACCOUNT, account_id), 0, local_day(now, timezone).isoformat())


def _rows(sql: str, value: str | int) -> list[list[Any]]:
    rows = read_json(sql, (value,))
    if not rows:
        raise Unauthorized()
    return rows


def _caller(rows: list[list[Any]], token_id: int, today: str) -> Caller:
    """The account of these rows, one for each of its posts, with those that it holds today."""
    account_id, public_id, display_name, member_id, branch_id = rows[0][:5]
    posts = tuple(
        Post(Role(role), organization_id, path)
        for *_, role, organization_id, path, starts_on, ends_on in rows
        if role and starts_on <= today and (ends_on is None or ends_on >= today)
    )
    hats = Hats(member_id, branch_id, posts)
    return Caller(account_id, public_id, display_name, member_id, branch_id, posts, token_id, None, hats)


def hat_of(post: Post) -> str:
    """The name of a post among the hats of its account."""
    return f"{post.role}@{post.organization_id}"


def wearing(caller: Caller, acting: str | None) -> Caller:
    """The same caller acting as one hat, or as all of them; a post whose term is over is a hat that gives nothing."""
    hats = caller.hats
    if acting == MEMBER:
        worn = Hats(hats.member_id, hats.branch_id, ())
    elif acting is not None:
        worn = Hats(None, None, tuple(post for post in hats.posts if hat_of(post) == acting))
    else:
        worn = hats
    return caller._replace(member_id=worn.member_id, branch_id=worn.branch_id, posts=worn.posts, acting=acting)


def _note_seen(token_id: int, channel: str, last_seen_at: str | None, now: datetime) -> None:
    """Write when a token was last used, seldom enough not to weigh on every request."""
    due = now - (DESK_SEEN_EVERY if channel == DESK else SEEN_EVERY)
    if last_seen_at is None or from_stored(last_seen_at) <= due:
        unseen = AccessToken.last_seen_at.is_null() | (AccessToken.last_seen_at <= due)
        AccessToken.update(last_seen_at=now).where(AccessToken.id == token_id, unseen).execute()


def find_organization(code: str) -> Organization:
    """The organisation with this code; raises NotFound."""
    organization: Organization | None = Organization.get_or_none(Organization.code == code)
    if organization is None:
        raise NotFound("organization_not_found", "没有这个组织，或您无权查看")
    return organization


def refuse_closed(organization: Organization) -> None:
    """Conflict for an organisation that is closed: it keeps its past and takes nothing new."""
    if organization.closed_on is not None:
        day = f"{organization.closed_on:%Y-%m-%d}"
        message = f"“{organization.name}”已于 {day} 撤销或并入其他组织，可以查看，不能再办理新的事项"
        raise Conflict("organization_closed", message)


def require(caller: Caller, right: Right, organization: Organization, *, see: Right | None = None) -> None:
    """Default deny: 403 for who may at least see the organisation's things, 404 for everybody else."""
    if caller.may(right, organization.path):
        return
    visible = caller.may(see or Right.SEE_ORGANIZATION, organization.path) or caller.branch_id == organization.id
    raise Forbidden() if visible else NotFound()


def no_post() -> Forbidden:
    """For a list that needs a post, asked for by somebody who holds none such today."""
    return Forbidden("no_post", "您当前的身份没有办理这项工作的职务；如任期已满，请联系书记或上级党组织")


def within(caller: Caller, right: Right, path: pw.CharField) -> pw.Expression | None:
    """A condition on a path column: everything that `right` reaches; None when it reaches nothing."""
    condition: pw.Expression | None = None
    for root, reach in caller.paths(right):
        part = path == root if reach == "own" else in_subtree(path, root)
        condition = part if condition is None else condition | part
    return condition


def in_subtree(path: pw.CharField, root: str) -> pw.Expression:
    """The organisation and all below it, as one indexed range ('/' is the character after '.')."""
    return (path >= root) & (path < root[:-1] + "/")
