"""Orders that wait for somebody, as the bot's reminders count them."""

from datetime import datetime
from typing import Any

import pytest

from backend.messaging.models import OutboxEvent
from backend.messaging.reminders.catalogue import seed_reminder_rules
from backend.messaging.reminders.due import remind
from backend.rooms import REMINDERS
from backend.service.models import ServiceOrder
from tests.conftest import SHANGHAI

CODES = ("orders_unclaimed", "follow_ups_due")
TUESDAY, WEDNESDAY, SATURDAY = (datetime(2026, 11, day, 8, 30, tzinfo=SHANGHAI) for day in (24, 25, 28))


def said(at: datetime) -> list[Any]:
    """What the two rules say at an instant, with who it is about left out."""
    remind(questions={code: REMINDERS[code] for code in CODES}, timezone=SHANGHAI, now=at)
    rows = OutboxEvent.select().where(OutboxEvent.topic.startswith("reminder.")).order_by(OutboxEvent.id)
    return [row.facts["lines"] for row in rows]


@pytest.mark.parametrize(
    ("state", "lines"),
    [
        ("submitted", [[["待受理", 1]]]),
        ("accepted", [[["待派单", 1]]]),
        ("dispatched", [[["待接单", 1]]]),
        ("completed", [[["办结待回访", 1]]]),
        *((state, []) for state in ("claimed", "in_progress", "closed", "cancelled", "merged", "on_hold", "referred")),
    ],
)
def test_what_waits_is_told_on_working_mornings_and_what_moves_is_not(
    desk: Any, catalogue: None, state: str, lines: list[Any]
) -> None:
    seed_reminder_rules()
    number = desk.submitted()
    ServiceOrder.update(state=state).where(ServiceOrder.number == number).execute()
    assert said(SATURDAY) == []
    assert said(TUESDAY) == lines
    assert number not in str(lines)


def test_an_owed_call_is_told_until_it_is_made(desk: Any, catalogue: None) -> None:
    seed_reminder_rules()
    number = desk.submitted(on_behalf_of={"name": "张素芬", "phone": "13987654321", "relation": "母亲"})
    desk.must(desk.world.secretary, number, "accept")
    desk.must(desk.world.secretary, number, "dispatch", target={"kind": "pool"})
    desk.must(desk.world.member, number, "claim")
    assert said(TUESDAY) == [[["代办待核实本人", 1]]]
    desk.must(desk.world.secretary, number, "call-back", reached=True, agrees=True)
    assert said(WEDNESDAY) == [[["代办待核实本人", 1]]]  # nothing new
