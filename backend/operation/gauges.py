"""Queue depths for /metrics: read from the database, so that any number of processes tell the same."""

from datetime import datetime

from prometheus_client import Gauge

from backend.messaging.beats import last_beat
from backend.operation.queues import read_queues

EVENTS_WAITING = Gauge("zhibu_outbox_events_waiting", "events not yet spread to their recipients")
DELIVERIES = Gauge("zhibu_deliveries", "deliveries that are not sent", ["state"])
SINCE_BEAT = Gauge("zhibu_bot_last_beat_seconds", "how long ago a bot last lived; -1 when none ever did")
OLDEST_DUE = Gauge("zhibu_delivery_oldest_due_seconds", "age of the oldest delivery that is due")


def observe_queues(*, now: datetime) -> None:
    """Set the gauges to what the tables say."""
    queues = read_queues(now=now)
    EVENTS_WAITING.set(queues.events_waiting)
    for state, count in queues.deliveries.items():
        DELIVERIES.labels(state=state).set(count)
    OLDEST_DUE.set(queues.oldest_due_s)
    lived_at = last_beat()
    SINCE_BEAT.set((now - lived_at).total_seconds() if lived_at else -1)
