"""Few places: first come, first served, and the queue moves up by itself."""

import threading
from typing import Any

import pytest
from flask import Flask

from backend.branch_life.activities.models import SignUp
from backend.messaging.models import OutboxEvent
from tests.branch_life.makers import START, Calls, planned, scan
from tests.cast import World
from tests.conftest import Api


@pytest.fixture
def activity(api: Calls, world: World) -> str:
    """A visit with two places."""
    return planned(api, world, capacity=2)


def sign(api: Calls, person: Any, activity: str) -> Any:
    return api(person).post(f"/activities/{activity}/sign-ups")


def withdraw(api: Calls, person: Any, activity: str) -> Any:
    return api(person).post(f"/activities/{activity}/sign-ups/withdraw")


def queue(api: Calls, world: World, activity: str) -> list[tuple[str, str]]:
    people = api(world.secretary).get(f"/activities/{activity}/sign-ups").data["people"]
    return [(line["name"], line["state"]) for line in people]


def fill(api: Calls, world: World, clock: Any, activity: str) -> list[Any]:
    """Four people sign up, a minute apart."""
    answers = []
    for person in (world.member, world.second_member, world.volunteer, world.secretary):
        answers.append(sign(api, person, activity))
        clock.advance(minutes=1)
    return answers


def test_whoever_comes_too_late_waits(api: Calls, world: World, clock: Any, activity: str) -> None:
    answers = fill(api, world, clock, activity)
    assert [(one.status, one.data["state"], one.data["before_me"]) for one in answers] == [
        (201, "going", 0),
        (201, "going", 0),
        (201, "waiting", 0),
        (201, "waiting", 1),
    ]
    shown = api(world.member).get(f"/activities/{activity}").data
    assert (shown["capacity"], shown["own"]["sign_up"]) == (2, "going")


def test_the_first_of_the_queue_moves_up_and_is_told(api: Calls, world: World, clock: Any, activity: str) -> None:
    fill(api, world, clock, activity)
    assert withdraw(api, world.member, activity).data["state"] == "withdrawn"
    assert queue(api, world, activity) == [("冯磊", "going"), ("赵志强", "going"), ("孙立新", "waiting")]
    event = OutboxEvent.get(OutboxEvent.topic == "sign_up.moved_up")
    assert event.people == {"member": [world.volunteer.account.id]}


def test_who_only_waited_frees_no_place(api: Calls, world: World, clock: Any, activity: str) -> None:
    fill(api, world, clock, activity)
    withdraw(api, world.volunteer, activity)
    assert queue(api, world, activity) == [("钱晓梅", "going"), ("冯磊", "going"), ("孙立新", "waiting")]
    assert OutboxEvent.select().where(OutboxEvent.topic == "sign_up.moved_up").count() == 0


def test_who_comes_back_joins_at_the_end(api: Calls, world: World, clock: Any, activity: str) -> None:
    fill(api, world, clock, activity)
    withdraw(api, world.member, activity)
    assert sign(api, world.member, activity).data["before_me"] == 1
    assert queue(api, world, activity)[-1] == ("钱晓梅", "waiting")


def test_signing_up_again_changes_nothing(api: Calls, world: World, clock: Any, activity: str) -> None:
    fill(api, world, clock, activity)
    before = queue(api, world, activity)
    assert sign(api, world.member, activity).data["state"] == "going"
    assert queue(api, world, activity) == before


def test_the_last_place_is_given_once(app: Flask, api: Calls, world: World) -> None:
    activity = planned(api, world, capacity=1)
    gate, states = threading.Barrier(3), []

    def ask(token: str) -> None:
        client = Api(app.test_client(), token)
        gate.wait()
        states.append(client.post(f"/activities/{activity}/sign-ups").data["state"])

    people = (world.member, world.second_member, world.volunteer)
    threads = [threading.Thread(target=ask, args=(person.token,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(states) == ["going", "waiting", "waiting"]
    assert SignUp.select().where(SignUp.state == "going").count() == 1


def test_those_with_a_place_are_expected(api: Calls, world: World, clock: Any, activity: str) -> None:
    fill(api, world, clock, activity)
    clock.set(START)
    assert scan(api, world.member, activity, START).status == 201
    assert scan(api, world.volunteer, activity, START).status == 201
    roll = api(world.secretary).get(f"/activities/{activity}/roll").data
    counts = [roll[part]["count"] for part in ("expected", "present", "missing", "visitors")]
    assert counts == [2, 1, 1, 1]


def test_reasons_against_it(api: Calls, world: World, clock: Any, activity: str) -> None:
    unlimited = planned(api, world, title="党课")
    assert sign(api, world.member, unlimited).code == "no_sign_up"
    assert api(world.member).get(f"/activities/{unlimited}/sign-ups").code == "no_sign_up"
    assert withdraw(api, world.member, activity).code == "not_signed_up"
    assert sign(api, world.county_officer, activity).code == "not_invited"
    assert sign(api, world.stranger, activity).status == 404
    clock.set(START)
    assert sign(api, world.member, activity).code == "already_started"


def test_not_for_a_cancelled_activity(api: Calls, world: World, activity: str) -> None:
    api(world.secretary).post(f"/activities/{activity}/cancel", {"reason": "台风"})
    assert sign(api, world.member, activity).code == "cancelled"


def test_a_plain_member_sees_figures_only(api: Calls, world: World, clock: Any, activity: str) -> None:
    fill(api, world, clock, activity)
    shown = api(world.member).get(f"/activities/{activity}/sign-ups").data
    assert shown == {"capacity": 2, "going": 2, "waiting": 2, "people": None}
