"""A call to act on an order that was held back is told only while the order waits; urgent orders wake people."""

from typing import Any

import pytest

from backend.messaging.models import OutboxEvent
from backend.rooms import STILL_TRUE
from backend.service.models import ServiceOrder


def facts_of(topic: str) -> Any:
    """What the last event of a topic says."""
    row = OutboxEvent.select().where(OutboxEvent.topic == topic).order_by(OutboxEvent.id.desc()).get()
    return row.facts


def test_an_order_waits_until_it_is_accepted(desk: Any, catalogue: None) -> None:
    number = desk.submitted()
    facts = facts_of("order.submitted")
    assert STILL_TRUE["order.submitted"](facts, now=desk.clock())
    desk.must(desk.world.secretary, number, "accept")
    assert not STILL_TRUE["order.submitted"](facts, now=desk.clock())
    assert not STILL_TRUE["order.submitted"]({**facts, "number": "260101-000000"}, now=desk.clock())


@pytest.mark.parametrize(("priority", "urgent"), [("I", True), ("II", True), ("III", False), ("IV", False)])
def test_orders_whose_clocks_run_at_night_are_told_at_night(
    desk: Any, catalogue: None, priority: str, urgent: bool
) -> None:
    number = desk.submitted()
    desk.must(desk.world.secretary, number, "accept", priority=priority)
    assert ServiceOrder.get(ServiceOrder.number == number).priority == priority
    assert facts_of("order.accepted")["urgent"] is urgent
