"""Hold, extend, return: asked by the handler, decided by somebody else; and the ruling that ends a dispute."""

from datetime import datetime
from typing import Any

import pytest

from backend.messaging.models import OutboxEvent
from backend.service.orders.due import resume_held_orders
from tests.service.conftest import HAND_IN, Desk
from tests.service.readings import at, counted, due, running, timers

UNTIL = "2026-11-30T09:00:00+08:00"


def refused(answer: Any, status: int, code: str) -> None:
    assert (answer.status, answer.code) == (status, code), answer.body


def ask(desk: Desk, number: str, kind: str) -> Any:
    bodies = {
        "hold": {"until": UNTIL, "note": "等灯管"},
        "extend": {"until": "2026-12-05T09:00:00+08:00", "note": "要换线路"},
        "return": {"reason": "unclear_owner", "note": "归物业管"},
    }
    return desk.must(desk.world.volunteer, number, kind, **bodies[kind])


@pytest.mark.parametrize("kind", ["hold", "extend", "return"])
def test_a_request_waits_for_its_decision_and_a_denial_changes_nothing(desk: Desk, kind: str) -> None:
    number = desk.in_progress()
    asked = ask(desk, number, kind)
    assert (asked["state"], asked["request"]["kind"]) == ("in_progress", kind)
    refused(desk.act(desk.world.volunteer, number, "hold", until=UNTIL, note="再来"), 409, "request_pending")
    denied = desk.must(desk.world.secretary, number, "deny", note="请再想办法")
    assert (denied["state"], denied["request"]) == ("in_progress", None)
    refused(desk.act(desk.world.secretary, number, "approve"), 409, "nothing_to_decide")


def test_nobody_approves_his_own_request(desk: Desk) -> None:
    number = desk.accepted()
    own = {"kind": "member", "id": desk.world.secretary.member.public_id}
    desk.must(desk.world.secretary, number, "dispatch", target=own)
    desk.must(desk.world.secretary, number, "claim")
    desk.must(desk.world.secretary, number, "return", reason="not_able", note="不会修")
    refused(desk.act(desk.world.secretary, number, "approve"), 403, "own_request")


def test_a_hold_stops_the_clock_until_its_date_and_then_goes_on_by_itself(desk: Desk) -> None:
    number = desk.on_hold()
    assert timers(desk, number)["resolve"]["paused"] is True
    assert desk.row(number).due_at is None
    desk.clock.set(at("11-30 08:59"))
    assert resume_held_orders(now=desk.clock()) == 0
    desk.clock.set(at("11-30 09:00"))
    assert [resume_held_orders(now=desk.clock()) for _ in range(2)] == [1, 0]
    assert desk.row(number).state == "in_progress"
    assert due(desk, number, "resolve") == at("12-09 09:00")  # seven working days, none of them used


@pytest.mark.parametrize("until", ["2026-11-23T08:00:00+08:00", "2026-12-09T09:00:00+08:00"])
def test_a_hold_is_at_most_fifteen_days_and_ends_later_than_now(desk: Desk, until: str) -> None:
    answer = desk.act(desk.world.volunteer, desk.in_progress(), "hold", until=until, note="等")
    assert (answer.status, answer.body["errors"][0]["code"]) == (422, "bad_hold")


def test_an_order_is_held_twice_at_most(desk: Desk) -> None:
    number = desk.on_hold()
    desk.must(desk.world.volunteer, number, "resume")
    ask(desk, number, "hold")
    desk.must(desk.world.secretary, number, "approve")
    desk.must(desk.world.secretary, number, "resume")
    answer = desk.act(desk.world.volunteer, number, "hold", until=UNTIL, note="还等")
    refused(answer, 409, "too_many_holds")


def test_a_held_order_that_is_withdrawn_is_not_resumed(desk: Desk) -> None:
    number = desk.on_hold()
    desk.must(desk.world.resident, number, "cancel", note="自己修好了")
    desk.clock.set(at("12-01 09:00"))
    assert resume_held_orders(now=desk.clock()) == 0
    assert desk.row(number).state == "cancelled"


def test_a_first_extension_is_the_secretarys_and_a_second_the_countys(desk: Desk) -> None:
    number = desk.in_progress()
    ask(desk, number, "extend")
    refused(desk.act(desk.world.county_officer, number, "approve"), 403, "not_yours_to_decide")
    desk.must(desk.world.secretary, number, "approve")
    assert due(desk, number, "resolve") == at("12-05 09:00")
    later = {"until": "2026-12-10T09:00:00+08:00", "note": "还要等"}
    desk.must(desk.world.volunteer, number, "extend", **later)
    refused(desk.act(desk.world.secretary, number, "approve"), 403, "not_yours_to_decide")
    desk.must(desk.world.county_officer, number, "approve")
    assert due(desk, number, "resolve") == at("12-10 09:00")


def test_an_extension_is_asked_before_the_deadline_and_moves_it_later(desk: Desk) -> None:
    number = desk.in_progress()
    for until, code in (("2026-12-01T09:00:00+08:00", "not_later"), ("2027-02-01T09:00:00+08:00", "too_far")):
        answer = desk.act(desk.world.volunteer, number, "extend", until=until, note="等")
        assert answer.body["errors"][0]["code"] == code
    desk.clock.set(at("12-03 09:00"))
    answer = desk.act(desk.world.volunteer, number, "extend", until="2026-12-05T09:00:00+08:00", note="等")
    refused(answer, 409, "deadline_passed")


def test_a_return_brings_the_order_back_without_a_new_clock(desk: Desk) -> None:
    number = desk.claimed()
    resolve = due(desk, number, "resolve")
    desk.clock.advance(hours=5)
    ask(desk, number, "return")
    desk.must(desk.world.secretary, number, "approve")
    row = desk.row(number)
    assert (row.state, row.return_count, row.handler, row.target) == ("accepted", 1, None, None)
    assert due(desk, number, "resolve") == resolve
    assert running(number) == {"dispatch", "resolve"}
    listed = desk.api(desk.world.secretary).get("/orders", box="returned").data["items"]
    assert [one["number"] for one in listed] == [number]
    assert desk.api(desk.world.volunteer).get(f"/orders/{number}").status == 404
    event = OutboxEvent.get(OutboxEvent.topic == "order.request_approved")
    assert event.people["former_handler"] == [desk.world.volunteer.account.id]
    desk.must(desk.world.secretary, number, "dispatch", target={"kind": "pool"})
    assert desk.api(desk.world.secretary).get("/orders", box="returned").data["items"] == []
    assert counted("order_returned") == 1


def test_a_return_is_asked_within_a_working_day(desk: Desk) -> None:
    number = desk.claimed()
    desk.clock.set(at("11-24 09:01"))
    answer = desk.act(desk.world.volunteer, number, "return", reason="other", note="忙")
    refused(answer, 409, "return_window_closed")


def test_after_two_returns_a_ruling_names_the_handler_and_is_final(desk: Desk) -> None:
    number = desk.returned(times=1)
    ruling = {"member": desk.world.member.member.public_id, "note": "由钱晓梅同志承办"}
    refused(desk.act(desk.world.secretary, number, "rule", **ruling), 409, "not_disputed")
    target = {"kind": "member", "id": desk.world.volunteer.member.public_id}
    desk.must(desk.world.secretary, number, "dispatch", target=target)
    desk.must(desk.world.volunteer, number, "claim")
    ask(desk, number, "return")
    desk.must(desk.world.secretary, number, "approve")
    ruled = desk.must(desk.world.secretary, number, "rule", **ruling)
    assert (ruled["state"], ruled["handler"]["name"]) == ("claimed", "钱晓梅")
    answer = desk.act(desk.world.member, number, "return", reason="other", note="不行")
    refused(answer, 409, "returns_exhausted")
    assert running(number) == {"first_contact", "resolve"}


def test_a_request_lapses_when_the_order_moves_on(desk: Desk) -> None:
    number = desk.in_progress()
    ask(desk, number, "hold")
    done = desk.must(desk.world.volunteer, number, "complete", **HAND_IN)
    assert done["request"] is None


def test_the_requester_reads_of_no_internal_request(desk: Desk) -> None:
    number = desk.on_hold()
    shown = desk.api(desk.world.resident).get(f"/orders/{number}").data
    assert shown["state_label"] == "挂起"
    assert "等灯管" not in str(shown)
    assert datetime.fromisoformat(shown["hold_until"]) == at("11-30 09:00")
