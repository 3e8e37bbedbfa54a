"""Where an order goes: by poster, door, address and point; what lies astray is seen."""

from datetime import datetime
from typing import Any

import pytest

from backend.media.models import Media
from backend.messaging.models import OutboxEvent
from backend.people.models import Account, Organization, OrganizationPost, Role
from backend.service.models import ServiceOrder
from backend.service.rates import recounts as order_recounts
from backend.tally.recounting import differences
from tests.cast import SINCE
from tests.learning.lessons.conftest import keep_media
from tests.service.conftest import LAMP, Desk
from tests.service.grids.test_grids import BODY, BORDER
from tests.service.readings import at

HOST = {"code": "H1", "name": "南山网格", "addresses": ["南山小区七号楼"]}


def grid(desk: Desk, keeper: str = "secretary", of: str = "DH-01-01", **changed: Any) -> dict[str, Any]:
    """A grid of an organisation."""
    answer = desk.api(getattr(desk.world, keeper)).post(f"/organizations/{of}/grids", BODY | changed)
    assert answer.status == 201, answer.body
    made: dict[str, Any] = answer.data
    return made


def host_grid(desk: Desk, **changed: Any) -> dict[str, Any]:
    """A grid of the other branch."""
    return grid(desk, "host_secretary", "NS-01", **HOST | {"polygon": None} | changed)


def door(desk: Desk, of: dict[str, Any], keeper: str = "secretary") -> dict[str, Any]:
    """A door of a grid."""
    made: dict[str, Any] = (
        desk.api(getattr(desk.world, keeper)).post(f"/grids/{of['id']}/households", {"door": "301"}).data
    )
    return made


def order(desk: Desk, part: str = "resident", **changed: Any) -> Any:
    """What the answer to a new order says of where it went."""
    answer = desk.api(getattr(desk.world, part)).post("/orders", LAMP | changed)
    assert answer.status == 201, answer.body
    shown = answer.data
    return shown["organization"], shown["grid"], shown["unrouted"]


OUTSIDE = {"text": "南山小区门口", "lat": 30.2, "lng": 104.6}
NOWHERE = {"text": "河边"}


def test_without_grids_nothing_is_astray(desk: Desk) -> None:
    assert order(desk) == ("DH-01-01", None, False)


def test_a_point_in_a_grid_and_one_outside(desk: Desk) -> None:
    grid(desk, addresses=[])
    assert order(desk) == ("DH-01-01", "第三网格", False)
    assert order(desk, place=NOWHERE) == ("DH-01-01", None, True)
    # outside, but near: the organisation of the nearest grid, whoever asks
    assert order(desk, "stranger", place=OUTSIDE) == ("DH-01-01", None, True)
    far = desk.api(desk.world.stranger).post("/orders", LAMP | {"place": {"text": "x", "lat": 22.5, "lng": 114.0}})
    assert far.body["errors"][0]["code"] == "organization_required"


def test_the_nearest_of_two_communities_gets_what_lies_between(desk: Desk) -> None:
    grid(desk, addresses=[])
    moved = [{"lat": corner["lat"] + 0.2, "lng": corner["lng"]} for corner in BORDER]
    host_grid(desk, polygon=moved)
    assert order(desk, place={"text": "x", "lat": 30.29, "lng": 104.5})[0] == "NS-01"
    assert order(desk, place={"text": "x", "lat": 30.15, "lng": 104.5}) == ("DH-01-01", None, True)


def test_an_address_of_the_community_leads_to_its_grid_however_it_is_written(desk: Desk) -> None:
    grid(desk, polygon=None)
    assert order(desk, place={"text": "大河社区 3号楼三单元"}) == ("DH-01-01", "第三网格", False)
    assert order(desk, organization="DH-01-01", place={"text": "四号楼"}) == ("DH-01-01", "第三网格", False)
    assert order(desk, organization="NS-01", place={"text": "四号楼"}) == ("NS-01", None, False)


def test_an_address_of_another_community_counts_where_the_text_begins_with_it(desk: Desk) -> None:
    host_grid(desk)
    assert order(desk, place={"text": "南山小区7号楼 201"}) == ("NS-01", "南山网格", False)
    assert order(desk, place={"text": "我妈住南山小区7号楼"}) == ("DH-01-01", None, False)


def test_the_longest_address_wins(desk: Desk) -> None:
    grid(desk, polygon=None, addresses=["河东", "河西"])
    grid(desk, code="G4", name="第四网格", polygon=None, addresses=["河东三号楼"])
    assert order(desk, place={"text": "河东三号楼楼下"})[1] == "第四网格"
    assert order(desk, place={"text": "河东菜市场"})[1] == "第三网格"


def test_ones_own_door_counts_where_the_place_says_nothing_and_decides_between_two(desk: Desk) -> None:
    grid(desk, polygon=None)
    home = grid(desk, code="G4", name="第四网格", polygon=None, addresses=["三号楼"])
    code = door(desk, home)["join_code"]
    desk.api(desk.world.resident).post("/me/household", {"code": code})
    assert order(desk, place=NOWHERE) == ("DH-01-01", "第四网格", False)
    assert order(desk, place={"text": "三号楼"})[1] == "第四网格"
    assert order(desk, place={"text": "四号楼"})[1] == "第三网格"
    assert ServiceOrder.select().where(ServiceOrder.household.is_null()).count() == 0
    other = {"name": "王大爷", "phone": "13900000000", "relation": "邻居"}
    assert order(desk, place=NOWHERE, on_behalf_of=other) == ("DH-01-01", None, True)
    assert ServiceOrder.select().where(ServiceOrder.household.is_null()).count() == 1


def test_ones_own_door_may_be_elsewhere_and_goes_with_an_order_for_another_community(desk: Desk) -> None:
    grid(desk, polygon=None)
    away = host_grid(desk)
    code = door(desk, away, "host_secretary")["join_code"]
    desk.api(desk.world.resident).post("/me/household", {"code": code})
    assert order(desk, place=NOWHERE) == ("NS-01", "南山网格", False)
    assert order(desk, place={"text": "四号楼"}) == ("DH-01-01", "第三网格", False)
    assert order(desk, organization="DH-01-01", place=NOWHERE) == ("DH-01-01", None, False)
    assert ServiceOrder.select().where(ServiceOrder.household.is_null()).count() == 0
    desk.api(desk.world.host_secretary).post(f"/grids/{away['id']}/close")
    assert order(desk, place=NOWHERE) == ("DH-01-01", None, True)
    assert ServiceOrder.select().where(ServiceOrder.household.is_null()).count() == 1


def test_of_many_grids_with_the_beginning_of_an_address_the_longest_that_is_open_counts(desk: Desk) -> None:
    lines = ["南山小区", "南山小区7", "南山小区七号楼", "南山小区七号楼二单元", "南山小区七号楼二单元三楼"]
    made = [host_grid(desk, code=f"H{n}", name=line, addresses=[line]) for n, line in enumerate(lines)]
    place = {"text": "南山小区七号楼二单元三楼左手"}
    assert order(desk, place=place) == ("NS-01", lines[-1], False)
    for one, next_best in zip(reversed(made), reversed(lines[:-1]), strict=False):
        desk.api(desk.world.host_secretary).post(f"/grids/{one['id']}/close")
        assert order(desk, place=place) == ("NS-01", next_best, False)
    Organization.update(closed_on=SINCE).where(Organization.code == "NS-01").execute()
    assert order(desk, place=place) == ("DH-01-01", None, False)


def test_a_poster_goes_before_everything(desk: Desk) -> None:
    posters = host_grid(desk)["addresses"]
    grid(desk)
    for scene in (posters[0]["code"], posters[0]["scene"]):
        assert order(desk, scene=scene) == ("NS-01", "南山网格", False)
    assert order(desk, scene=posters[0]["code"], organization="DH-01-01")[:2] == ("DH-01-01", "第三网格")
    unknown = desk.api(desk.world.resident).post("/orders", LAMP | {"scene": "22222222"})
    assert [one["code"] for one in unknown.body["errors"]] == ["unknown_scene"]


def test_the_code_of_a_service_centre_leads_to_its_organisation(desk: Desk) -> None:
    centre = {"name": "大河社区党群服务中心", "address": "大河路1号"}
    place = desk.api(desk.world.secretary).post("/organizations/DH-01-01/places", centre).data
    assert order(desk, "stranger", scene=place["scene"], place=NOWHERE) == ("DH-01-01", None, False)
    upper = desk.api(desk.world.county_officer).post("/organizations/DH-01/places", centre).data
    refused = desk.api(desk.world.stranger).post("/orders", LAMP | {"scene": upper["code"]})
    assert [(one["field"], one["code"]) for one in refused.body["errors"]] == [("scene", "takes_no_orders")]


def test_a_grid_worker_asks_for_a_door_and_nobody_else_does(desk: Desk) -> None:
    mine = grid(desk, polygon=None)
    home = door(desk, mine)
    for part in ("resident", "volunteer", "member", "host_secretary"):
        refused = desk.api(getattr(desk.world, part)).post("/orders", LAMP | {"household": home["id"]})
        assert [one["code"] for one in refused.body["errors"]] == ["unknown_household"], part
    person = {"person": desk.world.volunteer.member.public_id}
    desk.api(desk.world.secretary).post(f"/grids/{mine['id']}/workers", person)
    for part in ("volunteer", "secretary"):
        assert order(desk, part, household=home["id"], place=NOWHERE) == ("DH-01-01", "第三网格", False)
    assert {row.household.public_id for row in ServiceOrder.select()} == {home["id"]}
    elsewhere = desk.api(desk.world.volunteer).post(
        "/orders", LAMP | {"household": home["id"], "organization": "NS-01"}
    )
    assert elsewhere.status == 422


def test_closed_grids_count_no_more(desk: Desk) -> None:
    mine = grid(desk)
    home = door(desk, mine)
    desk.api(desk.world.resident).post("/me/household", {"code": home["join_code"]})
    desk.api(desk.world.secretary).post(f"/grids/{mine['id']}/close")
    assert order(desk) == ("DH-01-01", None, False)


def test_what_lies_astray_is_seen_until_somebody_takes_it_and_sets_the_grid(desk: Desk) -> None:
    mine = grid(desk, addresses=[])
    foreign = host_grid(desk)
    number = desk.submitted(place=NOWHERE)
    secretary = desk.api(desk.world.secretary)
    assert [one["number"] for one in secretary.get("/orders", box="unrouted").data["items"]] == [number]
    assert secretary.get("/orders/boxes").data["unrouted"] == 1
    assert desk.api(desk.world.host_secretary).get("/orders", box="unrouted").data["items"] == []
    assert desk.api(desk.world.resident).get("/orders", box="unrouted").status == 403
    assert (
        desk.act(desk.world.secretary, number, "accept", grid=foreign["id"]).body["errors"][0]["code"] == "unknown_grid"
    )
    accepted = desk.must(desk.world.secretary, number, "accept", grid=mine["id"])
    assert (accepted["grid"], accepted["unrouted"]) == ("第三网格", False)
    assert secretary.get("/orders", box="unrouted").data["items"] == []
    assert secretary.get(f"/orders/{number}").data["grid"] == "第三网格"


def test_what_lies_astray_is_put_into_a_grid_with_one_action(desk: Desk) -> None:
    mine = grid(desk, addresses=[])
    number = desk.submitted(place=NOWHERE)
    assert OutboxEvent.get(OutboxEvent.topic == "order.submitted").facts["unrouted"] is True
    shown = desk.must(desk.world.secretary, number, "route", grid=mine["id"])
    assert (shown["grid"], shown["unrouted"], shown["state"]) == ("第三网格", False, "submitted")
    assert desk.api(desk.world.secretary).get("/orders", box="unrouted").data["items"] == []
    again = desk.act(desk.world.secretary, number, "route", grid=mine["id"])
    assert (again.status, again.code) == (409, "not_astray")


def test_what_belongs_to_another_branch_is_handed_to_it_with_all_that_hangs_on_it(desk: Desk) -> None:
    grid(desk, addresses=[])
    picture = keep_media(desk.world.resident, desk.clock(), seconds=None)
    number = desk.submitted(place=NOWHERE, attachments=[picture])
    desk.must(desk.world.resident, number, "urge", note="急")
    desk.clock.advance(hours=2)
    desk.must(desk.world.secretary, number, "route", organization="NS-01", note="河那边归你们")
    host = desk.api(desk.world.host_secretary)
    (row,) = host.get("/orders", box="to-accept").data["items"]
    assert (row["number"], row["organization"]) == (number, "NS-01")
    assert desk.api(desk.world.secretary).get(f"/orders/{number}").status == 404
    assert Media.get(Media.public_id == picture).organization_id == desk.world.host_branch.id
    assert differences(order_recounts.RECOUNTS) == []
    accept = {one["stage"]: one for one in host.get(f"/orders/{number}").data["timers"]}["accept"]
    assert datetime.fromisoformat(accept["due_at"]) == at("11-23 15:00")  # four working hours of its own, from eleven
    event = OutboxEvent.get(OutboxEvent.topic == "order.routed")
    assert event.organization_id == desk.world.host_branch.id
    assert event.people["requester"] == [desk.world.resident.account.id]
    assert desk.must(desk.world.host_secretary, number, "accept")["state"] == "accepted"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "value_error"),
        ({"grid": "x", "organization": "NS-01"}, "value_error"),
        ({"grid": "nothing"}, "unknown_grid"),
        ({"organization": "nothing"}, "unknown_organization"),
        ({"organization": "DH-01-01"}, "unknown_organization"),
        ({"organization": "DH-01"}, "takes_no_orders"),
    ],
)
def test_it_is_routed_one_way_and_to_where_orders_are_taken(desk: Desk, body: dict[str, Any], code: str) -> None:
    grid(desk, addresses=[])
    number = desk.submitted(place=NOWHERE)
    refused = desk.act(desk.world.secretary, number, "route", **body)
    assert (refused.status, refused.body["errors"][0]["code"]) == (422, code)
    assert desk.row(number).unrouted_at is not None


def test_the_box_of_what_lies_astray_is_read_page_by_page_oldest_first(desk: Desk) -> None:
    grid(desk, addresses=[])
    numbers = []
    for _ in range(3):
        numbers.append(desk.submitted(place=NOWHERE))
        desk.clock.advance(minutes=1)
    secretary = desk.api(desk.world.secretary)
    first = secretary.get("/orders", box="unrouted", limit=2).data
    rest = secretary.get("/orders", box="unrouted", limit=2, cursor=first["next_cursor"]).data
    assert [one["number"] for one in first["items"] + rest["items"]] == numbers
    assert rest["next_cursor"] is None
    assert secretary.get("/orders/boxes").data["unrouted"] == 3


def test_a_question_leaves_it_astray(desk: Desk) -> None:
    grid(desk, addresses=[])
    number = desk.submitted(place=NOWHERE)
    desk.must(desk.world.secretary, number, "ask-info", note="在哪里？")
    assert desk.row(number).unrouted_at is not None
    desk.must(desk.world.resident, number, "cancel", note="算了")
    assert desk.row(number).unrouted_at is None


def live_together(desk: Desk, *parts: str) -> dict[str, Any]:
    """These live behind one door."""
    home = door(desk, grid(desk, polygon=None))
    for part in parts:
        answer = desk.api(getattr(desk.world, part)).post("/me/household", {"code": home["join_code"]})
        assert answer.status == 200
    return home


def test_nobody_takes_an_order_of_his_own_household(desk: Desk) -> None:
    live_together(desk, "resident", "member")
    number = desk.pooled()
    refused = desk.act(desk.world.member, number, "claim")
    assert (refused.status, refused.code) == (409, "own_household")
    shown = desk.api(desk.world.member).get(f"/orders/{number}").data
    assert "claim" not in {one["name"] for one in shown["actions"]}
    assert desk.api(desk.world.member).get("/orders", box="offered").data["items"] == []
    assert desk.api(desk.world.volunteer).get("/orders", box="offered").data["items"] != []
    assert desk.must(desk.world.volunteer, number, "claim")["state"] == "claimed"


def test_moving_out_afterwards_does_not_help(desk: Desk) -> None:
    live_together(desk, "resident", "member")
    number = desk.pooled()
    desk.api(desk.world.resident).delete("/me/household")
    assert desk.act(desk.world.member, number, "claim").code == "own_household"


def test_moving_in_afterwards_forbids_it_too(desk: Desk) -> None:
    number = desk.pooled()
    live_together(desk, "resident", "member")
    assert desk.act(desk.world.member, number, "claim").code == "own_household"


@pytest.mark.parametrize("action", ["dispatch", "transfer", "add-cohandler", "rule"])
def test_nobody_is_sent_to_his_own_household(desk: Desk, action: str) -> None:
    live_together(desk, "resident", "member")
    state = {"dispatch": "accepted", "transfer": "claimed", "add-cohandler": "in_progress", "rule": "accepted"}[action]
    number = getattr(desk, state)()
    member = desk.world.member.member.public_id
    bodies: dict[str, dict[str, Any]] = {
        "dispatch": {"target": {"kind": "member", "id": member}},
        "transfer": {"target": {"kind": "member", "id": member}, "note": "换人"},
        "add-cohandler": {"member": member, "due_at": "2026-11-25T09:00:00+08:00"},
        "rule": {"member": member, "note": "指定"},
    }
    if action == "rule":
        desk.prepare(number, "rule", {})
    assert desk.act(desk.world.secretary, number, action, **bodies[action]).code == "own_household"


def test_whoever_is_on_leave_gets_nothing(desk: Desk) -> None:
    desk.api(desk.world.member).post("/me/handler/away", {"from_on": "2026-11-23", "until_on": "2026-11-23"})
    number = desk.accepted()
    target = {"kind": "member", "id": desk.world.member.member.public_id}
    assert desk.act(desk.world.secretary, number, "dispatch", target=target).code == "target_away"
    taken = desk.claimed()
    refused = desk.act(desk.world.secretary, taken, "transfer", target=target, note="换人")
    assert (refused.status, refused.code) == (409, "target_away")
    desk.clock.advance(days=1)
    assert desk.must(desk.world.secretary, number, "dispatch", target=target)["state"] == "dispatched"


def test_more_than_somebody_takes_on_is_not_sent_to_him(desk: Desk) -> None:
    desk.api(desk.world.member).post("/me/handler", {"max_load": 2})
    target = {"kind": "member", "id": desk.world.member.member.public_id}
    first, second, third = desk.accepted(), desk.accepted(), desk.accepted()
    desk.must(desk.world.secretary, first, "dispatch", target=target)
    desk.must(desk.world.member, first, "claim")
    desk.must(desk.world.secretary, second, "dispatch", target=target)
    refused = desk.act(desk.world.secretary, third, "dispatch", target=target)
    assert (refused.status, refused.code) == (409, "target_full")
    assert (refused.body["load"], refused.body["limit"]) == (2, 2)
    desk.must(desk.world.member, second, "decline", note="忙")
    assert desk.must(desk.world.secretary, third, "dispatch", target=target)["state"] == "dispatched"


def test_a_handler_whose_role_ended_today_handles_today_and_not_tomorrow(desk: Desk) -> None:
    post = OrganizationPost.create(
        organization=desk.world.branch, account=desk.world.stranger.account, role=Role.VOLUNTEER, starts_on=SINCE
    )
    number = desk.pooled()
    desk.must(desk.world.stranger, number, "claim")
    post.ends_on = desk.clock().date()
    post.save()
    desk.must(desk.world.stranger, number, "first-contact", way="phone")
    desk.clock.advance(days=1)
    assert desk.act(desk.world.stranger, number, "progress", note="在路上").code == "post_ended"
    assert Account.get_by_id(desk.world.stranger.account.id)
    assert desk.row(number).state == "accepted"
