"""One main room and remote rooms, each with its own code and roll."""

from typing import Any

import pytest

from backend.branch_life.activities.models import CheckIn
from tests.branch_life.makers import START, Calls, planned, type_in
from tests.cast import World

REMOTE = [{"name": "江北分课堂", "place": "江北镇党员活动室"}, {"name": "河东分课堂", "place": "河东村部"}]


@pytest.fixture
def activity(api: Calls, world: World, clock: Any) -> str:
    """A lecture in three rooms, at its start."""
    public_id = planned(api, world, remote_rooms=REMOTE)
    clock.set(START)
    return public_id


def code(api: Calls, world: World, activity: str, room: int) -> dict[str, Any]:
    shown: dict[str, Any] = api(world.secretary).get(f"/activities/{activity}/code", room=room).data
    return shown


def test_each_room_has_its_own_code(api: Calls, world: World, activity: str) -> None:
    codes = [code(api, world, activity, room) for room in range(3)]
    assert len({one["code"] for one in codes}) == len({one["typed_code"] for one in codes}) == 3
    assert api(world.secretary).get(f"/activities/{activity}/code", room=3).code == "room_not_found"


def test_the_code_says_which_room_one_is_in(api: Calls, world: World, activity: str) -> None:
    body = {"code": code(api, world, activity, 1)["code"], "occurred_at": START.isoformat()}
    assert api(world.member).post("/check-ins", {**body, "nonce": "nonce-0001"}).status == 201
    digits = code(api, world, activity, 2)["typed_code"]
    assert type_in(api, world.second_member, digits, START).status == 201
    assert [row.room for row in CheckIn.select().order_by(CheckIn.id)] == [1, 2]
    rooms = api(world.secretary).get(f"/activities/{activity}/roll").data["rooms"]
    assert [(room["number"], room["name"], room["count"]) for room in rooms] == [
        (0, "主会场", 0),
        (1, "江北分课堂", 1),
        (2, "河东分课堂", 1),
    ]


def test_a_roll_is_called_in_a_room(api: Calls, world: World, activity: str) -> None:
    body = {"member": world.member.member.public_id, "room": 2}
    assert api(world.secretary).post(f"/activities/{activity}/roll", body).status == 201
    assert CheckIn.get().room == 2
    body = {"member": world.second_member.member.public_id, "room": 3}
    assert api(world.secretary).post(f"/activities/{activity}/roll", body).status == 422
