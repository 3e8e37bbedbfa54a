"""What the menu shows: the pages that some right of the caller opens."""

from dataclasses import dataclass

from flask import g

from backend.core.errors import Forbidden
from backend.desk.language import say
from backend.people.access import find_organization, require
from backend.people.models import Organization
from backend.people.permissions import OFFICERS, PERMISSIONS, Caller, Right
from backend.people.posts import ROLE_LABELS

MOST_BELOW = 60  # a page of ways down; the search finds the others


@dataclass(frozen=True)
class MenuItem:
    """One page of the menu and the rights any of which opens it; none means everybody."""

    endpoint: str
    label: str
    rights: frozenset[Right] = frozenset()


MENU = (
    MenuItem("desk.today", "今日"),
    MenuItem("desk.board", "派单台", frozenset({Right.SEE_ORDERS, Right.HANDLE_ORDERS})),
    MenuItem("desk.moderation", "审核", frozenset({Right.MODERATE})),
    MenuItem("desk.members", "党员", frozenset({Right.SEE_MEMBERS})),
    MenuItem("desk.posts", "党员", frozenset({Right.SEE_TERMS})),
    MenuItem("desk.away", "党员", frozenset({Right.SEE_FLOATING})),
    MenuItem("desk.activities", "组织生活", frozenset({Right.SEE_ACTIVITIES})),
    MenuItem("desk.lessons", "党课", frozenset({Right.WRITE_LESSONS, Right.REVIEW_LESSONS})),
    MenuItem("desk.packs", "党课", frozenset({Right.KEEP_ROLL})),
    MenuItem("desk.surveys", "党课", frozenset({Right.SEE_NUMBERS})),
    MenuItem("desk.group_chats", "消息", frozenset({Right.MANAGE_GROUPS})),
    MenuItem("desk.sendings", "消息", frozenset({Right.STEER_SENDINGS})),
    MenuItem("desk.message_limits", "消息", frozenset({Right.SEE_NUMBERS})),
    MenuItem("desk.numbers", "数据", frozenset({Right.SEE_NUMBERS})),
    MenuItem("desk.rules", "规则", frozenset({Right.SEE_ORGANIZATION})),
)
OPERATION = MenuItem("desk.operation", "运行")


@dataclass(frozen=True)
class Hat:
    """What the caller can act as, and in which words."""

    name: str
    label: str


def menu_of(caller: Caller) -> list[MenuItem]:
    """The pages that this caller has."""
    held = {right for post in caller.posts for right in PERMISSIONS[post.role]}
    shown: dict[str, MenuItem] = {}  # of two doors to one thing the first that opens
    for item in MENU:
        if not item.rights or item.rights & held:
            shown.setdefault(item.label, item)
    return [*shown.values(), *([OPERATION] if may_operate(caller) else [])]


def may_operate(caller: Caller) -> bool:
    """Whether the caller acts for a county or more, or audits."""
    return any(post.role in OFFICERS for post in caller.posts) or bool(caller.paths(Right.SEE_AUDIT))


def hats_of(caller: Caller) -> list[Hat]:
    """What the caller can act as; `all` first."""
    ids = [post.organization_id for post in caller.hats.posts]
    known = {row.id: row for row in Organization.select().where(Organization.id.in_(ids))} if ids else {}
    hats = [Hat("all", "全部身份")]
    for post in caller.hats.posts:
        home = known[post.organization_id]
        hats.append(Hat(f"{post.role}@{home.code}", f"{home.name} {say(ROLE_LABELS[post.role])}"))
    return hats


def home_of(caller: Caller, *rights: Right) -> Organization | None:
    """The organisation of the first post that gives one of these rights: what a page shows unless told otherwise."""
    for post in caller.posts:
        if any(right in PERMISSIONS[post.role] for right in rights):
            return _known(post.organization_id)
    return None


def places_of(caller: Caller, right: Right) -> list[int]:
    """The organisations whose own posts give the right: where a word of the caller is waited for."""
    return sorted({post.organization_id for post in caller.posts if right in PERMISSIONS[post.role]})


def _known(organization_id: int) -> Organization:
    """An organisation by its id, read once a request."""
    known: dict[int, Organization] = g.setdefault("organizations", {})
    if organization_id not in known:
        known[organization_id] = Organization.get_by_id(organization_id)
    return known[organization_id]


@dataclass(frozen=True)
class Place:
    """The organisation that a page shows, and the ways to others: the one above and those below."""

    chosen: Organization
    above: Organization | None
    below: list[Organization]


def place_for(caller: Caller, code: str | None, *rights: Right) -> Place:
    """The organisation named by a code, or one's own; 404 or 403 where the caller has none of these rights."""
    chosen = find_organization(code) if code else home_of(caller, *rights)
    if chosen is None:
        raise Forbidden()
    if not caller.may_any(rights, chosen.path):
        require(caller, rights[0], chosen)
    downwards = caller.may_any(rights, f"{chosen.path}0.")
    below = Organization.select().where(Organization.parent == chosen).order_by(Organization.code).limit(MOST_BELOW)
    above = chosen.parent if chosen.parent_id else None
    upwards = above is not None and caller.may_any(rights, above.path)
    return Place(chosen, above if upwards else None, list(below) if downwards else [])
