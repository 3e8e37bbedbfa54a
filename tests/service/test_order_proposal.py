"""Whom the dispatcher is proposed, with which reasons, and the duty list that dispatches by itself."""

from typing import Any

import pytest

from backend.messaging.models import OutboxEvent
from backend.people.models import OrganizationPost, Role
from backend.service.models import OrderLog, ServiceOrder
from backend.service.orders.due import dispatch_by_duty
from backend.service.teams.skills import seed_skills
from tests.cast import SINCE, Person
from tests.service.conftest import Desk
from tests.service.test_order_routing import door, grid
from tests.service.test_order_teams import team


@pytest.fixture(autouse=True)
def skills(desk: Desk) -> None:
    """The table of skills."""
    seed_skills()


def proposed(desk: Desk, number: str, person: Person | None = None) -> Any:
    """The candidates, by name, with their reasons."""
    answer = desk.api(person or desk.world.secretary).get(f"/orders/{number}/proposal")
    assert answer.status == 200, answer.body
    assert len(answer.data["candidates"]) <= 3
    return {one["name"]: one["reasons"] for one in answer.data["candidates"]}


def say(desk: Desk, part: str, **profile: Any) -> None:
    """What somebody says of himself."""
    assert desk.api(getattr(desk.world, part)).post("/me/handler", profile).status == 200


def test_skill_goes_before_everything_and_each_has_reasons(desk: Desk) -> None:
    say(desk, "second_member", skills=["plumbing", "law"])
    number = desk.accepted()
    found = proposed(desk, number)
    assert len(found) == 3
    assert next(iter(found)) == "冯磊"
    assert found["冯磊"] == ["会水电维修", "手上没有任务", "近30天没有接过单"]


def test_the_proposal_is_taken_with_one_call(desk: Desk) -> None:
    say(desk, "second_member", skills=["plumbing"])
    number = desk.accepted()
    answer = desk.api(desk.world.secretary).get(f"/orders/{number}/proposal").data
    assert answer["action"] == "dispatch"
    desk.must(desk.world.secretary, number, "dispatch", target=answer["candidates"][0]["target"])
    assert desk.must(desk.world.second_member, number, "claim")["state"] == "claimed"
    assert desk.api(desk.world.secretary).get(f"/orders/{number}/proposal").data["action"] == "transfer"
    assert "冯磊" not in proposed(desk, number)  # he has it already


def test_nobody_on_leave_full_unwilling_or_of_the_household_is_proposed(desk: Desk) -> None:
    home = door(desk, grid(desk, polygon=None))
    for part in ("resident", "second_member"):
        desk.api(getattr(desk.world, part)).post("/me/household", {"code": home["join_code"]})
    say(desk, "member", max_load=1)
    to_member = {"kind": "member", "id": desk.world.member.member.public_id}
    desk.must(desk.world.secretary, desk.accepted(), "dispatch", target=to_member)
    number = desk.dispatched()
    desk.must(desk.world.volunteer, number, "decline", note="不会修")
    assert set(proposed(desk, number)) == {"孙立新"}
    desk.api(desk.world.secretary).post("/me/handler/away", {"from_on": "2026-11-23", "until_on": "2026-11-23"})
    assert proposed(desk, number) == {}


def test_free_hours_speak_for_somebody_and_silence_says_nothing(desk: Desk) -> None:
    say(desk, "member", free_hours=[{"weekday": 1, "start": "08:00", "end": "10:00"}])
    say(desk, "second_member", free_hours=[{"weekday": 2, "start": "18:30", "end": "21:00"}])
    say(desk, "volunteer", free_hours=[{"weekday": 1, "start": "19:00", "end": "21:00"}])
    found = proposed(desk, desk.accepted())
    assert next(iter(found)) == "钱晓梅"
    assert found["钱晓梅"][0] == "现在有空"
    assert {reasons[0] for reasons in found.values()} == {"现在有空", "明天18:30起有空", "今天19:00起有空"}


def test_nearness_is_told_in_bands_of_grids_and_never_of_doors(desk: Desk) -> None:
    here = grid(desk, addresses=["三号楼"])
    moved = [
        {"lat": 30.13 + step, "lng": lng} for step, lng in ((0, 104.49), (0, 104.51), (0.01, 104.51), (0.01, 104.49))
    ]
    beside = grid(desk, code="G4", name="第四网格", polygon=moved, addresses=[])
    for part, where, keeper in (("member", here, "secretary"), ("second_member", beside, "secretary")):
        code = door(desk, where, keeper)["join_code"]
        desk.api(getattr(desk.world, part)).post("/me/household", {"code": code})
    person = {"person": desk.world.volunteer.member.public_id}
    desk.api(desk.world.secretary).post(f"/grids/{here['id']}/workers", person)
    found = proposed(desk, desk.accepted())
    assert (found["钱晓梅"][0], found["赵志强"][0]) == ("就住在这个网格", "是这个网格的网格员")
    assert found["冯磊"][0] == "住得不远（约3公里内）"


def test_who_had_fewer_lately_goes_first_among_equals_and_work_in_hand_speaks_against(desk: Desk) -> None:
    done = desk.closed()
    assert desk.row(done).handler_id == desk.world.volunteer.account.id
    found = proposed(desk, desk.accepted())
    assert "赵志强" not in found  # three others had none
    desk.clock.advance(days=31)
    desk.claimed()
    found = proposed(desk, desk.accepted())
    assert "赵志强" not in found  # he has one in hand


def test_a_team_with_the_skill_is_proposed_with_how_many_are_free(desk: Desk) -> None:
    team(desk, "stranger", skills=["plumbing"])
    say(desk, "stranger", free_hours=[{"weekday": 1, "start": "08:00", "end": "12:00"}])
    found = proposed(desk, desk.accepted())
    assert found["维修队"] == ["擅长水电维修", "2名队员在岗，1人现在有空", "队里没有在办的任务"]
    assert "陌生人" in found


def test_a_team_is_not_proposed_for_what_only_members_take(desk: Desk) -> None:
    team(desk, "stranger")
    number = desk.submitted(service_type="dispute")
    desk.must(desk.world.secretary, number, "accept")
    assert set(proposed(desk, number)) <= {"赵志强", "钱晓梅", "冯磊", "孙立新"}


def test_lecturers_are_proposed_for_lectures(desk: Desk) -> None:
    lecturer = desk.world.county_officer
    OrganizationPost.create(
        organization=desk.world.county, account=lecturer.account, role=Role.LECTURER, starts_on=SINCE
    )
    number = desk.submitted(service_type="lecture", answers={"topic": "党史", "listeners": 10})
    desk.must(desk.world.secretary, number, "accept")
    assert set(proposed(desk, number)) == {"吴远"}
    answer = desk.api(desk.world.secretary).get(f"/orders/{number}/proposal").data
    desk.must(desk.world.secretary, number, "dispatch", target=answer["candidates"][0]["target"])


def test_only_who_dispatches_is_proposed_anything(desk: Desk) -> None:
    number = desk.accepted()
    path = f"/orders/{number}/proposal"
    statuses = {part: desk.api(person).get(path).status for part, person in desk.world.people.items()}
    assert {part for part, status in statuses.items() if status == 200} == {"secretary"}
    assert {part for part, status in statuses.items() if status == 403} == {"resident", "county_officer"}
    assert desk.api(desk.world.secretary).get(f"/orders/{desk.completed()}/proposal").code == "illegal_transition"


def test_the_cost_does_not_grow_with_people(desk: Desk, statements: Any) -> None:
    number = desk.accepted()
    with statements() as few:
        proposed(desk, number)
    team(desk, "stranger", "neighbour")
    with statements() as more:
        proposed(desk, number)
    assert len(more) == len(few)
    assert len(few) <= 22, "\n".join(few)


# ---------------------------------------------------------------- the duty list


def on_duty(desk: Desk, part: str = "member", **changed: Any) -> dict[str, Any]:
    """A grid with somebody on duty on Mondays, in a branch that lets the list dispatch."""
    here = grid(desk, polygon=None)
    desk.api(desk.world.secretary).post("/organizations/DH-01-01/dispatch-policy", {"auto_dispatch": True})
    put_on(desk, here, {"kind": "member", "id": getattr(desk.world, part).member.public_id}, **changed)
    return here


def put_on(desk: Desk, here: dict[str, Any], target: dict[str, Any], **changed: Any) -> None:
    """One more row of the duty list."""
    row = {"weekday": 1, "start": "08:00", "end": "12:00", "target": target} | changed
    assert desk.api(desk.world.secretary).post(f"/grids/{here['id']}/duty", row).status == 201


def run(desk: Desk) -> int:
    """One round of the bot."""
    return dispatch_by_duty(now=desk.clock())


def test_the_list_dispatches_what_was_accepted_in_the_name_of_the_system(desk: Desk) -> None:
    on_duty(desk)
    number = desk.accepted()
    assert (run(desk), run(desk)) == (1, 0)
    row = desk.row(number)
    assert (row.state, row.target_id, row.target_kind) == ("dispatched", desk.world.member.account.id, "member")
    entry = OrderLog.select().order_by(OrderLog.id.desc()).first()
    assert (entry.action, entry.part, entry.actor_id) == ("auto-dispatch", "system", None)
    event = OutboxEvent.select().where(OutboxEvent.topic == "order.dispatched").get()
    assert event.people["offered"] == [desk.world.member.account.id]
    assert desk.must(desk.world.member, number, "claim")["state"] == "claimed"


def test_only_where_the_branch_wants_it_in_its_grids_and_hours(desk: Desk) -> None:
    on_duty(desk)
    elsewhere = desk.submitted(place={"text": "河边"})
    desk.must(desk.world.secretary, elsewhere, "accept")
    unread = desk.submitted(checked=False)
    desk.must(desk.world.secretary, unread, "accept")
    assert run(desk) == 0
    number = desk.accepted()
    desk.clock.advance(hours=4)
    assert run(desk) == 0
    desk.clock.advance(hours=-4)
    desk.api(desk.world.secretary).post("/organizations/DH-01-01/dispatch-policy", {"auto_dispatch": False})
    assert run(desk) == 0
    desk.api(desk.world.secretary).post("/organizations/DH-01-01/dispatch-policy", {"auto_dispatch": True})
    assert run(desk) == 1
    assert desk.row(number).state == "dispatched"


def test_what_came_back_is_for_a_person_to_look_at(desk: Desk) -> None:
    on_duty(desk)
    number = desk.accepted()
    run(desk)
    desk.must(desk.world.member, number, "decline", note="不在家")
    assert run(desk) == 0
    assert desk.row(number).state == "accepted"


def test_whoever_cannot_is_passed_over(desk: Desk) -> None:
    here = on_duty(desk)
    desk.api(desk.world.member).post("/me/handler/away", {"from_on": "2026-11-23", "until_on": "2026-11-23"})
    number = desk.accepted()
    assert run(desk) == 0
    desk.api(desk.world.secretary).post("/me/handler", {"max_load": 1})
    put_on(desk, here, {"kind": "member", "id": desk.world.secretary.member.public_id})
    put_on(desk, here, {"kind": "team", "id": team(desk)["id"]})
    second = desk.accepted()
    assert run(desk) == 2
    assert desk.row(number).target_id == desk.world.secretary.account.id
    assert desk.row(second).target_kind == "team"


def test_nobody_on_duty_gets_his_own_order_or_his_householders(desk: Desk) -> None:
    here = on_duty(desk)
    own = desk.submitted(by=desk.world.member)
    desk.must(desk.world.secretary, own, "accept")
    home = door(desk, here)
    for part in ("resident", "member"):
        desk.api(getattr(desk.world, part)).post("/me/household", {"code": home["join_code"]})
    desk.accepted()
    assert run(desk) == 0


def test_what_only_members_take_and_wishes_are_left_to_people(desk: Desk) -> None:
    here = on_duty(desk)
    wish = desk.submitted(service_type="micro_wish")
    desk.must(desk.world.secretary, wish, "accept")
    assert run(desk) == 0
    path = f"/grids/{here['id']}/duty"
    (row,) = desk.api(desk.world.secretary).get(path).data
    desk.api(desk.world.secretary).delete(f"{path}/{row['id']}")
    put_on(desk, here, {"kind": "team", "id": team(desk)["id"]})
    dispute = desk.submitted(service_type="dispute")
    desk.must(desk.world.secretary, dispute, "accept")
    assert run(desk) == 0
    assert ServiceOrder.select().where(ServiceOrder.state == "dispatched").count() == 0
