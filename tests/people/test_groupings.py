"""Cells and tags: who is sorted where, by whom, and that a change of cell leaves its trace."""

from typing import Any

import pytest

from backend.people.groupings.models import MemberTag
from backend.people.models import Membership, MembershipKind, Organization, OrganizationKind
from tests.branch_life.makers import Calls
from tests.cast import LONG_AGO, World
from tests.conftest import FakeClock


@pytest.fixture
def cells(world: World) -> list[Any]:
    """Two cells of the branch."""
    made = []
    for number in (1, 2):
        cell = Organization.create(
            code=f"DH-01-01-{number}",
            name=f"第{number}党小组",
            kind=OrganizationKind.CELL,
            parent=world.branch,
            path=f"{number}",
            created_at=LONG_AGO,
        )
        cell.path = f"{world.branch.path}{cell.id}."
        cell.save()
        made.append(cell)
    return made


def ids(*people: Any) -> list[str]:
    return [person.member.public_id for person in people]


def put(api: Calls, person: Any, code: str, members: list[str]) -> Any:
    return api(person).put(f"/organizations/{code}/cell-members", {"members": members})


def in_force(cell: Any) -> set[int]:
    rows = Membership.select().where(Membership.organization == cell, Membership.until_on.is_null())
    return {row.member_id for row in rows}


def test_a_member_is_in_one_cell_and_leaves_a_trace_in_the_former(
    api: Calls, world: World, cells: list[Any], clock: FakeClock
) -> None:
    first, second = cells
    assert put(api, world.secretary, first.code, ids(world.member, world.second_member)).status == 200
    clock.advance(days=3)
    answer = put(api, world.secretary, second.code, ids(world.member))
    assert (answer.status, answer.data["members"]) == (200, ids(world.member))
    assert in_force(first) == {world.second_member.member.id}
    assert in_force(second) == {world.member.member.id}
    left = Membership.get(Membership.organization == first, Membership.until_on.is_null(False))
    assert (left.member_id, left.kind) == (world.member.member.id, MembershipKind.CELL)
    assert str(left.until_on) == "2026-11-25"
    roster = api(world.secretary).get(f"/organizations/{second.code}/members").data["items"]
    assert [row["public_id"] for row in roster] == ids(world.member)


def test_the_same_list_again_changes_nothing_and_an_empty_one_empties(
    api: Calls, world: World, cells: list[Any]
) -> None:
    for _ in range(2):
        assert put(api, world.secretary, cells[0].code, ids(world.member)).status == 200
    assert Membership.select().where(Membership.organization == cells[0]).count() == 1
    assert put(api, world.secretary, cells[0].code, []).data["members"] == []
    assert in_force(cells[0]) == set()


def test_who_may_sort_members_and_which(api: Calls, world: World, cells: list[Any]) -> None:
    code = cells[0].code
    assert put(api, world.member, code, []).status == 404
    assert put(api, world.host_secretary, code, []).status == 404
    assert put(api, world.secretary, code, ids(world.host_secretary)).code == "member_not_found"
    assert put(api, world.secretary, "DH-01-01", ids(world.member)).body["errors"][0]["code"] == "not_a_cell"
    assert put(api, world.secretary, code, ["x"]).status == 422


def test_tags_are_given_counted_and_replaced(api: Calls, world: World) -> None:
    def tag(person: Any, member: Any, *tags: str, code: str = "DH-01-01") -> Any:
        return api(person).put(f"/organizations/{code}/members/{ids(member)[0]}/tags", {"tags": list(tags)})

    assert tag(world.secretary, world.member, "青年突击队", "退役军人", "青年突击队").data["tags"] == [
        "青年突击队",
        "退役军人",
    ]
    assert tag(world.secretary, world.second_member, "青年突击队").status == 200
    assert api(world.secretary).get("/organizations/DH-01-01/tags").data == [
        {"tag": "退役军人", "members": 1},
        {"tag": "青年突击队", "members": 2},
    ]
    assert tag(world.secretary, world.member).data["tags"] == []
    assert MemberTag.select().count() == 1
    assert tag(world.secretary, world.member, "长" * 21).status == 422
    assert tag(world.secretary, world.host_secretary, "客").code == "member_not_found"
    assert tag(world.host_secretary, world.member, "客").status == 404
    assert api(world.host_secretary).get("/organizations/DH-01-01/tags").status == 404
