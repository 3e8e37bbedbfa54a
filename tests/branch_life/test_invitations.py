"""Who is invited by organisation, cell, post, tag or name: settled when the activity is planned."""

from typing import Any

import pytest

from backend.people.groupings.models import MemberTag
from backend.people.models import Membership, MembershipKind, Organization, OrganizationKind, OrganizationPost, Role
from tests.branch_life.makers import START, Calls, host, plan, planned, scan
from tests.cast import LONG_AGO, SINCE, World


@pytest.fixture
def cell(world: World) -> Any:
    """A cell of the branch with one member."""
    made = Organization.create(
        code="DH-01-01-1",
        name="第一党小组",
        kind=OrganizationKind.CELL,
        parent=world.branch,
        path="cell",
        created_at=LONG_AGO,
    )
    made.path = f"{world.branch.path}{made.id}."
    made.save()
    Membership.create(member=world.member.member, organization=made, kind=MembershipKind.CELL, since_on=SINCE)
    return made


def invited(api: Calls, world: World, **who: Any) -> set[str]:
    """The names on the roll of an activity to which these were invited."""
    roll = api(world.secretary).get(f"/activities/{planned(api, world, invited=who)}/roll").data
    return {one["name"] for one in roll["expected"]["people"]} if "people" in roll["expected"] else _all(roll)


def _all(roll: Any) -> set[str]:
    return {one["name"] for part in roll.values() if isinstance(part, dict) for one in part.get("people", [])}


def test_each_way_of_naming_and_their_sum(api: Calls, world: World, cell: Any) -> None:
    MemberTag.create(organization=world.branch, member=world.second_member.member, tag="青年突击队")
    MemberTag.create(organization=world.host_branch, member=world.member.member, tag="青年突击队")
    assert invited(api, world, cells=[cell.code]) == {"钱晓梅"}
    assert invited(api, world, tags=["青年突击队"]) == {"冯磊"}
    assert invited(api, world, roles=["secretary"]) == {"孙立新"}
    assert invited(api, world, members=[world.volunteer.member.public_id]) == {"赵志强"}
    everything = {"cells": [cell.code], "tags": ["青年突击队"], "roles": ["secretary", "volunteer"]}
    assert invited(api, world, **everything) == {"钱晓梅", "冯磊", "孙立新", "赵志强"}
    assert invited(api, world, organizations=["DH-01-01"]) == {"钱晓梅", "冯磊", "孙立新", "赵志强"}


def test_only_those_named_may_check_in(api: Calls, world: World, cell: Any, clock: Any) -> None:
    activity = planned(api, world, invited={"cells": [cell.code]})
    clock.set(START)
    assert scan(api, world.member, activity, START).status == 201
    assert scan(api, world.second_member, activity, START, nonce="other").code == "not_invited"


def test_a_cell_meets_by_itself(api: Calls, world: World, cell: Any, clock: Any) -> None:
    OrganizationPost.create(
        organization=cell, account=world.second_member.account, role=Role.SECRETARY, starts_on=SINCE, public_id="p" * 16
    )
    body = plan(organization=cell.code, kind="cell_meeting")
    activity = api(world.second_member).post("/activities", body).data["id"]
    clock.set(START)
    assert scan(api, world.member, activity, START).data["status"] == "present"
    assert scan(api, world.volunteer, activity, START, nonce="other").code == "not_invited"


def test_a_guest_belongs_to_the_organisation_that_is_invited(api: Calls, world: World) -> None:
    host(world.host_secretary, world.branch)
    assert "周敏" in invited(api, world, organizations=["DH-01-01"])


@pytest.mark.parametrize(
    ("who", "field", "code"),
    [
        ({"organizations": ["NS-01"]}, "invited.organizations", "unknown_organization"),
        ({"organizations": ["DH"]}, "invited.organizations", "unknown_organization"),
        ({"cells": ["DH-01-01"]}, "invited.cells", "unknown_cell"),
        ({"cells": ["X"]}, "invited.cells", "unknown_cell"),
        ({"tags": ["没有这个"]}, "invited", "nobody"),
        ({"roles": ["auditor"]}, "invited", "nobody"),
    ],
)
def test_whom_one_cannot_invite(api: Calls, world: World, who: Any, field: str, code: str) -> None:
    answer = api(world.secretary).post("/activities", plan(invited=who))
    assert answer.status == 422
    assert [(error["field"], error["code"]) for error in answer.body["errors"]] == [(field, code)]
