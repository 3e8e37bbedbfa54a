"""Reading times, clocks, warnings and counts in the tests of the order machine."""

from datetime import datetime
from typing import Any

from backend.messaging.models import OutboxEvent
from backend.service.models import OrderTimer, ServiceOrder
from backend.tally.models import TallyDelta
from tests.conftest import SHANGHAI
from tests.service.conftest import Desk


def at(text: str) -> datetime:
    """A minute of 2026 in Shanghai: `11-23 09:00`."""
    return datetime.fromisoformat(f"2026-{text}:00").replace(tzinfo=SHANGHAI)


def timers(desk: Desk, number: str) -> dict[str, Any]:
    """The clocks of an order as the secretary sees them, by stage."""
    shown = desk.api(desk.world.secretary).get(f"/orders/{number}").data["timers"]
    return {timer["stage"]: timer for timer in shown}


def due(desk: Desk, number: str, stage: str) -> datetime:
    """When a stage has to be done."""
    return datetime.fromisoformat(timers(desk, number)[stage]["due_at"])


def running(number: str) -> set[str]:
    """The stages whose clocks tick."""
    rows = OrderTimer.select().join(ServiceOrder).where(ServiceOrder.number == number)
    return {row.stage for row in rows if row.started_at and not row.stopped_at and not row.paused_at}


def warnings() -> list[tuple[str, int]]:
    """Every warning given: stage and percentage."""
    rows = OutboxEvent.select().order_by(OutboxEvent.id)
    return [(row.facts["stage"], row.facts["percent"]) for row in rows if "percent" in row.facts]


def told(topic: str) -> int:
    """How many events of a topic there are."""
    return OutboxEvent.select().where(OutboxEvent.topic == topic).count()


def counted(measure: str) -> int:
    """What a measure adds up to."""
    return sum(row.amount for row in TallyDelta.select().where(TallyDelta.measure == measure))
