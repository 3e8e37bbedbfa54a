"""The public board of wishes (微心愿): what the branch has put there and nobody has taken yet."""

from typing import Any

import peewee as pw

from backend.core.pages import Page, cursor_number, page_by_id
from backend.people.access import find_organization
from backend.people.models import Organization
from backend.service.grids.models import Grid
from backend.service.models import ServiceOrder
from backend.service.orders.queries import BoardQuery
from backend.service.orders.shapes import WishShape


def list_wishes(query: BoardQuery) -> Page[WishShape]:
    """Wishes on the board, newest first; `board_at` is set only while a wish hangs there, so the index is short."""
    rows: pw.ModelSelect[Any] = (
        ServiceOrder.select(ServiceOrder, Organization, Grid)
        .join(Organization)
        .switch(ServiceOrder)
        .join(Grid, pw.JOIN.LEFT_OUTER)
        .where(ServiceOrder.board_at.is_null(False))
        .order_by(ServiceOrder.id.desc())
    )
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(ServiceOrder.id < before)
    if query.organization is not None:
        rows = rows.where(ServiceOrder.organization == find_organization(query.organization).id)
    found, cursor = page_by_id(list(rows.limit(query.limit + 1)), query.limit)
    return Page([_shape(row) for row in found], cursor)


def _shape(row: ServiceOrder) -> WishShape:
    assert row.board_text is not None
    return WishShape(
        number=row.number,
        text=row.board_text,
        organization=row.organization.code,
        organization_name=row.organization.name,
        grid=row.grid.name if row.grid else None,
        since=row.board_at,
    )
