"""Moving organisations: the paths, the rights that follow, and what is refused."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from backend.core.database import in_unit_of_work
from backend.people.models import Organization, OrganizationPost, Role
from backend.people.tree.moving import PATH_LENGTH
from backend.people.tree.planting import plant
from backend.tally.counting import count
from backend.tally.due import fold
from tests.cast import LONG_AGO, SINCE, World
from tests.conftest import Api

Calls = Callable[[Any], Api]


def found(above: Organization, code: str, kind: str) -> Organization:
    """One more organisation."""
    return in_unit_of_work(lambda: plant(above, code=code, name=f"组织{code}", kind=kind, now=LONG_AGO))


def path(code: str) -> str:
    """Where an organisation stands now."""
    return str(Organization.get(Organization.code == code).path)


@pytest.fixture
def office(world: World) -> Organization:
    """Another committee of the county."""
    return found(world.county, "DH-09", "committee")


def test_a_subtree_moves_with_its_root(api: Calls, world: World, office: Organization) -> None:
    cell = found(world.branch, "CELL", "cell")
    moved = api(world.county_officer).post("/organizations/DH-01/move", {"parent": "DH-09", "reason": "区划调整"})
    assert (moved.status, moved.data["organization"]["parent"]["code"]) == (200, "DH-09")
    assert path("DH-01") == f"{office.path}{world.street.id}."
    assert path("DH-01-01") == f"{office.path}{world.street.id}.{world.branch.id}."
    assert path("CELL") == f"{path('DH-01-01')}{cell.id}."
    assert path("NS-01") == world.host_branch.path
    history = api(world.county_officer).get("/organizations/DH-01/history").data["items"]
    assert [(one["kind"], one["from"], one["to"], one["reason"]) for one in history] == [
        ("moved", {"parent": "DH"}, {"parent": "DH-09"}, "区划调整")
    ]


def test_rights_follow_at_once(api: Calls, world: World, office: Organization) -> None:
    OrganizationPost.create(
        organization=office, account=world.neighbour.account, role=Role.COUNTY_OFFICER, starts_on=SINCE
    )
    sees = api(world.neighbour)
    assert sees.get("/organizations/DH-01-01/members").status == 404
    api(world.county_officer).post("/organizations/DH-01-01/move", {"parent": "DH-09", "reason": "调整"})
    assert sees.get("/organizations/DH-01-01/members").status == 200
    listed = api(world.stranger).get("/organizations", under="DH-01").data["items"]
    assert [one["code"] for one in listed] == ["DH-01"]


def test_numbers_follow_what_is_moved_or_merged(api: Calls, world: World, office: Organization) -> None:
    def numbers() -> dict[str, int]:
        shown = {
            code: api(world.county_officer).get(f"/organizations/{code}/numbers", measure="check_in")
            for code in ("DH", "DH-01", "DH-09")
        }
        return {code: answer.data["value"] for code, answer in shown.items()}

    day = date(2026, 11, 20)
    in_unit_of_work(lambda: count("check_in", world.branch.id, day=day, amount=3))
    fold(now=LONG_AGO)
    in_unit_of_work(lambda: count("check_in", world.branch.id, day=day))
    assert numbers() == {"DH": 4, "DH-01": 4, "DH-09": 0}
    officer = api(world.county_officer)
    assert officer.post("/organizations/DH-01-01/move", {"parent": "DH-09", "reason": "调整"}).status == 200
    assert numbers() == {"DH": 4, "DH-01": 0, "DH-09": 4}
    assert officer.post("/organizations/DH-09/merge", {"into": "DH-01", "reason": "合并"}).status == 200
    assert numbers() == {"DH": 4, "DH-01": 4, "DH-09": 0}


def test_moving_costs_the_same_however_much_hangs_on_it(
    api: Calls, world: World, office: Organization, statements: Callable[[], Any]
) -> None:
    def cost(code: str, parent: str) -> int:
        with statements() as asked:
            assert (
                api(world.county_officer)
                .post(f"/organizations/{code}/move", {"parent": parent, "reason": "调整"})
                .status
                == 200
            )
        return len(asked)

    alone = cost("DH-01", "DH-09")
    for number in range(30):
        found(Organization.get(Organization.code == "DH-01"), f"M{number}", "branch")
    assert cost("DH-01", "DH") == alone


@pytest.mark.parametrize(
    ("code", "parent", "status", "refusal"),
    [
        ("DH-01", "DH-01", 422, "below_itself"),
        ("DH-01", "DH-01-01", 422, "below_itself"),
        ("DH-01", "DH", 409, "nothing_changed"),
        ("DH-01", "NS-01", 422, "kind_not_below"),
        ("DH", "DH-09", 403, "not_by_itself"),
        ("XX", "DH", 404, "organization_not_found"),
        ("DH-01", "XX", 404, "organization_not_found"),
    ],
)
def test_a_move_that_makes_no_tree_is_refused(
    api: Calls, world: World, office: Organization, code: str, parent: str, status: int, refusal: str
) -> None:
    before = {row.code: row.path for row in Organization.select()}
    refused = api(world.county_officer).post(f"/organizations/{code}/move", {"parent": parent, "reason": "试试"})
    told = refused.body["errors"][0]["code"] if status == 422 else refused.code
    assert (refused.status, told) == (status, refusal)
    assert {row.code: row.path for row in Organization.select()} == before


MOVERS = {
    "county_officer": 200,
    "secretary": 404,
    "member": 403,
    "volunteer": 403,
    "host_secretary": 404,
    "resident": 404,
    "stranger": 404,
}


@pytest.mark.parametrize("part", MOVERS)
def test_both_ends_must_be_the_callers_to_keep(api: Calls, world: World, office: Organization, part: str) -> None:
    answer = api(world.people[part]).post("/organizations/DH-01-01/move", {"parent": "DH-09", "reason": "调整"})
    assert answer.status == MOVERS[part]


def test_a_secretary_does_not_move_his_own_organisation(api: Calls, world: World, office: Organization) -> None:
    OrganizationPost.create(
        organization=world.street, account=world.neighbour.account, role="secretary", starts_on=SINCE
    )
    keeper = api(world.neighbour)
    found(world.street, "G", "general_branch")
    assert keeper.post("/organizations/DH-01/move", {"parent": "G", "reason": "试试"}).code == "not_by_itself"
    assert keeper.post("/organizations/DH-01-01/move", {"parent": "G", "reason": "成立总支"}).status == 200
    assert keeper.post("/organizations/DH-01-01/move", {"parent": "DH-09", "reason": "划出"}).status == 404


def test_a_tree_that_would_grow_too_deep_is_refused(api: Calls, world: World, office: Organization) -> None:
    deep = "9." * ((PATH_LENGTH - len(world.branch.path)) // 2)
    Organization.create(
        code="DEEP", name="深处", kind="cell", parent=world.branch, path=world.branch.path + deep, created_at=LONG_AGO
    )
    below = found(found(office, "O1", "committee"), "O2", "committee")
    refused = api(world.county_officer).post("/organizations/DH-01/move", {"parent": below.code, "reason": "调整"})
    assert (refused.status, refused.code) == (409, "too_deep")
    assert path("DEEP").startswith(world.street.path)
