"""Whether orders keep an organisation from being closed."""

from datetime import datetime

from backend.people.tree.obstacles import Obstacle
from backend.service.models import ServiceOrder
from backend.service.orders.workflow import OPEN


def open_orders(organization_id: int, *, now: datetime) -> Obstacle | None:
    """Orders that are not settled yet."""
    waiting = (ServiceOrder.organization == organization_id) & ServiceOrder.state.in_(sorted(OPEN))
    count = ServiceOrder.select().where(waiting).count()
    return Obstacle("orders", count, f"还有 {count} 件诉求没有办结，请先办结或转办") if count else None
