"""The rates of domain.md §4.6: from the tally, each with what it divides, and borne out by the log."""

from datetime import date
from typing import Any

import pytest

from backend.rooms import RECOUNTS
from backend.service.models import OrderLog, ServiceType
from backend.service.orders.due import act_on_clocks
from backend.service.rates.rules import RATES, Unit
from backend.tally.due import fold
from backend.tally.recounting import differences
from tests.service.conftest import HAND_IN, RATING, Desk


def rates(desk: Desk, code: str = "DH-01-01", part: str = "secretary", **span: str) -> dict[str, Any]:
    """What somebody reads, by code."""
    answer = desk.api(getattr(desk.world, part)).get(f"/organizations/{code}/rates", **span)
    assert answer.status == 200, answer.body
    return {rate["code"]: rate for rate in answer.data["rates"]}


def shares(desk: Desk, *codes: str) -> list[Any]:
    """Their values."""
    found = rates(desk)
    return [found[code]["value"] for code in codes]


def wish(desk: Desk) -> str:
    """A wish that the branch has accepted."""
    code = ServiceType.get(ServiceType.on_board).code
    number = desk.submitted(service_type=code)
    desk.must(desk.world.secretary, number, "accept")
    return number


def test_of_nothing_there_is_no_share(desk: Desk) -> None:
    for rate in rates(desk).values():
        refused = rate["unit"] != Unit.COUNT
        assert (rate["value"] is None) == bool(rate["refused"]) == refused
        assert rate["denominator"] == (0 if refused else None)
    assert rates(desk)["supervised"]["value"] == 0


def test_each_says_what_it_is(desk: Desk) -> None:
    answer = desk.api(desk.world.secretary).get("/organizations/DH-01-01/rates").data
    assert (answer["from"], answer["to"], answer["as_of"]) == ("2026-01-01", "2026-11-23", "2026-11-23T09:00:00+08:00")
    assert [rate["label"] for rate in answer["rates"]] == [rate.label for rate in RATES]
    assert all("÷" in rate["rule"] for rate in answer["rates"] if rate["unit"] != Unit.COUNT)
    assert [one["label"] for one in rates(desk)["solved"]["beside"]] == ["部分解决", "解释说明", "未评价"]
    assert rates(desk)["satisfied"]["beside"][0] == {"label": "未评价", "count": 0}


def test_a_good_order_and_one_that_was_silent(desk: Desk) -> None:
    desk.closed()
    number = desk.completed()
    for _ in range(2):
        desk.must(desk.world.secretary, number, "follow-up", reached=False)
    for _ in range(3):
        desk.clock.advance(days=8)
        act_on_clocks(now=desk.clock())
    assert desk.row(number).state == "closed"
    found = rates(desk)
    assert (found["solved"]["numerator"], found["solved"]["denominator"]) == (1, 2)
    assert found["solved"]["beside"][-1] == {"label": "未评价", "count": 1}
    assert shares(desk, "responded", "completed_in_time", "satisfied", "answered", "overdue") == [1, 1, 1, 0.5, 0]
    assert shares(desk, "returned", "redone", "claim_minutes") == [0, 0, 0]


def test_minutes_from_the_dispatch_to_the_claim(desk: Desk) -> None:
    for minutes in (10, 15):
        number = desk.dispatched()
        desk.clock.advance(minutes=minutes)
        desk.must(desk.world.volunteer, number, "claim")
        desk.must(desk.world.volunteer, number, "first-contact", way="phone")
    assert rates(desk)["claim_minutes"] | {"rule": "", "label": "", "exclusions": []} == {
        "code": "claim_minutes",
        "label": "",
        "unit": "minutes",
        "rule": "",
        "numerator": 25,
        "denominator": 2,
        "value": 12.5,
        "refused": None,
        "beside": [],
        "exclusions": [],
    }


def test_what_is_late_counts_before_anybody_finishes_it(desk: Desk) -> None:
    desk.claimed()
    desk.clock.advance(days=30)
    act_on_clocks(now=desk.clock())
    found = rates(desk)
    assert (found["responded"]["value"], found["completed_in_time"]["value"], found["overdue"]["value"]) == (0, 0, 1)
    assert found["supervised"]["value"] == 1


def test_again_and_back(desk: Desk) -> None:
    desk.returned()
    number = desk.closed()
    desk.must(desk.world.resident, number, "reopen", note="灯又灭了")
    assert shares(desk, "returned", "redone") == [0.5, 1]


def test_what_has_to_be_done_again_was_not_solved(desk: Desk) -> None:
    desk.closed()
    again = desk.closed()
    assert rates(desk)["solved"]["value"] == 1
    desk.must(desk.world.resident, again, "reopen", note="灯又灭了")
    assert (rates(desk)["solved"]["numerator"], rates(desk)["solved"]["denominator"]) == (1, 2)
    target = {"kind": "member", "id": desk.world.volunteer.member.public_id}
    desk.must(desk.world.secretary, again, "dispatch", target=target)
    for action, body in (("claim", {}), ("first-contact", {}), ("complete", HAND_IN)):
        desk.must(desk.world.volunteer, again, action, **body)
    unsolved = {"reached": True, "solved": False, "satisfaction": "dissatisfied"}
    desk.must(desk.world.secretary, again, "follow-up", **unsolved)
    assert (rates(desk)["solved"]["numerator"], rates(desk)["solved"]["denominator"]) == (1, 3)
    assert differences(RECOUNTS) == []


def test_a_wish_counts_once_however_often_it_is_taken(desk: Desk) -> None:
    first, _ = wish(desk), wish(desk)
    pool = {"target": {"kind": "pool"}, "board_text": "想要一盏台灯"}
    desk.must(desk.world.secretary, first, "dispatch", **pool)
    read = {"safeguard_read": True}
    desk.must(desk.world.volunteer, first, "claim", **read)
    desk.must(desk.world.secretary, first, "transfer", target={"kind": "pool"}, note="换一位")
    desk.must(desk.world.member, first, "claim", **read)
    assert rates(desk)["wishes_claimed"]["value"] == 0.5
    assert differences(RECOUNTS) == []


def test_they_roll_up_the_tree_and_keep_to_their_days(desk: Desk) -> None:
    desk.closed()
    fold(now=desk.clock())
    assert rates(desk, "DH", "county_officer")["solved"]["value"] == 1
    day = {"from": "2026-11-24", "to": "2026-11-30"}
    assert rates(desk, "DH", "county_officer", **day)["solved"]["refused"]
    today = {"from": "2026-11-23", "to": "2026-11-23"}
    assert rates(desk, "DH", "county_officer", **today)["solved"]["value"] == 1


@pytest.mark.parametrize(
    ("part", "status"),
    [("secretary", 200), ("county_officer", 200), ("member", 403), ("resident", 404), ("host_secretary", 404)],
)
def test_who_reads_them(desk: Desk, part: str, status: int) -> None:
    answer = desk.api(getattr(desk.world, part)).get("/organizations/DH-01-01/rates")
    assert answer.status == status


@pytest.mark.parametrize("span", [{"from": "2026-02-30"}, {"to": "soon"}, {"from": "2026-02-02", "to": "2026-02-01"}])
def test_a_bad_span_is_refused(desk: Desk, span: dict[str, str]) -> None:
    assert desk.api(desk.world.secretary).get("/organizations/DH-01-01/rates", **span).status == 422


@pytest.mark.parametrize(
    "state",
    ["submitted", "on_hold", "returned", "referred", "merged", "closed", "needs_info", "not_accepted", "cancelled"],
)
def test_the_log_bears_out_the_tally(desk: Desk, state: str) -> None:
    getattr(desk, state)()
    assert differences(RECOUNTS) == []
    fold(now=desk.clock())
    assert differences(RECOUNTS) == []


def test_a_step_that_the_log_lost_is_found(desk: Desk) -> None:
    number = desk.completed()
    OrderLog.delete().where(OrderLog.order == desk.row(number), OrderLog.action == "complete").execute()
    found = differences(RECOUNTS)
    assert {(one.measure, one.counted, one.recorded) for one in found} == {("order_completed", 1, 0)}
    assert {one.day for one in found} == {date(2026, 11, 23)}


def test_a_rework_and_a_second_rating_are_borne_out(desk: Desk) -> None:
    number = desk.completed()
    desk.must(desk.world.secretary, number, "rework", note="还差一盏")
    desk.must(desk.world.volunteer, number, "complete", **HAND_IN)
    desk.must(desk.world.resident, number, "confirm", **RATING)
    desk.must(desk.world.resident, number, "reopen", note="又灭了")
    assert differences(RECOUNTS) == []
