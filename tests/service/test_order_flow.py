"""The way of one order from the request to the study card."""

import pytest

from backend.card.models import StudyRecord
from backend.messaging.models import OutboxEvent
from backend.service.models import OrderRating
from backend.tally.models import TallyDelta
from tests.service.conftest import Desk


def topics() -> list[str]:
    return [row.topic for row in OutboxEvent.select().order_by(OutboxEvent.id)]


def test_an_order_goes_all_the_way_and_every_step_leaves_a_log_row_and_an_event(desk: Desk) -> None:
    number = desk.closed()

    order = desk.api(desk.world.resident).get(f"/orders/{number}").data

    assert (order["state"], order["resolution"]) == ("closed", "resolved")
    steps = ["submit", "accept", "dispatch", "claim", "first-contact", "complete", "confirm"]
    assert [entry["action"] for entry in order["log"]] == steps
    assert topics() == [
        "order.submitted",
        "content.check",
        "order.accepted",
        "order.dispatched",
        "order.claimed",
        "order.contacted",
        "order.completed",
        "order.closed",
    ]
    assert [action["name"] for action in order["actions"]] == ["reopen"]
    assert OrderRating.select().count() == 1


def test_a_closed_order_puts_its_hours_on_the_handlers_study_card(desk: Desk) -> None:
    number = desk.closed()

    record = StudyRecord.get(StudyRecord.member == desk.world.volunteer.member)

    assert record.source == f"order:{desk.row(number).id}"
    assert float(record.hours) == 1
    assert record.confirmed_by == desk.world.branch
    assert "三单元" not in record.place + record.content


def test_a_closed_order_is_counted_in_the_branch(desk: Desk) -> None:
    desk.closed()

    counted = {row.measure: row.amount for row in TallyDelta.select()}

    assert counted["order_submitted"] == counted["order_closed"] == counted["order_resolved"] == 1
    assert counted["order_response_due"] == counted["order_responded_in_time"] == 1
    assert counted["order_resolve_due"] == counted["order_resolved_in_time"] == 1
    assert counted["order_satisfied"] == counted["order_answered"] == 1
    assert counted["service_minutes"] == 60


ODD_TEXTS = ("灯\\坏\"了'", "第一行\n第二行\t末", "🛠️ 请尽快 ?%s", '["order", 1]', "0", "null", "{}")


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_what_was_written_is_read_back_letter_by_letter(desk: Desk, text: str) -> None:
    other = {"name": "王奶奶", "phone": "13900001111", "relation": "邻居"}
    number = desk.submitted(description=text, on_behalf_of=other)
    desk.must(desk.world.secretary, number, "accept", note=text)

    order = desk.api(desk.world.secretary).get(f"/orders/{number}").data

    assert (order["description"], order["log"][1]["note"]) == (text, text)
    assert order["contact"] == {"id": None, "name": "李桂芳", "phone": "13812345678"}
    assert order["on_behalf_of"] == {"id": None, "name": "王奶奶（邻居）", "phone": "13900001111"}
