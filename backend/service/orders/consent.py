"""What follows when the consent to give one's phone to handlers is withdrawn."""

from datetime import datetime
from zoneinfo import ZoneInfo

from backend.messaging import outbox
from backend.service.models import ServiceOrder
from backend.service.orders.facts import order_facts, people_of
from backend.service.orders.loading import read_case_by_id
from backend.service.orders.workflow import OPEN

UTC_ZONE = ZoneInfo("UTC")


def tell_of_withdrawn_contact(account_id: int, *, now: datetime) -> None:
    """Who handles an open order of this account learns that there is no phone any more, and what to do instead."""
    mine = (ServiceOrder.requester == account_id) & ServiceOrder.state.in_(list(OPEN))
    for row in ServiceOrder.select(ServiceOrder.id).where(mine).order_by(ServiceOrder.id):
        order = read_case_by_id(row.id, timezone=UTC_ZONE, now=now).order
        outbox.enqueue(
            "order.contact_withdrawn",
            order_facts(order, at=now, timezone=UTC_ZONE),
            key=f"order.contact_withdrawn:{row.id}:{now:%Y%m%dT%H%M%S%f}",
            organization_id=order.organization_id,
            people=people_of(order),
            now=now,
        )
