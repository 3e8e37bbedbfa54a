"""Members of a whole subtree: listed in its order, searched by how their names begin, counted."""

import re
from typing import Any

import peewee as pw

from backend.core.errors import Forbidden
from backend.core.pages import Page, cursor_position, write_cursor
from backend.people.access import find_organization, in_subtree, require
from backend.people.directory import brief, member_brief
from backend.people.models import Member, MembershipKind, Organization
from backend.people.permissions import Caller, Right
from backend.people.schemas import MemberBrief, MemberQuery

# organisations that one page looks into: for a list enough to fill it, for a search a whole county
LIST_WINDOW, SEARCH_WINDOW = 40, 500
LAST_SIGN = "\U0010ffff"
# a consonant with a vowel, a syllable that begins with a vowel, or the double consonant alone: pinyin; else initials
PINYIN = re.compile(r"[b-df-hj-np-tw-z]h?[aeiouv]|^(ai|ang?|ao|e[inr]|ou)|^[zcs]h$")


def list_members_below(caller: Caller, code: str, query: MemberQuery) -> Page[MemberBrief]:
    """Home members of an organisation and all below it, in the order of the tree.

    A page looks into one window of organisations, each by one range of an index, so it costs the same however large
    the subtree is. It may be short, or empty, and still have a cursor to go on from.
    """
    root = readable_subtree(caller, code)
    path, name, number = cursor_position(query.cursor) or (root, "", 0)
    size = SEARCH_WINDOW if query.q else LIST_WINDOW
    inside: Any = Organization.select().where(in_subtree(Organization.path, root), Organization.path >= path)
    inside = inside.order_by(Organization.path)
    found = _members(inside.limit(size), (path, name, number), query)
    if len(found) > query.limit:
        last = found[query.limit - 1]
        return Page(_briefs(found[: query.limit]), write_cursor(last.path, last.name, last.id))
    beyond = inside.select(Organization.path).offset(size).first()
    return Page(_briefs(found), write_cursor(beyond.path, "", 0) if beyond else None)


def _members(organizations: Any, after: tuple[str, str, int], query: MemberQuery) -> list[Any]:
    path, name, number = after
    # nothing but what the index on paths holds: MariaDB would read and sort the whole table for a name beside it
    window = organizations.select(Organization.id, Organization.path).alias("place")
    place = window.c
    shown = (Member.id, Member.public_id, Member.name, Member.status, Member.account, Member.organization)
    rows: Any = Member.select(*shown, place.path)
    rows = rows.join(window, on=(Member.organization == place.id)).where(
        (place.path > path) | (Member.name > name) | ((Member.name == name) & (Member.id > number))
    )
    if query.q:
        rows = rows.where(_begins(query.q))
    return list(rows.order_by(place.path, Member.name, Member.id).limit(query.limit + 1).objects())


def _begins(q: str) -> pw.Expression:
    """How a name, its pinyin or its initials begin: one range of one index, whichever was typed."""
    typed = "".join(q.split())
    if not typed.isascii():
        return _starts(Member.name, typed)
    typed = typed.lower()
    return _starts(Member.name_pinyin if PINYIN.search(typed) else Member.name_initials, typed)


def _starts(column: pw.CharField, text: str) -> pw.Expression:
    condition: pw.Expression = (column >= text) & (column < text + LAST_SIGN)
    return condition


def _briefs(rows: list[Any]) -> list[MemberBrief]:
    ids = {row.organization_id for row in rows}
    places = Organization.select(Organization.id, Organization.code, Organization.name)
    known = {place.id: brief(place) for place in places.where(Organization.id.in_(ids))} if ids else {}
    return [member_brief(row, MembershipKind.HOME, known[row.organization_id]) for row in rows]


def readable_subtree(caller: Caller, code: str) -> str:
    """The path of an organisation whose members the caller sees down to the last cell; 403 or 404 otherwise."""
    organization = find_organization(code)
    require(caller, Right.SEE_MEMBERS, organization)
    if not caller.reaches_below(Right.SEE_MEMBERS, organization.path):
        raise Forbidden()
    return organization.path
