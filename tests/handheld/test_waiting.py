"""What waits for a secretary's word on the phone: counted where it is decided, and told to nobody else."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.people.login import bind_phone
from backend.people.models import OrganizationPost, Role
from tests.branch_life.makers import planned
from tests.cast import SINCE, Person, World
from tests.conftest import Api

Calls = Callable[[Person | None], Api]
BRANCH = "/organizations/DH-01-01/waiting"


def waiting(api: Calls, person: Person | None) -> list[tuple[str, int, str | None]]:
    """What the answer holds: kind, count, title."""
    answer = api(person).get(BRANCH)
    assert answer.status == 200, answer.body
    return [(one["what"], one["count"], one["title"]) for one in answer.data]


@pytest.fixture
def asked(api: Calls, world: World) -> str:
    """Leave of an activity, a claim, a correction, a report-in and a stay; the activity."""
    activity = planned(api, world)
    assert api(world.member).post(f"/activities/{activity}/leaves", {"reason": "孩子发烧"}).status == 201
    bind_phone(world.resident.account.id, "13800001111")
    claim = {"name": "罗小川", "branch": "DH-01-01", "id_tail": "123X", "consent": True}
    assert api(world.resident).post("/me/membership-claims", claim).status == 201
    wrong: dict[str, Any] = {"field": "joined_on", "value": "2020-07-01", "reason": "登记错了"}
    assert api(world.member).post("/me/correction-requests", wrong).status == 201
    stay = {"reason": "务工", "destination": "深圳市", "leaves_on": "2026-12-01"}
    assert api(world.second_member).post("/floating-records", stay).status == 201
    return activity


def test_the_secretary_sees_each_kind_with_its_count(api: Calls, world: World, asked: str) -> None:
    found = waiting(api, world.secretary)
    assert found[0] == ("requests", 1, api(world.secretary).get(f"/activities/{asked}").data["title"])
    assert [(what, count) for what, count, _ in found[1:]] == [("claims", 1), ("corrections", 1), ("stays", 1)]
    assert api(world.secretary).get(BRANCH).data[0]["activity"] == asked


def test_what_is_decided_waits_no_longer(api: Calls, world: World, asked: str) -> None:
    secretary = api(world.secretary)
    (request,) = secretary.get("/organizations/DH-01-01/correction-requests").data["items"]
    assert secretary.post(f"/correction-requests/{request['id']}/deny", {}).status == 200
    assert secretary.post(f"/activities/{asked}/cancel", {"reason": "有雨"}).status == 200
    assert [what for what, *_ in waiting(api, world.secretary)] == ["claims", "stays"]


@pytest.mark.usefixtures("asked")
def test_nobody_else_is_told(api: Calls, world: World) -> None:
    for person, status in ((None, 401), (world.resident, 404), (world.host_secretary, 404)):
        assert api(person).get(BRANCH).status == status


@pytest.mark.usefixtures("asked")
def test_a_dispatcher_sees_nothing_that_he_may_not_decide(api: Calls, world: World) -> None:
    post = {"account": world.neighbour.account, "organization": world.branch, "role": Role.DISPATCHER}
    OrganizationPost.create(**post, starts_on=SINCE)
    assert waiting(api, world.neighbour) == []
