"""Whether a message about an order that was held back still says what is so."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend.service.models import ServiceOrder
from backend.service.orders.workflow import STATE_LABELS

# these ask somebody to act: pointless once the order has moved on
CALLS_TO_ACT = (
    "order.submitted",
    "order.dispatched",
    "order.info_asked",
    "order.declined",
    "order.claim_expired",
    "order.branch_warned",
    "order.handler_warned",
    "order.help_due",
    "order.help_over",
    "order.info_reminder",
    "order.rating_reminder",
)


def waits_still(facts: Mapping[str, Any], *, now: datetime) -> bool:
    """Whether the order is where it was when the message was written."""
    row = ServiceOrder.select(ServiceOrder.state).where(ServiceOrder.number == facts["number"]).tuples().first()
    return row is not None and STATE_LABELS[row[0]] == facts["state"]


STILL_TRUE = dict.fromkeys(CALLS_TO_ACT, waits_still)
