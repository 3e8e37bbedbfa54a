"""The queues: what is in them, for whom, in which order, and at what cost."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.service.models import ServiceOrder
from backend.service.orders.due import act_on_clocks
from backend.service.orders.schemas import Box
from tests.service.conftest import Desk

PAGED = [("resident", "mine"), ("secretary", "all"), ("secretary", "overdue")]


def box(desk: Desk, part: str, name: str, **query: Any) -> list[str]:
    answer = desk.api(getattr(desk.world, part)).get("/orders", box=name, **query)
    assert answer.status == 200, answer.body
    return [item["number"] for item in answer.data["items"]]


def test_each_state_lies_in_its_box(desk: Desk) -> None:
    submitted, accepted, pooled = desk.submitted(), desk.accepted(), desk.pooled()
    dispatched, claimed, completed = desk.dispatched(), desk.claimed(), desk.completed()
    everything = [submitted, accepted, pooled, dispatched, claimed, completed]

    assert box(desk, "secretary", "to-accept") == [submitted]
    assert box(desk, "secretary", "to-dispatch") == [accepted]
    assert box(desk, "secretary", "to-follow-up") == [completed]
    assert box(desk, "secretary", "waiting-claim") == [pooled, dispatched]
    assert box(desk, "secretary", "branch-in-hand") == [claimed]
    assert box(desk, "secretary", "all") == everything
    assert box(desk, "county_officer", "all") == everything
    assert box(desk, "resident", "mine") == everything
    assert box(desk, "neighbour", "mine") == []
    assert box(desk, "member", "offered") == [pooled]
    assert box(desk, "volunteer", "offered") == [pooled, dispatched]
    assert box(desk, "volunteer", "in-hand") == [claimed]
    assert box(desk, "host_secretary", "all") == []
    assert box(desk, "secretary", "returned") == []


def test_what_is_late_lies_in_the_overdue_box_with_the_most_overdue_first(desk: Desk) -> None:
    late, urgent = desk.submitted(), desk.submitted(service_type="urgent_help")
    assert box(desk, "secretary", "overdue") == []
    desk.clock.advance(hours=5)
    fresh = desk.submitted()
    assert box(desk, "secretary", "overdue") == [urgent, late]
    assert box(desk, "county_officer", "overdue", organization="DH-01-01") == [urgent, late]
    assert fresh not in box(desk, "secretary", "overdue")


BRANCH_BOXES = [
    "to-accept",
    "to-dispatch",
    "waiting-claim",
    "branch-in-hand",
    "to-follow-up",
    "overdue",
    "returned",
    "unrouted",
    "all",
]


@pytest.mark.parametrize("name", BRANCH_BOXES)
def test_a_queue_of_the_branch_is_for_its_posts(desk: Desk, name: str) -> None:
    desk.submitted()
    answers = {
        part: desk.api(getattr(desk.world, part)).get("/orders", box=name, organization="DH-01-01").status
        for part in ("resident", "member", "host_secretary")
    }
    assert answers == {"resident": 404, "member": 403, "host_secretary": 404}
    assert desk.api(desk.world.resident).get("/orders", box=name).status == 403


def test_bad_queries_are_refused(desk: Desk) -> None:
    resident = desk.api(desk.world.resident)
    assert resident.get("/orders", box="attic").status == 422
    assert resident.get("/orders", limit=0).status == 422
    assert resident.get("/orders", colour="red").status == 422
    assert resident.get("/orders", cursor="bm9uc2Vuc2U").status == 422
    assert desk.api(desk.world.secretary).get("/orders", box="overdue", cursor="eHx5fHo").status == 422


@pytest.mark.parametrize(("part", "name"), PAGED)
def test_pages_follow_each_other_without_gap_or_double(desk: Desk, part: str, name: str) -> None:
    numbers = [desk.submitted(checked=False) for _ in range(5)]
    desk.clock.advance(days=3)
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = desk.api(getattr(desk.world, part)).get("/orders", box=name, limit=2, **cursor).data
        found += [item["number"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert sorted(found) == sorted(numbers)
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("part", "name", "most"),
    [
        ("resident", "mine", 2),
        ("secretary", "to-accept", 2),
        ("secretary", "all", 2),
        ("secretary", "overdue", 2),
        ("member", "offered", 3),
        ("volunteer", "in-hand", 2),
        ("county_officer", "all", 3),
    ],
)
def test_a_page_costs_the_same_however_many_orders(
    desk: Desk, statements: Callable[[], Any], part: str, name: str, most: int
) -> None:
    costs = []
    for _ in range(2):
        for make in (desk.submitted, desk.pooled, desk.claimed):
            make()
        with statements() as run:
            box(desk, part, name)
        costs.append(len(run))
    assert costs[0] == costs[1] <= most


def test_the_offered_box_is_not_filled_by_orders_of_other_branches(desk: Desk) -> None:
    number = desk.pooled()
    ServiceOrder.update(organization=desk.world.host_branch).where(ServiceOrder.number == number).execute()
    assert box(desk, "member", "offered") == []
    assert box(desk, "host_secretary", "offered") == [number]


PARTS = ["resident", "member", "volunteer", "secretary", "host_secretary", "county_officer"]


@pytest.mark.parametrize("part", PARTS)
def test_the_counts_are_those_of_the_boxes_and_of_no_box_that_is_closed(desk: Desk, part: str) -> None:
    for make in (desk.submitted, desk.accepted, desk.pooled, desk.dispatched, desk.claimed, desk.completed):
        make()
    desk.clock.advance(days=20)
    client = desk.api(getattr(desk.world, part))

    counts = client.get("/orders/boxes").data

    open_boxes = [name for name in Box if client.get("/orders", box=name).status == 200]
    assert counts == {name: len(box(desk, part, name)) for name in open_boxes}
    assert {"mine", "offered", "in-hand"} <= set(counts)
    assert ("all" in counts) == (part in {"secretary", "host_secretary", "county_officer"})


def test_counting_costs_the_same_however_many_orders(desk: Desk, statements: Callable[[], Any]) -> None:
    costs = []
    for _ in range(2):
        desk.pooled()
        desk.claimed()
        with statements() as run:
            desk.api(desk.world.secretary).get("/orders/boxes")
        costs.append(len(run))
    assert costs[0] == costs[1] <= len(Box) + 2


# ---------------------------------------------------------------- what a row tells


def row_of(desk: Desk, part: str, number: str, **query: Any) -> dict[str, Any]:
    items = desk.api(getattr(desk.world, part)).get("/orders", **query).data["items"]
    return next(one for one in items if one["number"] == number)


def test_a_row_says_whose_time_ends_next_and_whose_is_over(desk: Desk) -> None:
    number = desk.submitted()
    waiting = row_of(desk, "secretary", number, box="all")
    assert (waiting["due_stage"], waiting["due_label"], waiting["overdue"]) == ("accept", "受理", False)
    desk.must(desk.world.secretary, number, "accept")
    waiting = row_of(desk, "secretary", number, box="all")
    assert (waiting["due_stage"], waiting["overdue"], waiting["supervised_label"]) == ("dispatch", False, None)
    desk.clock.advance(days=3)
    act_on_clocks(now=desk.clock())
    late = row_of(desk, "county_officer", number, box="overdue")
    assert (late["due_stage"], late["overdue"]) == ("dispatch", True)
    assert (late["supervised_level"], late["supervised_label"]) == (1, "一级督办")
    assert desk.api(desk.world.secretary).get(f"/orders/{number}").data["supervised_label"] == "一级督办"


def test_an_order_that_stands_still_has_no_deadline(desk: Desk) -> None:
    held = row_of(desk, "secretary", desk.on_hold(), box="all")
    assert (held["due_at"], held["due_stage"], held["due_label"]) == (None, None, None)


def test_who_gave_an_order_back_and_why_is_told_to_who_dispatches_it(desk: Desk) -> None:
    world, number = desk.world, desk.returned()
    back = row_of(desk, "secretary", number, box="returned")["returned"]
    reason = "权属不清：归物业管"
    assert (back["by"], back["name"], back["reason"]) == ("承办人", world.volunteer.account.display_name, reason)
    assert desk.api(world.secretary).get(f"/orders/{number}").data["returned"] == back
    above = row_of(desk, "county_officer", number, box="returned")["returned"]
    assert (above["by"], above["name"], above["reason"]) == ("承办人", None, None)
    assert row_of(desk, "resident", number, box="mine")["returned"] is None
    assert desk.api(world.resident).get(f"/orders/{number}").data["returned"] is None
    target = {"kind": "member", "id": world.member.member.public_id}
    desk.must(world.secretary, number, "dispatch", target=target)
    assert row_of(desk, "secretary", number, box="all")["returned"] is None
    assert desk.api(world.secretary).get(f"/orders/{number}").data["returned"] is None
