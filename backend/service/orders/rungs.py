"""The rungs of the ladder that an order stands on."""

from datetime import datetime

from backend.service.models import OrderSupervision


def lift_supervision(order_id: int, *, now: datetime) -> None:
    """The order has moved out of the ladder's reach: every open rung is lifted."""
    standing = (OrderSupervision.order == order_id) & OrderSupervision.lifted_at.is_null()
    OrderSupervision.update(lifted_at=now, next_at=None).where(standing).execute()


def climbs_already(order_id: int) -> bool:
    """Whether a rung that stands waits for the next one to follow."""
    waiting = (OrderSupervision.order == order_id) & OrderSupervision.next_at.is_null(False)
    return bool(OrderSupervision.select(OrderSupervision.id).where(waiting).exists())
