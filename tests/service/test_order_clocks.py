"""The clocks of an order: what runs when, pauses, warnings, and what time does by itself."""

from datetime import datetime

import pytest

from backend.messaging.models import Delivery, InboxMessage, OutboxEvent
from backend.service.orders.due import act_on_clocks
from tests.conftest import SHANGHAI
from tests.messaging.makers import spread_all
from tests.service.conftest import HAND_IN, Desk
from tests.service.readings import at, counted, due, running, timers, told, warnings


@pytest.mark.parametrize(
    ("state", "stages"),
    [
        ("submitted", {"accept"}),
        ("needs_info", {"info"}),
        ("accepted", {"dispatch"}),
        ("dispatched", {"claim", "resolve"}),
        ("claimed", {"first_contact", "resolve"}),
        ("in_progress", {"resolve"}),
        ("completed", {"follow_up", "auto_close"}),
        ("on_hold", set()),
        ("referred", {"outcome"}),
        ("merged", set()),
        ("closed", set()),
        ("not_accepted", set()),
        ("cancelled", set()),
    ],
)
def test_each_state_has_its_clocks(desk: Desk, state: str, stages: set[str]) -> None:
    number = getattr(desk, state)()
    assert running(number) == stages
    assert (desk.row(number).due_at is None) == (not stages)


def test_an_ordinary_order_runs_on_working_time_and_an_urgent_one_does_not(desk: Desk) -> None:
    desk.clock.set(at("11-27 16:00"))  # a Friday
    assert due(desk, desk.submitted(), "accept") == at("11-30 12:00")
    assert due(desk, desk.submitted(service_type="urgent_help"), "accept") == at("11-27 16:30")


def test_the_clock_of_the_case_starts_at_dispatch_and_runs_on_through_decline_and_transfer(desk: Desk) -> None:
    number = desk.dispatched()
    resolve = due(desk, number, "resolve")
    assert resolve == at("12-02 09:00")  # seven working days
    desk.clock.advance(hours=3)
    desk.must(desk.world.volunteer, number, "decline", note="在外地")
    assert due(desk, number, "dispatch") == at("11-24 12:00")
    desk.must(desk.world.secretary, number, "dispatch", target={"kind": "pool"})
    desk.must(desk.world.member, number, "claim")
    desk.must(desk.world.secretary, number, "transfer", target={"kind": "pool"}, note="换人")
    assert due(desk, number, "claim") == at("11-24 12:00")
    assert due(desk, number, "resolve") == resolve


def test_waiting_for_facts_stops_the_clock_and_the_time_left_is_kept(desk: Desk) -> None:
    number = desk.submitted()
    desk.clock.advance(hours=1)
    desk.must(desk.world.secretary, number, "ask-info", note="几楼？")
    assert timers(desk, number)["accept"]["paused"] is True
    desk.clock.set(at("11-25 09:00"))
    desk.must(desk.world.resident, number, "supply", note="二楼")
    assert due(desk, number, "accept") == at("11-25 12:00")  # three of four hours were left


def test_what_was_late_before_the_pause_is_late_after_it(desk: Desk) -> None:
    number = desk.submitted()
    desk.clock.advance(hours=5)
    desk.must(desk.world.secretary, number, "ask-info", note="几楼？")
    desk.clock.advance(hours=1)
    desk.must(desk.world.resident, number, "supply", note="二楼")
    assert timers(desk, number)["accept"]["overdue"] is True
    assert due(desk, number, "accept") == at("11-23 13:00")


def test_rework_goes_on_with_what_was_left_and_with_a_day_at_least(desk: Desk) -> None:
    number = desk.in_progress()
    desk.clock.set(at("12-02 08:00"))
    desk.must(desk.world.volunteer, number, "complete", **HAND_IN)
    desk.clock.set(at("12-03 10:00"))
    desk.must(desk.world.secretary, number, "rework", note="灯罩没装")
    assert due(desk, number, "resolve") == at("12-04 10:00")


def test_warnings_come_at_half_four_fifths_and_the_end_and_each_once(desk: Desk) -> None:
    desk.submitted()  # four working hours from nine o'clock
    given = []
    for moment in ("10:59", "11:00", "11:30", "12:12", "13:00", "16:00"):
        desk.clock.set(at(f"11-23 {moment}"))
        for _ in range(2):
            act_on_clocks(now=desk.clock())
        given.append(len(warnings()))
    assert given == [0, 1, 1, 2, 2, 2]
    assert warnings() == [("accept", 50), ("accept", 80)]
    assert (told("order.branch_warned"), told("order.supervised")) == (2, 1)


def test_when_nobody_claims_the_dispatcher_is_told_whom_to_ask_next_and_why(desk: Desk) -> None:
    number = desk.dispatched()
    desk.clock.set(at("11-24 09:00"))
    act_on_clocks(now=desk.clock())
    assert desk.row(number).state == "accepted"
    event = OutboxEvent.get(OutboxEvent.topic == "order.claim_expired")
    named = [one["name"] for one in event.facts["proposed"]]
    assert len(named) == 3
    assert "赵志强" not in named  # he has let it lie
    assert all(one["reasons"] for one in event.facts["proposed"])
    spread_all(desk.clock())
    copies = list(InboxMessage.select().where(InboxMessage.event == event))
    assert [copy.account_id for copy in copies] == [desk.world.secretary.account.id]
    assert all(name in copies[0].body for name in named)
    assert not Delivery.select().where(Delivery.event == event, Delivery.channel == "group").exists()


def test_the_handler_is_warned_of_his_clocks(desk: Desk) -> None:
    desk.claimed()
    desk.clock.set(at("11-23 22:00"))
    act_on_clocks(now=desk.clock())
    event = OutboxEvent.get(OutboxEvent.topic == "order.handler_warned")
    assert (event.facts["stage_label"], event.facts["percent"]) == ("首次联系", 50)
    assert event.people["handler"] == [desk.world.volunteer.account.id]


def test_the_requester_is_reminded_once_of_what_he_was_asked_and_once_of_the_rating(desk: Desk) -> None:
    desk.needs_info()
    desk.completed()
    for day in ("24", "25", "26", "27", "28", "29"):
        desk.clock.set(at(f"11-{day} 08:00"))
        act_on_clocks(now=desk.clock())
    assert (told("order.info_reminder"), told("order.rating_reminder")) == (1, 1)


def test_a_bot_that_was_down_tells_only_what_still_matters(desk: Desk) -> None:
    number = desk.submitted()
    desk.clock.set(at("11-24 09:00"))
    act_on_clocks(now=desk.clock())
    assert warnings() == []
    event = OutboxEvent.get(OutboxEvent.topic == "order.supervised")
    assert (event.facts["level"], event.facts["note"]) == (1, "受理已逾期")
    assert desk.row(number).supervised_level == 1


def test_nobody_is_warned_while_the_clock_stands_still_or_after_the_end(desk: Desk) -> None:
    asked, gone = desk.needs_info(), desk.cancelled()
    desk.clock.set(at("11-24 09:00"))
    act_on_clocks(now=desk.clock())
    assert [stage for stage, _ in warnings()] == []
    assert running(asked) == {"info"}
    assert running(gone) == set()


def test_an_order_that_nobody_takes_goes_back_to_the_dispatchers(desk: Desk) -> None:
    number = desk.pooled()
    desk.clock.set(at("11-24 09:00"))
    assert act_on_clocks(now=desk.clock()) == 1
    assert act_on_clocks(now=desk.clock()) == 0
    row = desk.row(number)
    assert (row.state, row.target_kind) == ("accepted", None)
    assert running(number) == {"dispatch", "resolve"}
    assert (told("order.claim_expired"), told("order.supervised")) == (1, 0)
    assert counted("order_claim_expired") == 1


def test_facts_that_never_come_end_the_order(desk: Desk) -> None:
    number = desk.needs_info()
    desk.clock.set(at("11-26 09:00"))
    act_on_clocks(now=desk.clock())
    row = desk.row(number)
    assert (row.state, row.resolution) == ("cancelled", "withdrawn")
    shown = desk.api(desk.world.resident).get(f"/orders/{number}").data
    assert "重新提交" in shown["log"][-1]["note"]
    assert shown["log"][-1]["actor"] == "系统"


def test_a_late_response_is_counted_as_due_once_and_not_as_in_time(desk: Desk) -> None:
    number = desk.claimed()
    desk.clock.set(at("11-24 10:00"))
    act_on_clocks(now=desk.clock())
    desk.must(desk.world.volunteer, number, "first-contact")
    assert counted("order_response_due") == 1
    assert counted("order_responded_in_time") == 0


def test_a_step_that_only_a_warning_disturbed_succeeds(desk: Desk) -> None:
    number = desk.submitted()
    desk.clock.set(at("11-23 11:00"))
    before = desk.row(number).version
    act_on_clocks(now=desk.clock())
    assert desk.row(number).version == before + 1
    assert desk.must(desk.world.secretary, number, "accept")["state"] == "accepted"


def test_a_real_ticket_gives_its_stages_and_times(desk: Desk) -> None:
    """§4.1: accepted 09:24, dispatched 09:41, handled 14:29, followed up 15:14."""
    number = desk.submitted()
    target = {"kind": "member", "id": desk.world.volunteer.member.public_id}
    desk.clock.set(at("11-23 09:24"))
    desk.must(desk.world.secretary, number, "accept")
    desk.clock.set(at("11-23 09:41"))
    desk.must(desk.world.secretary, number, "dispatch", target=target)
    desk.must(desk.world.volunteer, number, "claim")
    desk.must(desk.world.volunteer, number, "first-contact")
    desk.clock.set(at("11-23 14:29"))
    desk.must(desk.world.volunteer, number, "complete", **HAND_IN)
    desk.clock.set(at("11-23 15:14"))
    desk.must(desk.world.resident, number, "confirm", solved=True, satisfaction="satisfied")
    stopped = {
        stage: datetime.fromisoformat(timer["stopped_at"]).astimezone(SHANGHAI).strftime("%H:%M")
        for stage, timer in timers(desk, number).items()
    }
    assert stopped == {
        "accept": "09:24",
        "dispatch": "09:41",
        "claim": "09:41",
        "first_contact": "09:41",
        "resolve": "14:29",
        "follow_up": "15:14",
        "auto_close": "15:14",
    }
