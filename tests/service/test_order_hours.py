"""Hours of service: on the cards of handler and helpers and for the team at the closing, struck out on reopening."""

from typing import Any

import pytest

from backend.card.models import StudyRecord
from backend.messaging.models import OutboxEvent
from backend.service.models import OrderTeamCredit
from tests.service.conftest import HAND_IN, RATING, Desk
from tests.service.readings import counted
from tests.service.test_order_teams import sent, team


def finish(desk: Desk, number: str, *helpers: str) -> None:
    """From the dispatch to the confirmation, by the volunteer with these helpers."""
    desk.must(desk.world.volunteer, number, "claim")
    desk.must(desk.world.volunteer, number, "first-contact", way="phone")
    for part in helpers:
        person = getattr(desk.world, part)
        who = {"member": person.member.public_id, "due_at": "2026-11-25T09:00:00+08:00"}
        desk.must(desk.world.secretary, number, "add-cohandler", **who)
    desk.must(desk.world.volunteer, number, "complete", **HAND_IN)
    desk.must(desk.world.resident, number, "confirm", **RATING)


def cards(desk: Desk, *, standing: bool = True) -> dict[str, float]:
    """Hours by name, as they stand, or as they were struck out."""
    names = {person.member.id: person.name for person in desk.world.people.values() if person.member is not None}
    rows = StudyRecord.select().where(StudyRecord.voided_at.is_null(standing))
    return {names[row.member_id]: float(row.hours) for row in rows}


def to_volunteer(desk: Desk) -> dict[str, Any]:
    return {"target": {"kind": "member", "id": desk.world.volunteer.member.public_id}}


def test_handler_and_helpers_each_get_the_hours(desk: Desk) -> None:
    number = desk.dispatched()
    finish(desk, number, "member", "second_member")
    assert cards(desk) == {"赵志强": 1.0, "钱晓梅": 1.0, "冯磊": 1.0}
    assert counted("service_minutes") == 180


def test_the_handler_reads_it_on_his_card(desk: Desk) -> None:
    number = desk.dispatched()
    finish(desk, number)
    (record,) = desk.api(desk.world.volunteer).get("/me/card").data["records"]
    assert (record["hours"], record["kind"]) == (1.0, "service")
    assert number in record["content"]
    assert "三号楼" not in record["content"] + record["place"]


def test_the_teams_total_counts_who_of_it_helped(desk: Desk) -> None:
    made = team(desk, "member")
    number = sent(desk, made)
    finish(desk, number, "member", "second_member")
    shown = desk.api(desk.world.secretary).get(f"/teams/{made['id']}").data
    assert (shown["orders"], shown["hours"]) == (1, 2.0)  # the second member is not of the team


def test_reopening_strikes_everything_out_and_leaves_a_trace(desk: Desk) -> None:
    made = team(desk, "member")
    number = sent(desk, made)
    finish(desk, number, "member")
    desk.must(desk.world.resident, number, "reopen", note="又坏了")
    assert (cards(desk), cards(desk, standing=False)) == ({}, {"赵志强": 1.0, "钱晓梅": 1.0})
    assert counted("service_minutes") == 0
    assert OrderTeamCredit.get().voided_at is not None
    assert desk.api(desk.world.secretary).get(f"/teams/{made['id']}").data["hours"] == 0
    (record,) = desk.api(desk.world.volunteer).get("/me/card").data["records"]
    assert record["voided"] is True
    event = OutboxEvent.get(OutboxEvent.topic == "order.reopened")
    assert event.facts["hours_voided"] is True


def test_closing_it_again_gives_the_hours_again_and_only_once(desk: Desk) -> None:
    number = desk.dispatched()
    finish(desk, number)
    for times in (1, 2):
        desk.must(desk.world.resident, number, "reopen", note="又坏了")
        desk.must(desk.world.secretary, number, "dispatch", **to_volunteer(desk))
        finish(desk, number)
        assert cards(desk) == {"赵志强": 1.0}
        assert StudyRecord.select().count() == times + 1
    assert counted("service_minutes") == 60


def test_reopening_before_the_closing_takes_nothing(desk: Desk) -> None:
    number = desk.completed()
    desk.must(desk.world.resident, number, "reopen", note="没修好")
    assert (StudyRecord.select().count(), counted("service_minutes")) == (0, 0)


@pytest.mark.parametrize("contacted", [True, False])
def test_a_withdrawn_order_leaves_hours_only_for_a_contact_made(desk: Desk, contacted: bool) -> None:
    number = desk.in_progress() if contacted else desk.claimed()
    desk.must(desk.world.resident, number, "cancel", note="修好了")
    assert cards(desk) == ({"赵志强": 1.0} if contacted else {})
