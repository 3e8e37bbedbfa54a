"""Home members who took part with another branch are seen beside the duty of that kind and period, once."""

from typing import Any

import pytest

from backend.branch_life.activities.models import CheckIn
from backend.branch_life.duties.due import generate_duties
from backend.people.models import Membership, MembershipKind
from tests.branch_life.makers import START, Calls, host, plan, scan
from tests.cast import SINCE, World
from tests.conftest import SHANGHAI


@pytest.fixture(autouse=True)
def owed(world: World, clock: Any) -> None:
    """What everybody owes this month."""
    generate_duties(timezone=SHANGHAI, now=clock())


def elsewhere(api: Calls, world: World, code: str = "DH-01-01", by: Any = None) -> dict[str, list[str]]:
    """By kind, the names that those who see the members read."""
    items = api(by or world.secretary).get(f"/organizations/{code}/duties").data["items"]
    assert all(one["elsewhere"] == len(one["elsewhere_people"]) for one in items)
    return {one["kind"]: names for one in items if (names := [who["name"] for who in one["elsewhere_people"]])}


def held_at_the_host(api: Calls, world: World, clock: Any, *people: Any, **changed: Any) -> list[str]:
    """Check-ins (ids) of these people at an activity of the other branch."""
    body = plan(organization="NS-01", **changed)
    activity = api(world.host_secretary).post("/activities", body).data["id"]
    clock.set(START)
    return [scan(api, person, activity, START, nonce=f"n-{activity}").data["id"] for person in people]


def test_a_guest_and_a_visitor_are_seen_at_home(api: Calls, world: World, clock: Any) -> None:
    host(world.member, world.host_branch)
    open_to_all = {"invited": {"visitors": True}}
    held_at_the_host(api, world, clock, world.member, world.volunteer, world.host_secretary, **open_to_all)
    assert elsewhere(api, world) == {"party_day": ["钱晓梅", "赵志强"]}
    assert elsewhere(api, world, "NS-01", world.host_secretary) == {}


def test_only_of_the_same_kind_and_period_and_while_it_stands(api: Calls, world: World, clock: Any) -> None:
    host(world.member, world.host_branch)
    (study,) = held_at_the_host(api, world, clock, world.member, kind="collective_study")
    (lecture,) = held_at_the_host(api, world, clock, world.member, kind="party_lecture")
    (waiting,) = held_at_the_host(api, world, clock, world.member)
    assert elsewhere(api, world) == {"party_day": ["钱晓梅"], "party_lecture": ["钱晓梅"]}
    assert study
    CheckIn.update(status="to_confirm").where(CheckIn.public_id == waiting).execute()
    answer = api(world.host_secretary).post(f"/check-ins/{lecture}/void", {"reason": "点错了"})
    assert answer.status == 200
    assert elsewhere(api, world) == {}


def test_who_was_no_member_at_home_then_is_not_seen(api: Calls, world: World, clock: Any) -> None:
    host(world.member, world.host_branch)
    held_at_the_host(api, world, clock, world.member)
    assert elsewhere(api, world) == {"party_day": ["钱晓梅"]}
    at_home = (Membership.member == world.member.member) & (Membership.kind == MembershipKind.HOME)
    Membership.update(until_on=SINCE).where(at_home).execute()
    assert elsewhere(api, world) == {}
