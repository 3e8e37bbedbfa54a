"""Finding organisations: by their place in the tree, or by a part of their name."""

from typing import Any

import peewee as pw

from backend.core.crypto import mask_name, mask_phone, opened
from backend.core.database import database
from backend.core.pages import Page, cursor_number, cursor_path, page_by_id, read_cursor, write_cursor
from backend.people.access import find_organization, in_subtree
from backend.people.directory import brief
from backend.people.models import Level, Organization, OrganizationKind, Sector
from backend.people.permissions import Caller, Right
from backend.people.schemas import ContactBrief, OrganizationQuery, OrganizationShape
from backend.people.tree.models import OrganizationGram
from backend.people.tree.planting import grams_of

MANY = 1_000  # beyond this nobody counts which way is shorter
GRAMS_WEIGHED = 8
_WEIGHED = "(SELECT COUNT(*) FROM (SELECT 1 FROM organization_gram WHERE gram = ? LIMIT ?) weighed)"
_ROOM = "(SELECT COUNT(*) FROM (SELECT 1 FROM organization WHERE path >= ? AND path < ? LIMIT ?) room)"


def list_organizations(caller: Caller, query: OrganizationQuery) -> Page[OrganizationShape]:
    """Organisations in the order of the tree, or, searched by name, the way that reads fewer rows.

    Names and places in the tree are public, people are not.
    """
    root = find_organization(query.under).path if query.under else None
    rows = _rows(query, root)
    gram = _gram(query, root)
    found, cursor = _by_place(rows, query) if gram is None else _by_name(rows, gram, query)
    return Page([organization_shape(caller, row) for row in found], cursor)


def _rows(query: OrganizationQuery, root: str | None) -> Any:
    parent = Organization.alias()
    rows: Any = Organization.select(Organization, parent).join(
        parent, pw.JOIN.LEFT_OUTER, on=(Organization.parent == parent.id)
    )
    if not query.closed:
        rows = rows.where(Organization.closed_on.is_null())
    if query.q:
        rows = rows.where(Organization.name.contains(query.q))
    return rows if root is None else rows.where(in_subtree(Organization.path, root))


def _by_place(rows: Any, query: OrganizationQuery) -> tuple[list[Organization], str | None]:
    """One range of the index on paths."""
    after = cursor_path(query.cursor)
    if after is not None:
        rows = rows.where(Organization.path > after)
    found = list(rows.order_by(Organization.path).limit(query.limit + 1))
    more = len(found) > query.limit
    return found[: query.limit], write_cursor(found[query.limit - 1].path) if more else None


def _by_name(rows: Any, gram: str, query: OrganizationQuery) -> tuple[list[Organization], str | None]:
    """One range of the index on pieces of names."""
    rows = rows.switch(Organization).join(OrganizationGram, on=(OrganizationGram.organization == Organization.id))
    after = cursor_number(query.cursor)
    if after is not None:
        rows = rows.where(OrganizationGram.organization > after)
    rows = rows.where(OrganizationGram.gram == gram).order_by(OrganizationGram.organization)
    return page_by_id(list(rows.limit(query.limit + 1)), query.limit)


def _gram(query: OrganizationQuery, root: str | None) -> str | None:
    """The piece of the name to go by; None to walk the subtree. A page goes on the way it has begun."""
    if not query.q:
        return None
    if query.cursor is not None and "." in read_cursor(query.cursor, 1)[0]:
        return None
    grams = sorted(grams_of(query.q, (min(len(query.q), 2),)))[:GRAMS_WEIGHED]
    weights, room = _weigh(grams, root)
    rarest = min(range(len(grams)), key=weights.__getitem__)
    walks = query.cursor is None and room is not None and room <= weights[rarest]
    return None if walks else grams[rarest]


def _weigh(grams: list[str], root: str | None) -> tuple[list[int], int | None]:
    """How many rows each way would read, counted no further than MANY, in one statement."""
    parts, values = [_WEIGHED] * len(grams), [value for gram in grams for value in (gram, MANY)]
    if root is not None:
        parts, values = [*parts, _ROOM], [*values, root, root[:-1] + "/", MANY]
    sql = f"SELECT {', '.join(parts)}".replace("?", database.obj.param)
    counts = list(database.execute_sql(sql, values).fetchone())
    return counts[: len(grams)], counts[-1] if root is not None else None


def organization_shape(caller: Caller, organization: Organization) -> OrganizationShape:
    """An organisation and its place in the tree, as this caller may see it."""
    sees = caller.branch_id == organization.id or caller.may(Right.SEE_ORGANIZATION, organization.path)
    return OrganizationShape(
        code=organization.code,
        name=organization.name,
        kind=OrganizationKind(organization.kind),
        parent=brief(organization.parent) if organization.parent_id else None,
        level=Level(organization.level) if organization.level else None,
        sector=Sector(organization.sector) if organization.sector else None,
        division=organization.division,
        units=organization.units,
        closed_on=organization.closed_on,
        contact=masked_contact(organization) if sees else None,
    )


def masked_contact(organization: Organization) -> ContactBrief | None:
    """Whom to call, masked."""
    name, phone = opened(organization.contact_name), opened(organization.contact_phone)
    return ContactBrief(name=mask_name(name), phone=mask_phone(phone)) if name and phone else None
