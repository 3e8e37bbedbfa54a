"""Make-up entries take two persons."""

from datetime import timedelta
from typing import Any

import pytest

from backend.branch_life.activities.models import CheckIn, CheckInStep, MakeUpRequest
from backend.card.models import StudyRecord
from backend.messaging.models import OutboxEvent
from backend.people.models import OrganizationPost, Role
from tests.branch_life.makers import END, START, Calls, planned, scan
from tests.cast import SINCE, World

REASON = "手机没电，全程在场"
AFTER = END + timedelta(minutes=31)


@pytest.fixture
def activity(api: Calls, world: World, clock: Any) -> str:
    """A Party day whose check-in has just closed."""
    public_id = planned(api, world)
    clock.set(AFTER)
    return public_id


@pytest.fixture
def deputy(world: World) -> Any:
    """A second person who keeps the roll."""
    OrganizationPost.create(
        organization=world.branch,
        account=world.second_member.account,
        role=Role.DEPUTY_SECRETARY,
        starts_on=SINCE,
    )
    return world.second_member


def ask(api: Calls, person: Any, activity: str, of: Any = None) -> Any:
    who = {"member": of.member.public_id} if of else {}
    return api(person).post(f"/activities/{activity}/make-ups", {"reason": REASON, **who})


def decide(api: Calls, person: Any, activity: str, request: str, step: str = "approve") -> Any:
    return api(person).post(f"/activities/{activity}/make-ups/{request}/{step}", {"note": "已核实"})


def test_a_member_asks_and_the_secretary_approves(api: Calls, world: World, activity: str) -> None:
    asked = ask(api, world.member, activity)
    assert (asked.status, asked.data["state"]) == (201, "asked")
    event = OutboxEvent.get(OutboxEvent.topic == "make_up.asked")
    assert event.people == {"organizer": [world.secretary.account.id]}
    assert REASON not in str(event.facts)
    answer = decide(api, world.secretary, activity, asked.data["id"])
    assert (answer.status, answer.data["state"]) == (200, "approved")
    entry = CheckIn.get()
    assert (entry.status, entry.method, entry.occurred_at) == ("made_up", "make_up", START)
    assert CheckInStep.get().actor == world.secretary.account
    assert StudyRecord.get().confirmed_by == world.branch
    (shown,) = api(world.member).get("/me/card").data["records"]
    assert shown["content"] == "重走小平求学路（补签）"
    told = OutboxEvent.get(OutboxEvent.topic == "make_up.approved").people
    assert told == {"member": [world.member.account.id], "asker": [world.member.account.id]}


def test_an_organiser_asks_for_a_member_and_another_one_approves(
    api: Calls, world: World, activity: str, deputy: Any
) -> None:
    request = ask(api, world.secretary, activity, of=world.member).data["id"]
    assert OutboxEvent.get(OutboxEvent.topic == "make_up.asked").people == {"organizer": [deputy.account.id]}
    for person in (world.secretary, world.member):
        assert decide(api, person, activity, request).status == 403
    assert decide(api, deputy, activity, request).status == 200
    assert CheckIn.get().member == world.member.member


def test_nobody_approves_what_was_asked_for_himself(api: Calls, world: World, activity: str, deputy: Any) -> None:
    request = ask(api, world.secretary, activity, of=deputy).data["id"]
    answer = decide(api, deputy, activity, request)
    assert (answer.status, answer.code) == (403, "own_make_up")
    assert CheckIn.select().count() == 0


def test_a_refusal_leaves_no_entry_and_one_may_ask_again(api: Calls, world: World, activity: str) -> None:
    request = ask(api, world.member, activity).data["id"]
    assert decide(api, world.secretary, activity, request, "deny").data["state"] == "denied"
    assert CheckIn.select().count() == 0
    again = decide(api, world.secretary, activity, request)
    assert (again.status, again.code) == (409, "make_up_already_decided")
    assert ask(api, world.member, activity).status == 201


def test_one_request_waits_at_a_time(api: Calls, world: World, activity: str) -> None:
    ask(api, world.member, activity)
    assert ask(api, world.member, activity).code == "make_up_already_asked"
    assert MakeUpRequest.select().count() == 1


def test_who_uploads_meanwhile_is_not_entered_twice(api: Calls, world: World, activity: str) -> None:
    request = ask(api, world.member, activity).data["id"]
    assert scan(api, world.member, activity, START).status == 201
    answer = decide(api, world.secretary, activity, request)
    assert (answer.status, answer.code) == (409, "already_checked_in")
    assert MakeUpRequest.get().state == "asked"
    assert StudyRecord.select().count() == 1


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (END + timedelta(minutes=30), "too_early"),
        (END + timedelta(days=30), "ok"),
        (END + timedelta(days=30, seconds=1), "closed"),
    ],
)
def test_it_is_asked_from_the_close_of_check_in_for_a_month(
    api: Calls, world: World, clock: Any, activity: str, at: Any, code: str
) -> None:
    clock.set(at)
    assert ask(api, world.member, activity).code == code


def test_reasons_against_it(api: Calls, world: World, clock: Any) -> None:
    activity = planned(api, world, invited={"members": [world.member.member.public_id]})
    cancelled = planned(api, world, title="党课")
    api(world.secretary).post(f"/activities/{cancelled}/cancel", {"reason": "台风"})
    clock.set(START)
    scan(api, world.member, activity, START)
    clock.set(AFTER)
    assert ask(api, world.second_member, activity).code == "not_invited"
    assert ask(api, world.member, cancelled).code == "cancelled"
    assert ask(api, world.member, activity).code == "already_checked_in"
    assert ask(api, world.second_member, activity, of=world.member).status == 403
    assert ask(api, world.county_officer, activity).code == "not_invited"
    assert ask(api, world.stranger, activity).status == 404


@pytest.mark.parametrize(("part", "status"), [("volunteer", 403), ("county_officer", 403), ("host_secretary", 404)])
def test_only_the_organiser_decides(api: Calls, world: World, activity: str, part: str, status: int) -> None:
    request = ask(api, world.member, activity).data["id"]
    assert decide(api, getattr(world, part), activity, request).status == status


def test_the_organiser_reads_all_and_a_member_his_own(api: Calls, world: World, activity: str) -> None:
    ask(api, world.member, activity)
    ask(api, world.volunteer, activity)

    def read(person: Any) -> list[str]:
        return [line["name"] for line in api(person).get(f"/activities/{activity}/make-ups").data]

    assert read(world.secretary) == ["钱晓梅", "赵志强"]
    assert read(world.member) == ["钱晓梅"]
    assert api(world.secretary).get(f"/activities/{activity}/make-ups").data[0]["reason"] == REASON
