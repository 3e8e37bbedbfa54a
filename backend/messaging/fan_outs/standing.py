"""What a stopped sending does to its deliveries: those that are claimed wait or are skipped, and wake again."""

from collections.abc import Iterable
from datetime import datetime

from backend.core.database import in_unit_of_work, lock_rows, rows_of
from backend.messaging.fan_outs.models import FanOut
from backend.messaging.fan_outs.workflow import FanOutState
from backend.messaging.models import Delivery, DeliveryState

WAKE_BATCH, WAKE_ROUNDS = 2_000, 50
CANCELLED = "sending cancelled"
STOPPED = (FanOutState.PAUSED, FanOutState.CANCELLED)


def stopped_among(event_ids: Iterable[int]) -> dict[int, FanOutState]:
    """Which of these events belong to a sending that is paused or cancelled."""
    rows = FanOut.select(FanOut.event, FanOut.state).where(FanOut.event.in_(list(event_ids)), FanOut.state.in_(STOPPED))
    return {event: FanOutState(state) for event, state in rows_of(rows)}


def wake_paused(*, now: datetime) -> int:
    """Deliveries that were set aside go on, or are skipped, once their sending has left its pause; how many."""
    woken = 0
    for _ in range(WAKE_ROUNDS):
        batch = in_unit_of_work(lambda: _wake(now))
        woken += batch
        if batch < WAKE_BATCH:
            break
    return woken


def _wake(now: datetime) -> int:
    left = FanOut.state != FanOutState.PAUSED
    query = (
        Delivery.select(Delivery.id, Delivery.event)
        .where(
            Delivery.state == DeliveryState.PAUSED,
            Delivery.event.in_(FanOut.select(FanOut.event).where(FanOut.finished_at.is_null(), left)),
        )
        .limit(WAKE_BATCH)
    )
    found = rows_of(lock_rows(query))
    stopped = stopped_among({event for _, event in found})
    gone = [one for one, event in found if stopped.get(event) is FanOutState.CANCELLED]
    awake = [one for one, event in found if event not in stopped]
    if gone:
        Delivery.update(state=DeliveryState.SKIPPED, fault=CANCELLED).where(Delivery.id.in_(gone)).execute()
    if awake:
        changes = {"state": DeliveryState.PENDING, "fault": None, "available_at": now}
        Delivery.update(changes).where(Delivery.id.in_(awake)).execute()
    return len(gone) + len(awake)
