"""Queue depths for /metrics: read from the database, so that any number of processes tell the same."""

from datetime import datetime

from prometheus_client import Gauge

from backend.messaging.models import Delivery, DeliveryState, OutboxEvent

EVENTS_WAITING = Gauge("zhibu_outbox_events_waiting", "events not yet spread to their recipients")
DELIVERIES = Gauge("zhibu_deliveries", "deliveries that are not sent", ["state"])
OLDEST_DUE = Gauge("zhibu_delivery_oldest_due_seconds", "age of the oldest delivery that is due")


def observe_queues(*, now: datetime) -> None:
    """Set the gauges to what the tables say."""
    EVENTS_WAITING.set(OutboxEvent.select().where(OutboxEvent.spread_at.is_null()).count())
    for state in (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.DEAD):
        DELIVERIES.labels(state=state).set(Delivery.select().where(Delivery.state == state).count())
    oldest = (
        Delivery.select(Delivery.available_at)
        .where(Delivery.state == DeliveryState.PENDING, Delivery.available_at <= now)
        .order_by(Delivery.available_at)
        .first()
    )
    OLDEST_DUE.set((now - oldest.available_at).total_seconds() if oldest else 0)
