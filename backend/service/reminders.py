"""Orders that wait for somebody, branch by branch."""

from collections.abc import Mapping, Sequence

import peewee as pw

from backend.core.database import rows_of
from backend.messaging.reminders.occasions import Question, Span, summed
from backend.service.models import ServiceOrder
from backend.service.orders.workflow import State

ORDER_PAGE = "pages/order/list"


def _in(state: State, organization_ids: Sequence[int], _span: Span) -> Mapping[int, int]:
    rows = (
        ServiceOrder.select(ServiceOrder.organization, pw.fn.COUNT(ServiceOrder.id))
        .where(ServiceOrder.organization.in_(organization_ids), ServiceOrder.state == state)
        .group_by(ServiceOrder.organization)
    )
    return {int(number): int(amount) for number, amount in rows_of(rows)}


def to_accept(organization_ids: Sequence[int], span: Span) -> Mapping[int, int]:
    """Submitted, and nobody has accepted them."""
    return _in(State.SUBMITTED, organization_ids, span)


def to_dispatch(organization_ids: Sequence[int], span: Span) -> Mapping[int, int]:
    """Accepted, and nobody was asked."""
    return _in(State.ACCEPTED, organization_ids, span)


def to_claim(organization_ids: Sequence[int], span: Span) -> Mapping[int, int]:
    """Dispatched, and nobody has taken them."""
    return _in(State.DISPATCHED, organization_ids, span)


def to_follow_up(organization_ids: Sequence[int], span: Span) -> Mapping[int, int]:
    """Done, and nobody has asked whether it is."""
    return _in(State.COMPLETED, organization_ids, span)


def to_call_back(organization_ids: Sequence[int], _span: Span) -> Mapping[int, int]:
    """Asked for by somebody else, and nobody has called the person himself."""
    owed = ServiceOrder.call_owed_at.is_null(False)
    rows = (
        ServiceOrder.select(ServiceOrder.organization, pw.fn.COUNT(ServiceOrder.id))
        .where(ServiceOrder.organization.in_(organization_ids), owed)
        .group_by(ServiceOrder.organization)
    )
    return {int(number): int(amount) for number, amount in rows_of(rows)}


WAITING = {"待受理": to_accept, "待派单": to_dispatch, "待接单": to_claim}

CALLS = {"办结待回访": to_follow_up, "代办待核实本人": to_call_back}

QUESTIONS: dict[str, Question] = {
    "orders_unclaimed": summed("reminder.orders_waiting", WAITING, ORDER_PAGE),
    "follow_ups_due": summed("reminder.follow_ups", CALLS, ORDER_PAGE),
}
