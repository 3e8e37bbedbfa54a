"""Double report-in: to a community, confirmed there, with skills and free hours, and left again."""

from typing import Any

import pytest

from backend.people.models import Membership, MembershipKind
from backend.service.report_ins.models import ReportIn
from backend.service.teams.skills import seed_skills
from tests.branch_life.makers import planned
from tests.cast import World
from tests.conftest import FakeClock
from tests.membership.test_away_walk import place_of, told
from tests.messaging.makers import spread_all

PROFILE = {"skills": ["haircut"], "free_hours": [{"weekday": 6, "start": "09:00", "end": "11:30"}]}
PATH = "/organizations/DH-01-01/report-ins"


@pytest.fixture
def community(world: World) -> World:
    """The host secretary is a member of elsewhere who lives in the community of the first branch."""
    seed_skills()
    return world


def report(api: Any, world: World, **changed: Any) -> Any:
    body = {"kind": "residential", "host": "DH-01-01", "post": "楼道长示范岗", "profile": PROFILE, **changed}
    return api(world.host_secretary).post("/me/report-ins", body)


def reported(api: Any, world: World, **changed: Any) -> str:
    answer = report(api, world, **changed)
    assert answer.status == 201, answer.body
    return str(answer.data["id"])


def test_the_community_sees_who_came_and_takes_him_in(api: Any, community: World, clock: FakeClock) -> None:
    place = place_of(api, community.secretary, "DH-01-01")
    made = reported(api, community, host=None, place_code=place)
    (seen,) = api(community.secretary).get(PATH, state="reported").data["items"]
    assert (seen["id"], seen["member_name"], seen["home"]["code"], seen["post"]) == (
        made,
        "周敏",
        "NS-01",
        "楼道长示范岗",
    )
    assert [one["name"] for one in seen["skills"]] == ["理发"]
    assert seen["free_hours"] == [{"weekday": 6, "start": "09:00", "end": "11:30"}]
    assert seen["actions"] == ["confirm", "refuse", "leave"]
    assert api(community.secretary).post(f"/report-ins/{made}/confirm").data["state"] == "confirmed"
    (life,) = Membership.select().where(Membership.kind == MembershipKind.RESIDENTIAL)
    assert (life.member_id, life.organization_id) == (community.host_secretary.member.id, community.branch.id)
    assert api(community.host_secretary).get("/me/handler").data["skills"][0]["code"] == "haircut"
    spread_all(clock())
    assert told("有在职党员来报到") == ["孙立新"]
    assert told("社区报到有了答复") == ["周敏"]
    clock.advance(days=5)
    left = api(community.host_secretary).post(f"/report-ins/{made}/leave").data
    assert (left["state"], left["actions"]) == ("left", [])
    names = [one["name"] for one in api(community.secretary).get("/organizations/DH-01-01/members").data["items"]]
    assert "周敏" not in names
    (own,) = api(community.host_secretary).get("/me/export").data["rooms"]["teams"]["report_in.member"]
    assert (own["post"], own["organization"]) == ("楼道长示范岗", "大河社区第一党支部")


def test_whoever_reported_in_is_on_no_roll_and_has_no_vote(api: Any, community: World) -> None:
    made = reported(api, community)
    activity = planned(api, community)
    api(community.secretary).post(f"/report-ins/{made}/confirm")
    roll = api(community.secretary).get(f"/activities/{activity}/roll").data
    assert "周敏" not in [one["name"] for one in roll["expected"]["people"]]


def test_a_refusal_says_why_and_he_may_go_elsewhere(api: Any, community: World) -> None:
    made = reported(api, community)
    path = f"/report-ins/{made}/refuse"
    assert api(community.secretary).post(path, {}).status == 422
    refused = api(community.secretary).post(path, {"reason": "请到第二党支部报到"}).data
    assert (refused["state"], refused["refusal"]) == ("refused", "请到第二党支部报到")
    assert api(community.secretary).post(f"/report-ins/{made}/confirm").code == "already_decided"
    assert reported(api, community) != made


def test_one_of_each_kind_at_a_time(api: Any, community: World) -> None:
    made = reported(api, community)
    assert report(api, community).code == "already_reported_in"
    pair = reported(api, community, kind="unit_pair")
    assert api(community.secretary).post(f"/report-ins/{pair}/confirm").status == 200
    assert Membership.select().where(Membership.kind == MembershipKind.ALLIANCE).count() == 1
    assert api(community.host_secretary).post(f"/report-ins/{made}/leave").status == 200
    assert api(community.host_secretary).post(f"/report-ins/{made}/leave").code == "already_decided"
    reported(api, community)


def test_whose_business_it_is(api: Any, community: World) -> None:
    made = reported(api, community)
    for person, listing, status in (
        (community.member, 403, 404),
        (community.volunteer, 403, 404),
        (community.resident, 404, 404),
        (community.stranger, 404, 404),
        (None, 401, 401),
    ):
        assert api(person).get(PATH).status == listing
        for word, body in (("confirm", {}), ("refuse", {"reason": "不"}), ("leave", {})):
            assert api(person).post(f"/report-ins/{made}/{word}", body).status == status
    assert api(community.county_officer).get(PATH).status == 200
    for person in (community.county_officer, community.host_secretary):
        assert api(person).post(f"/report-ins/{made}/confirm").status == 403
    assert api(community.county_officer).post(f"/report-ins/{made}/leave").status == 403
    assert api(community.resident).post("/me/report-ins", {"kind": "residential", "host": "NS-01"}).code == "no_member"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"kind": "other"}, 422),
        ({"host": "NS-01"}, 422),
        ({"host": "XX"}, 404),
        ({"host": None}, 422),
        ({"place_code": "22222222"}, 422),
        ({"post": "x" * 41}, 422),
        ({"profile": {"skills": ["flying"]}}, 422),
        ({"more": 1}, 422),
    ],
)
def test_what_cannot_be_reported(api: Any, community: World, changed: dict[str, Any], status: int) -> None:
    assert report(api, community, **changed).status == status
    assert ReportIn.select().count() == 0


def test_the_list_costs_the_same_however_long(api: Any, community: World, statements: Any) -> None:
    reported(api, community)
    with statements() as one:
        api(community.secretary).get(PATH)
    reported(api, community, kind="unit_pair")
    with statements() as two:
        api(community.secretary).get(PATH)
    assert len(one) == len(two)
