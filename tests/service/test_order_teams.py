"""Orders for a team: any of it claims, students too; its hours count when the order closes."""

from typing import Any

from backend.messaging.models import OutboxEvent
from backend.service.models import OrderTeamCredit
from tests.service.conftest import HAND_IN, RATING, Desk


def team(desk: Desk, *people: str, **changed: Any) -> dict[str, Any]:
    """A team led by the volunteer; everybody else asks by code and is confirmed."""
    body = {"name": "维修队", "leader": desk.world.volunteer.member.public_id, **changed}
    made: dict[str, Any] = desk.api(desk.world.secretary).post("/organizations/DH-01-01/teams", body).data
    for part in people:
        person = getattr(desk.world, part)
        desk.api(person).post("/me/teams", {"code": made["join_code"]})
        path = f"/teams/{made['id']}/members/{person.account.public_id}/confirm"
        assert desk.api(desk.world.volunteer).post(path).status == 200
    return made


def sent(desk: Desk, to: dict[str, Any]) -> str:
    """An order dispatched to a team."""
    number = desk.accepted()
    desk.must(desk.world.secretary, number, "dispatch", target={"kind": "team", "id": to["id"]})
    return number


def test_any_of_the_team_claims_it_and_nobody_else(desk: Desk) -> None:
    number = sent(desk, team(desk, "stranger"))
    (event,) = OutboxEvent.select().where(OutboxEvent.topic == "order.dispatched")
    people = [desk.world.volunteer.account.id, desk.world.stranger.account.id]
    assert (event.people["offered"], event.facts["team"]) == (people, "维修队")
    assert desk.api(desk.world.member).get(f"/orders/{number}").status == 404
    assert desk.api(desk.world.member).get("/orders", box="offered").data["items"] == []
    (offered,) = desk.api(desk.world.stranger).get("/orders", box="offered").data["items"]
    assert offered["number"] == number
    shown = desk.api(desk.world.stranger).get(f"/orders/{number}").data
    assert (shown["team"], shown["description"]) == ("维修队", None)
    desk.must(desk.world.stranger, number, "claim")
    late = desk.act(desk.world.volunteer, number, "claim")
    assert (late.status, late.code) == (409, "order_conflict")


def test_its_hours_count_when_the_order_closes_and_only_once(desk: Desk) -> None:
    made = team(desk, "stranger")
    number = sent(desk, made)
    for round_ in range(2):
        desk.must(desk.world.stranger, number, "claim")
        desk.must(desk.world.stranger, number, "first-contact", way="phone")
        desk.must(desk.world.stranger, number, "complete", **HAND_IN)
        desk.must(desk.world.resident, number, "confirm", **RATING)
        shown = desk.api(desk.world.secretary).get(f"/teams/{made['id']}").data
        assert (shown["orders"], shown["hours"]) == (1, 1.0)
        if not round_:
            desk.must(desk.world.resident, number, "reopen", note="又坏了")
            assert desk.row(number).team_id is None
            desk.must(desk.world.secretary, number, "dispatch", target={"kind": "team", "id": made["id"]})
    assert OrderTeamCredit.select().count() == 1
    (listed,) = desk.api(desk.world.secretary).get("/organizations/DH-01-01/teams").data
    assert listed["hours"] == 1.0


def test_an_order_for_one_person_adds_nothing_to_a_team(desk: Desk) -> None:
    team(desk)
    desk.closed()
    assert OrderTeamCredit.select().count() == 0


def test_the_pool_and_a_direct_dispatch_are_open_to_people_of_a_team(desk: Desk) -> None:
    team(desk, "stranger")
    pooled, direct = desk.pooled(), desk.accepted()
    assert desk.must(desk.world.stranger, pooled, "claim")["state"] == "claimed"
    target = {"kind": "member", "id": desk.world.stranger.account.public_id}
    desk.must(desk.world.secretary, direct, "dispatch", target=target)
    assert desk.must(desk.world.stranger, direct, "claim")["state"] == "claimed"


def test_whoever_left_the_team_handles_no_more(desk: Desk) -> None:
    made = team(desk, "stranger")
    number = sent(desk, made)
    desk.must(desk.world.stranger, number, "claim")
    path = f"/teams/{made['id']}/members/{desk.world.stranger.account.public_id}"
    assert desk.api(desk.world.secretary).delete(path).status == 200
    assert desk.act(desk.world.stranger, number, "first-contact", way="phone").code == "post_ended"


def test_a_team_that_cannot_take_it_is_not_sent(desk: Desk) -> None:
    made = team(desk, max_load=1)
    sent(desk, made)
    number = desk.accepted()
    target = {"kind": "team", "id": made["id"]}
    assert desk.act(desk.world.secretary, number, "dispatch", target=target).code == "target_full"
    free = team(desk, name="二队")
    target = {"kind": "team", "id": free["id"]}
    desk.api(desk.world.volunteer).post("/me/handler/away", {"from_on": "2026-11-20", "until_on": "2026-11-24"})
    assert desk.act(desk.world.secretary, number, "dispatch", target=target).code == "target_away"
    desk.api(desk.world.secretary).delete(f"/teams/{free['id']}/members/{desk.world.volunteer.account.public_id}")
    empty = desk.act(desk.world.secretary, number, "dispatch", target=target)
    assert empty.body["errors"][0]["code"] == "empty_team"
    desk.api(desk.world.secretary).post(f"/teams/{free['id']}/close")
    for wrong in (free["id"], "nowhere"):
        answer = desk.act(desk.world.secretary, number, "dispatch", target={"kind": "team", "id": wrong})
        assert (answer.status, answer.body["errors"][0]["code"]) == (422, "unknown_team")


def test_the_leader_declines_for_the_team_and_sends_it_back(desk: Desk) -> None:
    number = sent(desk, team(desk, "stranger"))
    assert desk.act(desk.world.stranger, number, "decline", note="我忙").code == "not_addressed"
    assert desk.must(desk.world.volunteer, number, "decline", note="都忙")["state"] == "accepted"
    assert desk.row(number).team_id is None
