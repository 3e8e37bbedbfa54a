"""Teams: made, joined by code, confirmed, left; and what people say of themselves as handlers."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.messaging.models import OutboxEvent
from backend.people.models import OrganizationPost, Role
from backend.service.join_codes.due import purge_wrong_join_codes
from backend.service.teams.models import Team, TeamMember
from backend.service.teams.skills import FIRST_SKILLS, seed_skills
from tests.cast import SINCE, Person, World
from tests.conftest import Api, FakeClock

Client = Callable[[Person | None], Api]


@pytest.fixture(autouse=True)
def skills(world: World) -> None:
    """The table of skills."""
    seed_skills()


def make(api: Client, world: World, **changed: Any) -> dict[str, Any]:
    """A team led by the volunteer."""
    body = {"name": "红马甲维修队", "leader": world.volunteer.member.public_id, "skills": ["plumbing"], **changed}
    answer = api(world.secretary).post("/organizations/DH-01-01/teams", body)
    assert answer.status == 201, answer.body
    made: dict[str, Any] = answer.data
    return made


def told(topic: str) -> list[dict[str, list[int]]]:
    """Whom each event of a topic names."""
    return [row.people for row in OutboxEvent.select().where(OutboxEvent.topic == topic).order_by(OutboxEvent.id)]


def test_skills_are_seeded_once_and_listed_in_their_order(api: Client, world: World) -> None:
    assert seed_skills() == 0
    listed = api(world.resident).get("/skills").data
    assert [(one["code"], one["name"]) for one in listed] == list(FIRST_SKILLS)


def test_a_team_has_its_leader_in_it(api: Client, world: World) -> None:
    team = make(api, world)
    assert team["leader"] == "赵志强"
    assert [(one["name"], one["confirmed"], one["leads"]) for one in team["people"]] == [("赵志强", True, True)]
    (listed,) = api(world.secretary).get("/organizations/DH-01-01/teams").data
    assert listed == {name: team[name] for name in listed}
    assert (listed["members"], listed["waiting"], listed["max_load"]) == (1, 0, 20)
    assert told("team.joined") == [{"member": [world.volunteer.account.id]}]


def test_a_student_joins_by_code_and_is_confirmed_by_the_leader(api: Client, world: World, clock: FakeClock) -> None:
    team = make(api, world)
    typed = f" {team['join_code'][:4].upper()}-{team['join_code'][4:]}"
    asked = api(world.stranger).post("/me/teams", {"code": typed})
    assert asked.status == 201
    assert [(one["team"]["id"], one["confirmed"], one["leads"]) for one in asked.data["teams"]] == [
        (team["id"], False, False)
    ]
    api(world.stranger).post("/me/teams", {"code": typed})
    assert told("team.join_asked") == [{"organizer": [world.volunteer.account.id]}]

    path = f"/teams/{team['id']}/members/{world.stranger.account.public_id}"
    confirmed = api(world.volunteer).post(f"{path}/confirm")
    assert (confirmed.data["members"], confirmed.data["waiting"]) == (2, 0)
    assert api(world.volunteer).post(f"{path}/confirm").code == "not_in_team"
    assert told("team.joined")[-1] == {"member": [world.stranger.account.id]}
    seen = api(world.stranger).get(f"/teams/{team['id']}").data
    assert seen["join_code"] is None

    assert api(world.stranger).delete(path).status == 200
    assert api(world.stranger).get("/me/handler").data["teams"] == []
    assert api(world.stranger).delete(path).code == "not_in_team"
    clock.advance(minutes=1)
    assert api(world.stranger).post("/me/teams", {"code": typed}).status == 201
    assert TeamMember.get(TeamMember.account == world.stranger.account).confirmed_at is None


def test_a_renewed_code_and_a_closed_team_let_nobody_in(api: Client, world: World) -> None:
    team = make(api, world)
    renewed = api(world.volunteer).post(f"/teams/{team['id']}/renew-code").data
    assert renewed["join_code"] != team["join_code"]
    assert api(world.stranger).post("/me/teams", {"code": team["join_code"]}).code == "join_code_unknown"
    assert api(world.volunteer).post(f"/teams/{team['id']}/close").status == 403
    assert api(world.secretary).post(f"/teams/{team['id']}/close").status == 200
    assert api(world.stranger).post("/me/teams", {"code": renewed["join_code"]}).code == "join_code_unknown"
    assert api(world.secretary).post(f"/teams/{team['id']}/close").code == "team_closed"
    again = {"name": "新队", "leader": world.volunteer.member.public_id}
    assert api(world.secretary).post(f"/teams/{team['id']}", again).code == "team_closed"
    assert api(world.secretary).get("/organizations/DH-01-01/teams").data == []


def test_wrong_codes_are_limited_and_forgotten(api: Client, world: World, clock: FakeClock) -> None:
    code = make(api, world)["join_code"]
    for _ in range(5):
        assert api(world.stranger).post("/me/teams", {"code": "22222222"}).status == 404
    refused = api(world.stranger).post("/me/teams", {"code": code})
    assert (refused.status, refused.code) == (429, "too_many_codes")
    assert refused.headers["Retry-After"] == "3601"
    assert api(world.neighbour).post("/me/teams", {"code": code}).status == 201
    clock.advance(minutes=61)
    assert api(world.stranger).post("/me/teams", {"code": code}).status == 201
    assert purge_wrong_join_codes(now=clock()) == 0
    clock.advance(days=31)
    assert purge_wrong_join_codes(now=clock()) == 5


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"leader": "nobody"}, "leader", "unknown_target"),
        ({"skills": ["flying"]}, "skills", "unknown_skill"),
        ({"max_load": 0}, "max_load", "greater_than_equal"),
        ({"name": "队"}, "name", "string_too_short"),
    ],
)
def test_a_faulty_team_is_refused(api: Client, world: World, changed: dict[str, Any], field: str, code: str) -> None:
    body = {"name": "维修队", "leader": world.volunteer.member.public_id, **changed}
    answer = api(world.secretary).post("/organizations/DH-01-01/teams", body)
    assert answer.status == 422
    assert [(one["field"], one["code"]) for one in answer.body["errors"]] == [(field, code)]
    assert Team.select().count() == 0


def test_two_teams_of_one_name_are_refused_and_a_team_may_be_changed(api: Client, world: World) -> None:
    first, second = make(api, world), make(api, world, name="巾帼服务队")
    body = {"name": first["name"], "leader": world.member.member.public_id, "skills": ["law"]}
    assert api(world.secretary).post(f"/teams/{second['id']}", body).code == "team_name_taken"
    assert api(world.secretary).post("/organizations/DH-01-01/teams", body).code == "team_name_taken"
    changed = api(world.secretary).post(f"/teams/{second['id']}", body | {"name": "银发先锋队", "max_load": 3}).data
    assert (changed["name"], changed["leader"], changed["max_load"]) == ("银发先锋队", "钱晓梅", 3)
    assert [one["code"] for one in changed["skills"]] == ["law"]
    assert [one["name"] for one in changed["people"]] == ["赵志强", "钱晓梅"]


def test_a_member_is_added_at_once_and_a_leader_who_goes_leads_no_more(api: Client, world: World) -> None:
    team = make(api, world)
    member = {"person": world.member.member.public_id}
    added = api(world.secretary).post(f"/teams/{team['id']}/members", member)
    assert (added.status, added.data["members"]) == (201, 2)
    assert api(world.secretary).post(f"/teams/{team['id']}/members", member).data["members"] == 2
    outsider = {"person": world.resident.account.public_id}
    assert api(world.secretary).post(f"/teams/{team['id']}/members", outsider).status == 422
    post = {"organization": world.branch, "account": world.resident.account, "starts_on": SINCE}
    OrganizationPost.create(role=Role.VOLUNTEER, **post)
    assert api(world.secretary).post(f"/teams/{team['id']}/members", outsider).data["members"] == 3
    leader = world.volunteer.account.public_id
    assert api(world.secretary).delete(f"/teams/{team['id']}/members/{leader}").status == 200
    assert api(world.secretary).get(f"/teams/{team['id']}").data["leader"] is None


CALLS: dict[str, tuple[str, str, set[str]]] = {
    "list": ("GET", "/organizations/DH-01-01/teams", {"secretary", "county_officer"}),
    "read": ("GET", "/teams/{team}", {"secretary", "county_officer", "volunteer"}),
    "change": ("POST", "/teams/{team}", {"secretary", "volunteer"}),
    "add": ("POST", "/teams/{team}/members", {"secretary", "volunteer"}),
    "confirm": ("POST", "/teams/{team}/members/x/confirm", {"secretary", "volunteer"}),
    "remove": ("DELETE", "/teams/{team}/members/x", {"secretary", "volunteer"}),
    "renew": ("POST", "/teams/{team}/renew-code", {"secretary", "volunteer"}),
    "make": ("POST", "/organizations/DH-01-01/teams", {"secretary"}),
    "close": ("POST", "/teams/{team}/close", {"secretary"}),
}


@pytest.mark.parametrize("call", CALLS)
def test_who_may_do_what_with_a_team(api: Client, world: World, call: str) -> None:
    method, path, may = CALLS[call]
    team = make(api, world)
    path = path.format(team=team["id"])
    bodies = {
        "change": {"name": "维修队", "leader": world.volunteer.member.public_id},
        "make": {"name": "另一队", "leader": world.volunteer.member.public_id},
        "add": {"person": world.member.member.public_id},
    }
    for part, person in world.people.items():
        client = api(person)
        answer = {
            "GET": lambda c=client: c.get(path),
            "POST": lambda c=client: c.post(path, bodies.get(call, {})),
            "DELETE": lambda c=client: c.delete(path),
        }[method]()
        if part in may:
            # `confirm` and `remove` name nobody who is there; `close` by the last, so that it is done once
            assert answer.status in {200, 201} or answer.code in {"not_in_team", "team_closed"}, (part, answer.body)
        else:
            assert answer.status in {403, 404}, (part, answer.body)
            assert answer.code != "not_in_team"


def test_a_profile_is_kept_whole(api: Client, world: World) -> None:
    empty = api(world.member).get("/me/handler").data
    assert empty == {"skills": [], "free_hours": [], "max_load": 5, "away": [], "teams": []}
    body = {
        "skills": ["law", "plumbing"],
        "free_hours": [
            {"weekday": 6, "start": "09:00", "end": "24:00"},
            {"weekday": 2, "start": "18:30", "end": "21:00"},
        ],
        "max_load": 2,
    }
    kept = api(world.member).post("/me/handler", body).data
    assert [one["code"] for one in kept["skills"]] == ["plumbing", "law"]
    assert kept["free_hours"] == body["free_hours"][::-1]
    assert kept["max_load"] == 2
    assert api(world.member).post("/me/handler", {}).data == empty
    assert api(world.second_member).get("/me/handler").data == empty


@pytest.mark.parametrize(
    "window",
    [
        {"weekday": 0, "start": "09:00", "end": "10:00"},
        {"weekday": 8, "start": "09:00", "end": "10:00"},
        {"weekday": 1, "start": "9:00", "end": "10:00"},
        {"weekday": 1, "start": "10:00", "end": "10:00"},
        {"weekday": 1, "start": "22:00", "end": "25:00"},
    ],
)
def test_a_faulty_window_is_refused(api: Client, world: World, window: dict[str, Any]) -> None:
    assert api(world.member).post("/me/handler", {"free_hours": [window]}).status == 422


def test_leave_is_asked_taken_back_and_shown_to_the_team(api: Client, world: World, clock: FakeClock) -> None:
    team = make(api, world)
    away = {"from_on": "2026-11-23", "until_on": "2026-11-25"}
    (leave,) = api(world.volunteer).post("/me/handler/away", away).data["away"]
    assert {name: leave[name] for name in away} == away
    assert api(world.secretary).get(f"/teams/{team['id']}").data["people"][0]["away"]
    assert api(world.member).delete(f"/me/handler/away/{leave['id']}").status == 404
    clock.advance(days=3)
    assert api(world.volunteer).get("/me/handler").data["away"] == []
    assert not api(world.secretary).get(f"/teams/{team['id']}").data["people"][0]["away"]
    assert api(world.volunteer).delete(f"/me/handler/away/{leave['id']}").data["away"] == []
    for bad in (
        {"from_on": "2026-11-26", "until_on": "2026-11-25"},
        {"from_on": "2026-11-20", "until_on": "2026-11-22"},
        {"from_on": "2026-11-26", "until_on": "2028-11-25"},
    ):
        assert api(world.volunteer).post("/me/handler/away", bad).status == 422


def test_my_data_has_what_i_said_of_myself(api: Client, world: World) -> None:
    make(api, world)
    api(world.volunteer).post(
        "/me/handler", {"skills": ["law"], "free_hours": [{"weekday": 2, "start": "18:30", "end": "21:00"}]}
    )
    mine = api(world.volunteer).get("/me/export").data["rooms"]["teams"]
    assert (mine["max_load"], mine["skills"], mine["free_hours"]) == (5, ["法律咨询"], ["周二 18:30–21:00"])
    assert [one["name"] for one in mine["teams"]] == ["红马甲维修队"]
