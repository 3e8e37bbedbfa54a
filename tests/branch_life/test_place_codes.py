"""The code on the wall of a service centre says where, not when: what it counts for, and whom it is for."""

from datetime import timedelta
from typing import Any

import pytest

from backend.branch_life.activities.models import CheckIn, CheckInLocation, WrongCode
from backend.branch_life.activities.rules import WRONG_CODES
from backend.people.places.models import ServiceCentre
from tests.branch_life.makers import END, NONCE, START, Calls, plan, planned, scan
from tests.cast import World

METHODS = {"methods": ["code", "place_code"]}


@pytest.fixture
def centre(api: Calls, world: World) -> Any:
    """The service centre of the branch, with coordinates."""
    body = {"name": "大河社区党群服务中心", "address": "大河路 1 号", "lat": 30.66, "lng": 104.06, "datum": "gcj02"}
    answer = api(world.secretary).post("/organizations/DH-01-01/places", body)
    assert answer.status == 201, answer.body
    return answer.data


def at_centre(api: Calls, world: World, centre: Any, **changed: Any) -> str:
    place = {"text": "二楼会议室", "centre": centre["id"]}
    return planned(api, world, **{"place": place, "check_in": METHODS, **changed})


def tap(api: Calls, person: Any, centre: Any, at: Any = START, /, **changed: Any) -> Any:
    body = {"place_code": centre["scene"], "occurred_at": at.isoformat(), "nonce": NONCE}
    return api(person).post("/check-ins", {**body, **changed})


def test_the_code_on_the_wall_finds_what_is_held_there(api: Calls, world: World, centre: Any, clock: Any) -> None:
    activity = at_centre(api, world, centre)
    planned(api, world, title="在别处")
    clock.set(START)
    answer = tap(api, world.member, centre)
    assert (answer.status, answer.data["activity"], answer.data["status"]) == (201, activity, "present")
    assert CheckIn.get().method == "place_code"
    again = tap(api, world.member, centre)
    assert (again.status, again.data["id"]) == (201, answer.data["id"])
    assert tap(api, world.member, centre, nonce="other").code == "already_checked_in"
    shown = api(world.member).get(f"/activities/{activity}").data["place"]
    assert (shown["centre"], shown["lat"]) == (centre["id"], 30.66)


def test_a_position_beside_it_tells_whether_to_ask_again(api: Calls, world: World, centre: Any, clock: Any) -> None:
    at_centre(api, world, centre)
    clock.set(START)
    far = {"lat": 30.70, "lng": 104.06, "datum": "gcj02"}
    assert tap(api, world.member, centre, location=far).data["status"] == "to_confirm"
    near = {"lat": 30.66, "lng": 104.06, "datum": "gcj02"}
    assert tap(api, world.second_member, centre, location=near).data["status"] == "present"
    assert [row.within for row in CheckInLocation.select().order_by(CheckInLocation.id)] == [False, True]


def test_what_is_open_goes_before_what_is_not_yet(api: Calls, world: World, centre: Any, clock: Any) -> None:
    first = at_centre(api, world, centre)
    later = {"starts_at": (END + timedelta(hours=2)).isoformat(), "ends_at": (END + timedelta(hours=3)).isoformat()}
    second = at_centre(api, world, centre, title="下午场", **later)
    clock.set(START)
    assert tap(api, world.member, centre).data["activity"] == first
    afternoon = END + timedelta(hours=2)
    clock.set(afternoon)
    assert tap(api, world.member, centre, afternoon, nonce="second").data["activity"] == second


def test_each_refusal(api: Calls, world: World, centre: Any, clock: Any) -> None:
    elsewhere = planned(api, world, title="在别处")
    clock.set(START)
    assert tap(api, world.member, centre).code == "nothing_here"
    assert tap(api, world.member, centre, activity=elsewhere).code == "other_place"
    clock.set(START - timedelta(hours=2))
    activity = at_centre(api, world, centre)
    assert tap(api, world.member, centre, START - timedelta(hours=2)).code == "nothing_here"
    assert tap(api, world.member, centre, START - timedelta(hours=2), activity=activity).code == "too_early"
    clock.set(START)
    assert tap(api, world.stranger, centre).code == "nothing_here"
    assert tap(api, world.host_secretary, centre).code == "nothing_here"
    clock.set(END + timedelta(hours=5))
    assert tap(api, world.member, centre, END + timedelta(hours=5)).code == "closed"


def test_an_activity_that_takes_no_place_code(api: Calls, world: World, centre: Any, clock: Any) -> None:
    at_centre(api, world, centre, check_in={"methods": ["code"]})
    clock.set(START)
    assert tap(api, world.member, centre).code == "no_place_code"


def test_visitors_are_found_by_the_wall_too(api: Calls, world: World, centre: Any, clock: Any) -> None:
    at_centre(api, world, centre, invited={"visitors": True})
    clock.set(START)
    assert tap(api, world.host_secretary, centre).status == 201
    assert CheckIn.get().visitor


def test_wrong_codes_are_counted_and_limited(api: Calls, world: World, centre: Any, clock: Any) -> None:
    clock.set(START)
    for number in range(WRONG_CODES.value):
        answer = tap(api, world.member, {"scene": "place.zzzzzzzz"}, nonce=f"n{number}")
        assert (answer.status, answer.code) == (404, "place_not_found")
    assert tap(api, world.member, centre).code == "too_many_codes"
    assert WrongCode.select().count() == WRONG_CODES.value


def test_late_uploads_and_phone_clocks(api: Calls, world: World, centre: Any, clock: Any) -> None:
    at_centre(api, world, centre)
    clock.set(START + timedelta(hours=20))
    assert tap(api, world.member, centre, START).data["status"] == "uploaded_late"
    assert tap(api, world.second_member, centre, START - timedelta(days=365)).code in {"nothing_here", "closed"}


def test_planning_needs_a_wall_that_is_still_there(api: Calls, world: World, centre: Any) -> None:
    without = api(world.secretary).post("/activities", plan(check_in=METHODS))
    assert without.status == 422
    assert "党群服务中心" in str(without.body)
    ServiceCentre.update(closed_at=START).execute()
    closed = api(world.secretary).post("/activities", plan(place={"text": "二楼", "centre": centre["id"]}))
    assert closed.body["errors"][0]["code"] == "unknown_place"


def test_the_screens_code_still_counts(api: Calls, world: World, centre: Any, clock: Any) -> None:
    activity = at_centre(api, world, centre)
    clock.set(START)
    assert scan(api, world.member, activity, START).status == 201
