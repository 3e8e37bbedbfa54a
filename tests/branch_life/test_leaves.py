"""Asking leave, and the decision."""

from typing import Any

import pytest

from backend.branch_life.activities.models import LeaveRequest
from backend.core.database import database
from backend.messaging.models import OutboxEvent
from tests.branch_life.makers import START, Calls, planned
from tests.cast import World

REASON = "下午住院检查"


@pytest.fixture
def activity(api: Calls, world: World) -> str:
    """A themed Party day that begins in half an hour."""
    return planned(api, world)


def ask(api: Calls, person: Any, activity: str) -> Any:
    return api(person).post(f"/activities/{activity}/leaves", {"reason": REASON})


def test_a_member_asks_leave_and_the_organiser_is_told_without_the_reason(
    api: Calls, world: World, activity: str
) -> None:
    answer = ask(api, world.member, activity)
    assert answer.status == 201
    assert (answer.data["state"], answer.data["reason"]) == ("asked", REASON)
    event = OutboxEvent.get(OutboxEvent.topic == "leave.asked")
    assert event.people == {"organizer": [world.secretary.account.id]}
    assert event.facts["member"] == "钱**"
    assert REASON not in str(event.facts)


def test_the_reason_lies_sealed_in_the_database(api: Calls, world: World, activity: str) -> None:
    ask(api, world.member, activity)
    (raw,) = database.execute_sql("SELECT reason FROM leave_request").fetchone()
    assert REASON.encode() not in bytes(raw)


@pytest.mark.parametrize(("step", "state"), [("approve", "approved"), ("deny", "denied")])
def test_the_decision_is_told_to_the_member(api: Calls, world: World, activity: str, step: str, state: str) -> None:
    leave = ask(api, world.member, activity).data["id"]
    answer = api(world.secretary).post(f"/activities/{activity}/leaves/{leave}/{step}", {"note": "请补学"})
    assert (answer.status, answer.data["state"], answer.data["decision_note"]) == (200, state, "请补学")
    event = OutboxEvent.get(OutboxEvent.topic == f"leave.{state}")
    assert event.people == {"member": [world.member.account.id]}
    assert event.facts["note"] == "请补学"
    assert api(world.member).get(f"/activities/{activity}").data["own"]["leave"] == state


def test_it_is_decided_once(api: Calls, world: World, activity: str) -> None:
    leave = ask(api, world.member, activity).data["id"]
    api(world.secretary).post(f"/activities/{activity}/leaves/{leave}/approve")
    answer = api(world.secretary).post(f"/activities/{activity}/leaves/{leave}/deny")
    assert (answer.status, answer.code) == (409, "leave_already_decided")
    assert LeaveRequest.get().state == "approved"


def test_nobody_decides_about_his_own(api: Calls, world: World, activity: str) -> None:
    leave = ask(api, world.secretary, activity).data["id"]
    answer = api(world.secretary).post(f"/activities/{activity}/leaves/{leave}/approve")
    assert (answer.status, answer.code) == (403, "own_leave")


def test_it_is_asked_once_and_before_the_start(api: Calls, world: World, clock: Any, activity: str) -> None:
    ask(api, world.member, activity)
    assert ask(api, world.member, activity).code == "leave_already_asked"
    clock.set(START)
    answer = ask(api, world.second_member, activity)
    assert (answer.status, answer.code) == (409, "already_started")


def test_not_for_a_cancelled_activity(api: Calls, world: World, activity: str) -> None:
    api(world.secretary).post(f"/activities/{activity}/cancel", {"reason": "台风"})
    assert ask(api, world.member, activity).code == "cancelled"


def test_who_is_not_expected_need_not_ask(api: Calls, world: World) -> None:
    activity = planned(api, world, invited={"members": [world.member.member.public_id]})
    assert ask(api, world.second_member, activity).code == "not_invited"
    assert ask(api, world.county_officer, activity).code == "not_invited"
    assert ask(api, world.host_secretary, activity).status == 404


@pytest.mark.parametrize(("part", "status"), [("second_member", 403), ("county_officer", 403), ("host_secretary", 404)])
def test_only_the_organiser_decides(api: Calls, world: World, activity: str, part: str, status: int) -> None:
    leave = ask(api, world.member, activity).data["id"]
    assert api(getattr(world, part)).post(f"/activities/{activity}/leaves/{leave}/approve").status == status


def test_a_leave_belongs_to_its_activity(api: Calls, world: World, activity: str) -> None:
    leave = ask(api, world.member, activity).data["id"]
    other = planned(api, world, title="党课")
    assert api(world.secretary).post(f"/activities/{other}/leaves/{leave}/approve").status == 404


def test_the_organiser_reads_all_reasons_and_a_member_his_own(api: Calls, world: World, activity: str) -> None:
    ask(api, world.member, activity)
    ask(api, world.second_member, activity)

    def read(person: Any) -> list[str]:
        return [line["name"] for line in api(person).get(f"/activities/{activity}/leaves").data]

    assert read(world.secretary) == ["钱晓梅", "冯磊"]
    assert read(world.member) == ["钱晓梅"]
    assert read(world.county_officer) == []


@pytest.mark.parametrize("reason", ["", "长" * 301, "a\x01b"])
def test_a_reason_is_one_to_three_hundred_characters(api: Calls, world: World, activity: str, reason: str) -> None:
    assert api(world.member).post(f"/activities/{activity}/leaves", {"reason": reason}).status == 422
