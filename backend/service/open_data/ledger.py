"""The public ledger: delayed, and nothing of it says who, where exactly, or in which words."""

from datetime import datetime
from typing import Any

import peewee as pw

from backend.core.database import in_unit_of_work
from backend.core.errors import Conflict
from backend.core.pages import Page, PageQuery, cursor_number, page_by_id
from backend.people.access import find_organization, require
from backend.people.models import Organization
from backend.people.permissions import Caller, Right
from backend.service.grids.models import Grid
from backend.service.models import Moderation, Resolution, ServiceOrder, ServiceType
from backend.service.open_data.rules import LEDGER_DELAY
from backend.service.open_data.schemas import ApproveReply, LedgerEntry
from backend.service.orders.loading import order_not_found
from backend.service.orders.workflow import OPEN, STATE_LABELS, State

HIDDEN = (State.CANCELLED,)


def read_ledger(code: str, query: PageQuery, *, now: datetime) -> Page[LedgerEntry]:
    """One page, newest first; 404 for an unknown organisation."""
    rows = ledger_rows(find_organization(code).id, now=now).order_by(ServiceOrder.id.desc())
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(ServiceOrder.id < before)
    found, cursor = page_by_id(list(rows.limit(query.limit + 1)), query.limit)
    return Page([_entry(row) for row in found], cursor)


def ledger_rows(organization_id: int, *, now: datetime) -> "pw.ModelSelect[ServiceOrder]":
    """Orders that the ledger of an organisation shows by now; what was withdrawn or not checked it never does."""
    rows: pw.ModelSelect[Any] = (
        ServiceOrder.select(ServiceOrder, ServiceType, Grid, Organization)
        .join(ServiceType)
        .switch(ServiceOrder)
        .join(Grid, pw.JOIN.LEFT_OUTER)
        .switch(ServiceOrder)
        .join(Organization)
        .where(
            ServiceOrder.organization == organization_id,
            ServiceOrder.created_at <= now - LEDGER_DELAY.value,
            ServiceOrder.moderation == Moderation.PASSED,
            ServiceOrder.state.not_in(HIDDEN),
        )
    )
    return rows


def _entry(row: ServiceOrder) -> LedgerEntry:
    return LedgerEntry(
        number=row.number,
        service_type=row.service_type.code,
        service_type_name=row.service_type.name,
        grid=row.grid.name if row.grid else None,
        state=State(row.state),
        state_label=STATE_LABELS[State(row.state)],
        resolution=Resolution(row.resolution) if row.resolution else None,
        submitted_at=row.created_at,
        completed_at=row.completed_at,
        closed_at=row.closed_at,
        reply=row.ledger_reply,
    )


def approve_reply(number: str, body: ApproveReply, *, caller: Caller) -> None:
    """The dispatcher puts the reply into words that everybody may read, or takes it back; 409 while it is in hand."""
    order: ServiceOrder | None = (
        ServiceOrder.select(ServiceOrder, Organization).join(Organization).where(ServiceOrder.number == number).first()
    )
    if order is None or not caller.may(Right.SEE_ORDERS, order.organization.path):
        raise order_not_found()
    require(caller, Right.HANDLE_ORDERS, order.organization, see=Right.SEE_ORDERS)
    if body.text is not None and State(order.state) in OPEN - {State.COMPLETED}:
        raise Conflict("still_in_hand", "工单办结后才能公开答复")
    changed = ServiceOrder.update(ledger_reply=body.text).where(ServiceOrder.id == order.id)
    in_unit_of_work(changed.execute)
