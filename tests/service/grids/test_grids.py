"""Grids, their doors and duty lists: who keeps them, who joins, what is sealed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from backend.core.audit import AuditEntry
from backend.core.database import database
from backend.messaging.models import OutboxEvent
from backend.people.login import bind_phone
from backend.people.models import Account
from backend.service.grids.duty import on_duty
from backend.service.grids.models import Grid, GridAddress, GridTile, Household, HouseholdMember
from tests.cast import Person, World
from tests.conftest import SHANGHAI, Api, FakeClock

Client = Callable[[Person | None], Api]
BORDER = [
    {"lat": 30.12, "lng": 104.49},
    {"lat": 30.12, "lng": 104.51},
    {"lat": 30.13, "lng": 104.51},
    {"lat": 30.13, "lng": 104.49},
]
BODY: dict[str, Any] = {"code": "G3", "name": "第三网格", "polygon": BORDER, "addresses": ["三号楼", "四号楼"]}
PHONE = "13800001111"


def make(api: Client, world: World, **changed: Any) -> dict[str, Any]:
    """A grid of the branch, looked after by the volunteer."""
    answer = api(world.secretary).post("/organizations/DH-01-01/grids", BODY | changed)
    assert answer.status == 201, answer.body
    grid: dict[str, Any] = answer.data
    person = {"person": world.volunteer.member.public_id}
    assert api(world.secretary).post(f"/grids/{grid['id']}/workers", person).status == 201
    return grid


def door(api: Client, world: World, grid: dict[str, Any], text: str = "三号楼二单元 301") -> dict[str, Any]:
    """A door of a grid."""
    answer = api(world.volunteer).post(f"/grids/{grid['id']}/households", {"door": text})
    assert answer.status == 201, answer.body
    made: dict[str, Any] = answer.data
    return made


def test_a_grid_has_its_border_its_buildings_and_its_worker(api: Client, world: World) -> None:
    grid = make(api, world)
    read = api(world.volunteer).get(f"/grids/{grid['id']}").data
    assert read["polygon"] == BORDER
    assert [one["text"] for one in read["addresses"]] == ["三号楼", "四号楼"]
    assert all(one["scene"] == f"door.{one['code']}" for one in read["addresses"])
    assert [one["name"] for one in read["workers"]] == ["赵志强"]
    (listed,) = api(world.county_officer).get("/organizations/DH-01-01/grids").data
    assert listed == {name: read[name] for name in listed}
    assert api(world.volunteer).get("/me/grids").data == [listed]
    assert GridTile.select().count() == 2


def test_a_changed_grid_keeps_the_posters_of_what_stays(api: Client, world: World) -> None:
    grid = make(api, world)
    codes = {one["text"]: one["code"] for one in grid["addresses"]}
    body = BODY | {"name": "东网格", "polygon": None, "addresses": ["3号楼", "五号楼", "5号楼"]}
    changed = api(world.secretary).post(f"/grids/{grid['id']}", body).data
    assert (changed["name"], changed["polygon"]) == ("东网格", [])
    assert [one["text"] for one in changed["addresses"]] == ["三号楼", "5号楼"]
    assert changed["addresses"][0]["code"] == codes["三号楼"]
    assert GridTile.select().count() == 0
    assert api(world.resident).get(f"/poster-codes/{codes['四号楼']}").code == "poster_not_found"


def test_a_poster_fills_in_the_form(api: Client, world: World) -> None:
    grid = make(api, world)
    code = grid["addresses"][0]["code"]
    for typed in (code, f"door.{code}", code.upper()):
        found = api(world.stranger).get(f"/poster-codes/{typed}").data
        assert (found["organization"]["code"], found["grid"], found["place"]) == ("DH-01-01", grid["id"], "三号楼")
    assert api(world.secretary).post(f"/grids/{grid['id']}/close").status == 200
    assert api(world.stranger).get(f"/poster-codes/{code}").status == 404


@pytest.mark.parametrize(
    "changed",
    [
        {"polygon": BORDER[:2]},
        {"polygon": [BORDER[0]] * 3},
        {"polygon": [*BORDER, {"lat": 31.0, "lng": 104.5}]},
        {"polygon": [*BORDER[:3], {"lat": 91, "lng": 104}]},
        {"addresses": ["楼"]},
        {"code": ""},
        {"name": "字" * 41},
        {"datum": "bd09"},
    ],
)
def test_a_faulty_grid_is_refused(api: Client, world: World, changed: dict[str, Any]) -> None:
    assert api(world.secretary).post("/organizations/DH-01-01/grids", BODY | changed).status == 422
    assert Grid.select().count() == 0


def test_a_code_is_taken_once_and_a_closed_grid_is_left_alone(api: Client, world: World) -> None:
    grid = make(api, world)
    assert api(world.secretary).post("/organizations/DH-01-01/grids", BODY).code == "grid_code_taken"
    api(world.secretary).post(f"/grids/{grid['id']}/close")
    assert api(world.secretary).post(f"/grids/{grid['id']}", BODY).code == "grid_closed"
    assert api(world.secretary).post(f"/grids/{grid['id']}/close").code == "grid_closed"
    assert api(world.volunteer).post(f"/grids/{grid['id']}/households", {"door": "1"}).code == "grid_closed"


def test_a_point_given_as_gps_is_kept_as_maps_show_it(api: Client, world: World) -> None:
    grid = make(api, world, datum="wgs84")
    corner = grid["polygon"][0]
    assert 0.001 < abs(corner["lng"] - BORDER[0]["lng"]) < 0.01


def test_a_worker_whose_term_ended_sees_no_doors(api: Client, world: World, clock: FakeClock) -> None:
    grid = make(api, world)
    path = f"/grids/{grid['id']}/workers/{world.volunteer.account.public_id}"
    assert api(world.volunteer).get(f"/grids/{grid['id']}/households").status == 200
    clock.advance(days=2)
    assert api(world.secretary).delete(path).status == 200
    assert api(world.secretary).delete(path).code == "not_a_worker"
    assert api(world.volunteer).get(f"/grids/{grid['id']}/households").status == 403  # of the branch, not his grid
    assert api(world.volunteer).get("/me/grids").data == []
    outsider = {"person": world.resident.account.public_id}
    assert api(world.secretary).post(f"/grids/{grid['id']}/workers", outsider).status == 422


def test_a_resident_joins_by_code_moves_and_leaves(api: Client, world: World) -> None:
    grid = make(api, world)
    first, second = door(api, world, grid), door(api, world, grid, "四号楼 102")
    assert api(world.resident).get("/me/household").data == {"household": None}
    joined = api(world.resident).post("/me/household", {"code": first["join_code"].upper()}).data["household"]
    assert (joined["door"], joined["grid_name"], joined["workers"][0]["name"]) == (
        "三号楼二单元 301",
        "第三网格",
        "赵志强",
    )
    assert api(world.resident).post("/me/household", {"code": first["join_code"]}).status == 200
    assert HouseholdMember.select().count() == 1
    assert (
        api(world.resident).post("/me/household", {"code": second["join_code"]}).data["household"]["door"]
        == "四号楼 102"
    )
    counts = {
        one["door"]: one["members"] for one in api(world.volunteer).get(f"/grids/{grid['id']}/households").data["items"]
    }
    assert counts == {"三号楼二单元 301": 0, "四号楼 102": 1}
    assert api(world.resident).delete("/me/household").status == 200
    assert api(world.resident).delete("/me/household").code == "no_household"
    assert api(world.resident).get("/me/household").data == {"household": None}
    history = api(world.resident).get("/me/export").data["rooms"]["grids"]["households"]
    assert [(one["door"], one["left_at"] is None) for one in history] == [
        ("三号楼二单元 301", False),
        ("四号楼 102", False),
    ]


def test_who_has_no_community_yet_is_at_home_where_he_moves_in(api: Client, world: World) -> None:
    code = door(api, world, make(api, world))["join_code"]
    api(world.stranger).post("/me/household", {"code": code})
    assert Account.get_by_id(world.stranger.account.id).organization_id == world.branch.id
    api(world.host_secretary).post("/me/household", {"code": code})
    assert Account.get_by_id(world.host_secretary.account.id).organization_id == world.host_branch.id


def test_wrong_codes_are_limited_whatever_they_are_for(api: Client, world: World, clock: FakeClock) -> None:
    household = door(api, world, make(api, world))
    for number in range(5):
        path = "/me/household" if number % 2 else "/me/teams"
        assert api(world.resident).post(path, {"code": "33333333"}).code == "join_code_unknown"
    refused = api(world.resident).post("/me/household", {"code": household["join_code"]})
    assert (refused.status, refused.code) == (429, "too_many_codes")
    clock.advance(minutes=61)
    renewed = api(world.volunteer).post(f"/households/{household['id']}/renew-code").data
    assert api(world.resident).post("/me/household", {"code": household["join_code"]}).status == 404
    assert api(world.resident).post("/me/household", {"code": renewed["join_code"]}).status == 200


def test_the_grid_worker_adds_somebody_by_phone_who_is_told(api: Client, world: World) -> None:
    household = door(api, world, make(api, world))
    bind_phone(world.resident.account.id, PHONE)
    path = f"/households/{household['id']}/members"
    assert api(world.volunteer).post(path, {"phone": f"+86{PHONE}"}).data["members"] == 1
    (event,) = OutboxEvent.select().where(OutboxEvent.topic == "household.added")
    assert event.people == {"member": [world.resident.account.id]}
    (shown,) = api(world.volunteer).get(f"/households/{household['id']}").data["people"]
    assert (shown["name"], shown["phone"], shown["by_code"]) == ("李桂芳", "138****1111", False)
    unknown = api(world.volunteer).post(path, {"phone": "13999999999"})
    assert (unknown.status, unknown.body["errors"][0]["code"]) == (422, "no_such_account")
    assert api(world.volunteer).post(path, {"phone": "12345"}).status == 422
    person = f"{path}/{world.resident.account.public_id}"
    assert api(world.volunteer).delete(person).status == 200
    assert api(world.volunteer).delete(person).code == "not_in_household"


def test_what_to_know_of_a_household_is_sealed_and_reading_it_is_logged(api: Client, world: World) -> None:
    household = door(api, world, make(api, world))
    path = f"/households/{household['id']}"
    assert api(world.volunteer).get(path).data["flags"] == []
    assert AuditEntry.select().count() == 0
    said = api(world.volunteer).post(f"{path}/flags", {"flags": ["hardship", "lone_elder"]}).data
    assert said["flags"] == [
        {"code": "lone_elder", "label": "独居老人"},
        {"code": "hardship", "label": "困难家庭"},
    ]
    (raw,) = database.execute_sql("SELECT flags FROM household").fetchone()
    assert b"lone" not in bytes(raw)
    api(world.secretary).get(path)
    assert [row.action for row in AuditEntry.select()] == ["household.flags_opened"] * 2
    assert api(world.volunteer).post(f"{path}/flags", {"flags": []}).data["flags"] == []
    assert Household.get(Household.public_id == household["id"]).flags is None
    assert api(world.volunteer).post(f"{path}/flags", {"flags": ["rich"]}).status == 422


def test_doors_are_paged_found_and_not_doubled(api: Client, world: World) -> None:
    grid = make(api, world)
    for number in range(5):
        door(api, world, grid, f"三号楼 {number}01")
    path = f"/grids/{grid['id']}/households"
    assert api(world.volunteer).post(path, {"door": "三号楼 101"}).code == "door_taken"
    first = api(world.volunteer).get(path, limit=3).data
    rest = api(world.volunteer).get(path, limit=3, cursor=first["next_cursor"]).data
    assert [one["door"][-3:] for one in first["items"] + rest["items"]] == ["001", "101", "201", "301", "401"]
    assert rest["next_cursor"] is None
    assert [one["door"] for one in api(world.volunteer).get(path, q="30").data["items"]] == ["三号楼 301"]


def test_a_duty_list_says_who_is_on_duty(api: Client, world: World) -> None:
    grid = make(api, world)
    team = (
        api(world.secretary)
        .post("/organizations/DH-01-01/teams", {"name": "维修队", "leader": world.volunteer.member.public_id})
        .data
    )
    path = f"/grids/{grid['id']}/duty"
    member = {"kind": "member", "id": world.member.member.public_id}
    weekly = {"weekday": 1, "start": "08:00", "end": "12:00", "target": {"kind": "team", "id": team["id"]}}
    rows = api(world.secretary).post(path, weekly).data
    assert [(row["weekday"], row["kind"], row["name"]) for row in rows] == [(1, "team", "维修队")]
    api(world.secretary).post(path, {"weekday": 1, "start": "11:00", "end": "18:00", "target": member})
    rows = api(world.secretary).post(path, {"on": "2026-11-30", "target": member}).data
    assert len(rows) == 3

    row = Grid.get(Grid.public_id == grid["id"])

    def duty(text: str) -> list[str | None]:
        at = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
        return ["person" if one.account_id else "team" for one in on_duty(row.id, timezone=SHANGHAI, now=at)]

    assert duty("2026-11-23T07:59") == []
    assert duty("2026-11-23T08:00") == ["team"]
    assert duty("2026-11-23T11:30") == ["person", "team"]
    assert duty("2026-11-23T18:00") == []
    assert duty("2026-11-30T08:30") == ["person", "team"]
    assert duty("2026-11-30T23:59") == ["person"]
    assert duty("2026-11-24T09:00") == []

    assert api(world.secretary).delete(f"{path}/{rows[0]['id']}").status == 200
    assert api(world.secretary).delete(f"{path}/{rows[0]['id']}").status == 404
    assert api(world.secretary).post(path, weekly | {"on": "2026-11-30"}).status == 422
    assert api(world.secretary).post(path, {"on": "2026-11-22", "target": member}).status == 422
    assert api(world.secretary).post(path, weekly | {"target": {"kind": "team", "id": "x"}}).status == 422
    assert api(world.secretary).post(path, {"weekday": 2, "start": "9", "target": member}).status == 422


def test_the_secretary_lets_the_list_dispatch(api: Client, world: World) -> None:
    path = "/organizations/DH-01-01/dispatch-policy"
    assert api(world.secretary).get(path).data == {"auto_dispatch": False}
    assert api(world.secretary).post(path, {"auto_dispatch": True}).data == {"auto_dispatch": True}
    assert api(world.county_officer).get(path).data == {"auto_dispatch": True}
    assert api(world.county_officer).post(path, {"auto_dispatch": False}).status == 403
    assert api(world.resident).get(path).status == 404
    assert api(world.host_secretary).post(path, {"auto_dispatch": False}).status == 404
    assert api(world.secretary).post(path, {"auto_dispatch": False}).data == {"auto_dispatch": False}


CALLS: dict[str, tuple[str, str, Any, set[str]]] = {
    "list": ("GET", "/organizations/DH-01-01/grids", None, {"secretary", "county_officer"}),
    "read": ("GET", "/grids/{grid}", None, {"secretary", "county_officer", "volunteer"}),
    "duty": ("GET", "/grids/{grid}/duty", None, {"secretary", "county_officer", "volunteer"}),
    "doors": ("GET", "/grids/{grid}/households", None, {"secretary", "volunteer"}),
    "add door": ("POST", "/grids/{grid}/households", {"door": "{part}"}, {"secretary", "volunteer"}),
    "door": ("GET", "/households/{door}", None, {"secretary", "volunteer"}),
    "flags": ("POST", "/households/{door}/flags", {"flags": []}, {"secretary", "volunteer"}),
    "renew": ("POST", "/households/{door}/renew-code", {}, {"secretary", "volunteer"}),
    "add person": ("POST", "/households/{door}/members", {"phone": PHONE}, {"secretary", "volunteer"}),
    "change": ("POST", "/grids/{grid}", BODY, {"secretary"}),
    "worker": ("POST", "/grids/{grid}/workers", {"person": "{member}"}, {"secretary"}),
    "add duty": (
        "POST",
        "/grids/{grid}/duty",
        {"weekday": 1, "target": {"kind": "member", "id": "{member}"}},
        {"secretary"},
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_who_may_do_what_with_a_grid(api: Client, world: World, call: str) -> None:
    method, path, body, may = CALLS[call]
    grid = make(api, world)
    bind_phone(world.resident.account.id, PHONE)
    path = path.format(grid=grid["id"], door=door(api, world, grid)["id"])
    for part, person in world.people.items():
        filled = _filled(body, part=part, member=world.member.member.public_id)
        answer = api(person).get(path) if method == "GET" else api(person).post(path, filled)
        if part in may:
            assert answer.status in {200, 201}, (part, answer.body)
        else:
            assert answer.status in {403, 404}, (part, answer.body)
    assert api(None).get(path).status in {401, 405}


def _filled(body: Any, **words: str) -> Any:
    """A body with its placeholders filled in."""
    if isinstance(body, dict):
        return {name: _filled(value, **words) for name, value in body.items()}
    return body.format(**words) if isinstance(body, str) else body


def test_a_house_has_as_many_posters_as_buildings(api: Client, world: World) -> None:
    make(api, world)
    assert len({row.code for row in GridAddress.select()}) == 2
