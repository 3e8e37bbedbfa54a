"""Who can log in at the desk, for those who answer for it: with posts, state and open sessions, a page at a time."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import peewee as pw

from backend.core.database import rows_of
from backend.core.http import Instant, Shape
from backend.core.pages import Page, PageQuery, cursor_number, page_by_id
from backend.people.access import in_subtree
from backend.people.desk_logins.administration import state_of
from backend.people.desk_logins.models import DeskLogin
from backend.people.models import AccessToken, Account, Organization, OrganizationPost
from backend.people.permissions import OFFICERS, Caller, Right
from backend.people.posts import ROLE_LABELS, in_office


class DeskUser(Shape):
    """A user of the desk; `sessions` are those that are open now."""

    username: str
    name: str
    posts: list[str]
    state: str
    sessions: int
    last_seen_at: Instant | None


def list_users_below(caller: Caller, query: PageQuery, *, today: date, now: datetime) -> Page[DeskUser]:
    """Users with a home in the organisations that the caller runs or audits."""
    roots = {post.path for post in caller.posts if post.role in OFFICERS}
    roots |= {path for path, _ in caller.paths(Right.SEE_AUDIT)}
    reach: Any = pw.SQL("1 = 0")
    for root in sorted(roots):
        reach |= in_subtree(Organization.path, root)
    rows = DeskLogin.select(DeskLogin, Account).join(Account).join(Organization).where(reach)
    after = cursor_number(query.cursor)
    if after is not None:
        rows = rows.where(DeskLogin.id > after)
    found, more = page_by_id(list(rows.order_by(DeskLogin.id).limit(query.limit + 1)), query.limit)
    ids = [row.account_id for row in found]
    posts, sessions = _posts(ids, today), _sessions(ids, now)
    return Page([_shape(row, posts.get(row.account_id, []), sessions.get(row.account_id)) for row in found], more)


def _posts(account_ids: Sequence[int], today: date) -> dict[int, list[str]]:
    rows = (
        OrganizationPost.select(OrganizationPost.account, OrganizationPost.role, Organization.name)
        .join(Organization)
        .where(OrganizationPost.account.in_(account_ids), in_office(today))
        .order_by(OrganizationPost.id)
    )
    found: dict[int, list[str]] = {}
    for account_id, role, name in rows_of(rows):
        found.setdefault(account_id, []).append(f"{name} {ROLE_LABELS[role]}")
    return found


def _sessions(account_ids: Sequence[int], now: datetime) -> dict[int, tuple[int, datetime | None]]:
    last = pw.fn.MAX(AccessToken.last_seen_at).converter(AccessToken.last_seen_at.python_value)
    rows = (
        AccessToken.select(AccessToken.account, pw.fn.COUNT(AccessToken.id), last)
        .where(
            AccessToken.account.in_(account_ids),
            AccessToken.channel == "desk",
            AccessToken.revoked_at.is_null(),
            AccessToken.expires_at > now,
        )
        .group_by(AccessToken.account)
    )
    return {account_id: (number, seen) for account_id, number, seen in rows_of(rows)}


def _shape(row: Any, posts: list[str], sessions: tuple[int, datetime | None] | None) -> DeskUser:
    number, seen = sessions or (0, None)
    return DeskUser(
        username=row.username,
        name=row.account.display_name,
        posts=posts,
        state=state_of(row),
        sessions=number,
        last_seen_at=seen,
    )
