"""The roll: who is expected, who came; and calling it."""

from datetime import timedelta
from typing import Any

import pytest

from backend.branch_life.activities.models import CheckIn, CheckInStep
from backend.card.models import StudyRecord
from backend.people.models import Membership
from tests.branch_life.makers import END, START, Calls, host, planned, scan
from tests.cast import World

COUNTS = ("expected", "present", "on_leave", "missing", "visitors")


def counts(roll: dict[str, Any]) -> tuple[int, ...]:
    return tuple(roll[part]["count"] for part in COUNTS)


def names(roll: dict[str, Any], part: str) -> list[str]:
    return [line["name"] for line in roll[part]["people"]]


def leave_of(api: Calls, world: World, activity: str) -> str:
    """The id of a leave that the second member has asked."""
    answer = api(world.second_member).post(f"/activities/{activity}/leaves", {"reason": "住院"})
    assert answer.status == 201, answer.body
    return str(answer.data["id"])


def test_the_roll_parts_expected_into_present_on_leave_and_missing(
    api: Calls, world: World, clock: Any, statements: Any
) -> None:
    activity = planned(api, world, invited={"visitors": True})
    leave = leave_of(api, world, activity)
    clock.set(START)
    api(world.secretary).post(f"/activities/{activity}/leaves/{leave}/approve")
    scan(api, world.member, activity, START)
    scan(api, world.host_secretary, activity, START)
    roll = api(world.secretary).get(f"/activities/{activity}/roll").data
    assert counts(roll) == (4, 1, 1, 2, 1)
    assert names(roll, "present") == ["钱晓梅"]
    assert names(roll, "on_leave") == ["冯磊"]
    assert names(roll, "missing") == ["赵志强", "孙立新"]
    (visitor,) = roll["visitors"]["people"]
    assert (visitor["name"], visitor["branch"]) == ("周敏", "南山驻深流动党员党支部")
    line = roll["present"]["people"][0]
    assert (line["status"], line["method"], line["check_in"]) == ("present", "code", CheckIn.get().public_id)


def test_a_plain_member_sees_figures_only(api: Calls, world: World, clock: Any) -> None:
    activity = planned(api, world)
    clock.set(START)
    scan(api, world.member, activity, START)
    roll = api(world.second_member).get(f"/activities/{activity}/roll").data
    assert counts(roll) == (4, 1, 0, 3, 0)
    assert all(roll[part]["people"] is None for part in COUNTS)
    assert roll["wrong_codes"] is None
    assert "钱" not in str(roll)


def test_a_leave_that_is_only_asked_leaves_one_missing(api: Calls, world: World) -> None:
    activity = planned(api, world)
    leave_of(api, world, activity)
    roll = api(world.secretary).get(f"/activities/{activity}/roll").data
    assert counts(roll) == (4, 0, 0, 4, 0)
    assert [line["leave"] for line in roll["missing"]["people"]].count("asked") == 1


def test_who_comes_in_spite_of_his_leave_is_present(api: Calls, world: World, clock: Any) -> None:
    activity = planned(api, world)
    leave = leave_of(api, world, activity)
    api(world.secretary).post(f"/activities/{activity}/leaves/{leave}/approve")
    clock.set(START)
    scan(api, world.second_member, activity, START)
    assert counts(api(world.secretary).get(f"/activities/{activity}/roll").data) == (4, 1, 0, 3, 0)


def test_a_guest_is_expected_and_a_named_list_is_the_roll(api: Calls, world: World) -> None:
    host(world.host_secretary, world.branch)
    everybody = planned(api, world)
    assert counts(api(world.secretary).get(f"/activities/{everybody}/roll").data)[0] == 5
    named = [world.member.member.public_id, world.host_secretary.member.public_id]
    few = planned(api, world, invited={"members": named})
    assert names(api(world.secretary).get(f"/activities/{few}/roll").data, "expected") == ["钱晓梅", "周敏"]


def test_the_roll_of_a_past_day_stays_as_it_was(api: Calls, world: World, clock: Any) -> None:
    activity = planned(api, world)
    clock.set(START)
    scan(api, world.member, activity, START)
    Membership.update(until_on=START.date()).where(Membership.member == world.member.member).execute()
    clock.advance(days=30)
    assert counts(api(world.secretary).get(f"/activities/{activity}/roll").data) == (4, 1, 0, 3, 0)


def test_the_roll_costs_the_same_for_few_and_many(api: Calls, world: World, clock: Any, statements: Any) -> None:
    activity = planned(api, world, invited={"visitors": True})
    clock.set(START)
    with statements() as before:
        api(world.secretary).get(f"/activities/{activity}/roll")
    for person in (world.member, world.second_member, world.host_secretary):
        scan(api, person, activity, START)
    with statements() as after:
        api(world.secretary).get(f"/activities/{activity}/roll")
    assert len(before) == len(after)


class TestCallingTheRoll:
    """The organiser ticks who is there."""

    def test_a_tick_is_a_check_in_with_its_card_entry(self, api: Calls, world: World, clock: Any) -> None:
        activity = planned(api, world)
        clock.set(START)
        member = world.member.member.public_id
        answer = api(world.secretary).post(f"/activities/{activity}/roll", {"member": member})
        assert (answer.status, answer.data["status"]) == (201, "present")
        step = CheckInStep.get()
        assert (step.check_in, step.kind, step.actor) == (CheckIn.get(), "recorded", world.secretary.account)
        assert StudyRecord.get().confirmed_by == world.branch

    def test_somebody_may_be_called_late(self, api: Calls, world: World, clock: Any) -> None:
        activity = planned(api, world)
        clock.set(START)
        body = {"member": world.member.member.public_id, "status": "late"}
        assert api(world.secretary).post(f"/activities/{activity}/roll", body).data["status"] == "late"

    def test_whoever_checked_in_already_is_not_ticked_again(self, api: Calls, world: World, clock: Any) -> None:
        activity = planned(api, world)
        clock.set(START)
        scan(api, world.member, activity, START)
        body = {"member": world.member.member.public_id}
        answer = api(world.secretary).post(f"/activities/{activity}/roll", body)
        assert (answer.status, answer.code) == (409, "already_checked_in")
        assert StudyRecord.select().count() == 1

    @pytest.mark.parametrize(
        ("at", "code"),
        [
            (START - timedelta(minutes=31), "too_early"),
            (END + timedelta(hours=23), "ok"),
            (END + timedelta(hours=24, seconds=1), "closed"),
        ],
    )
    def test_it_is_called_until_a_day_after(self, api: Calls, world: World, clock: Any, at: Any, code: str) -> None:
        activity = planned(api, world)
        clock.set(at)
        body = {"member": world.member.member.public_id}
        assert api(world.secretary).post(f"/activities/{activity}/roll", body).code == code

    def test_who_has_left_the_branch_is_not_on_it(self, api: Calls, world: World, clock: Any) -> None:
        activity = planned(api, world)
        Membership.update(until_on=START.date() - timedelta(days=1)).where(
            Membership.member == world.member.member
        ).execute()
        clock.set(START)
        body = {"member": world.member.member.public_id}
        answer = api(world.secretary).post(f"/activities/{activity}/roll", body)
        assert (answer.status, answer.code) == (403, "not_invited")

    def test_nor_is_it_called_of_a_cancelled_activity(self, api: Calls, world: World) -> None:
        activity = planned(api, world)
        api(world.secretary).post(f"/activities/{activity}/cancel", {"reason": "台风"})
        body = {"member": world.member.member.public_id}
        assert api(world.secretary).post(f"/activities/{activity}/roll", body).code == "cancelled"

    def test_an_unknown_member_is_not_found(self, api: Calls, world: World) -> None:
        activity = planned(api, world)
        assert api(world.secretary).post(f"/activities/{activity}/roll", {"member": "a" * 16}).status == 404

    @pytest.mark.parametrize(
        ("part", "status"),
        [("member", 403), ("county_officer", 403), ("host_secretary", 404), ("stranger", 404)],
    )
    def test_only_the_organiser_calls_it(self, api: Calls, world: World, part: str, status: int) -> None:
        activity = planned(api, world)
        body = {"member": world.member.member.public_id}
        assert api(getattr(world, part)).post(f"/activities/{activity}/roll", body).status == status


def test_who_is_missing_because_he_is_a_guest_elsewhere_is_shown_so(api: Calls, world: World, clock: Any) -> None:
    host(world.member, world.host_branch)
    activity = planned(api, world)
    clock.set(START)
    missing = api(world.secretary).get(f"/activities/{activity}/roll").data["missing"]["people"]
    assert {one["name"]: one["guest_of"] for one in missing} == {
        "赵志强": None,
        "钱晓梅": "南山驻深流动党员党支部",
        "冯磊": None,
        "孙立新": None,
    }
    assert scan(api, world.member, activity, START).status == 201
    (present,) = api(world.secretary).get(f"/activities/{activity}/roll").data["present"]["people"]
    assert (present["name"], present["guest_of"]) == ("钱晓梅", "南山驻深流动党员党支部")
