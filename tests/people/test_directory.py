"""One's own account, the tree and the roster over HTTP."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from backend.people.models import (
    Account,
    Member,
    Membership,
    MembershipKind,
    MemberStatus,
    Organization,
    OrganizationPost,
    Role,
)
from tests.cast import SINCE, World
from tests.conftest import Api, FakeClock

Calls = Callable[[Any], Api]
BRANCH = {"code": "DH-01-01", "name": "大河社区第一党支部"}


def codes(answer: Any) -> list[str]:
    """Which organisations were listed."""
    assert answer.status == 200, answer.body
    return [item["code"] for item in answer.data["items"]]


# ---------------------------------------------------------------- /me


def test_me_is_the_account_with_its_posts_and_membership(api: Calls, world: World) -> None:
    me = api(world.secretary).get("/me").data
    assert me == {
        "id": world.secretary.account.public_id,
        "display_name": "孙立新",
        "phone": None,
        "organization": BRANCH,
        "roles": [{"role": "secretary", "role_label": "书记", "organization": BRANCH, "ends_on": None}],
        "member": {"public_id": world.secretary.member.public_id, "branch": BRANCH, "status": "full"},
        "acting": "all",
        "hats": [
            {"name": "resident", "role": None, "organization": None},
            {"name": "member", "role": None, "organization": BRANCH},
            {"name": "secretary@DH-01-01", "role": "secretary", "organization": BRANCH},
        ],
    }


def test_each_post_is_shown_with_the_end_of_its_term(api: Calls, world: World) -> None:
    terms: list[tuple[Role, date, date | None]] = [
        (Role.DISPATCHER, SINCE, date(2026, 11, 23)),
        (Role.AUDITOR, SINCE, date(2026, 11, 22)),
        (Role.SECRETARY, date(2026, 11, 24), date(2031, 11, 23)),
    ]
    for role, starts_on, ends_on in terms:
        OrganizationPost.create(
            organization=world.branch,
            account=world.secretary.account,
            role=role,
            starts_on=starts_on,
            ends_on=ends_on,
        )
    roles = api(world.secretary).get("/me").data["roles"]
    assert sorted((one["role"], one["ends_on"]) for one in roles) == [("dispatcher", "2026-11-23"), ("secretary", None)]


def test_a_resident_has_neither_post_nor_membership(api: Calls, world: World) -> None:
    me = api(world.resident).get("/me").data
    assert (me["roles"], me["member"], me["organization"]) == ([], None, BRANCH)
    assert api(world.stranger).get("/me").data["organization"] is None


def test_several_posts_are_all_shown(api: Calls, world: World) -> None:
    OrganizationPost.create(
        organization=world.street, account=world.secretary.account, role=Role.AUDITOR, starts_on=SINCE
    )
    roles = api(world.secretary).get("/me").data["roles"]
    assert sorted((one["role"], one["organization"]["code"]) for one in roles) == [
        ("auditor", "DH-01"),
        ("secretary", "DH-01-01"),
    ]


def test_a_probationary_member_is_said_to_be_one(api: Calls, world: World) -> None:
    Member.update(status=MemberStatus.PROBATIONARY).where(Member.id == world.member.member.id).execute()
    assert api(world.member).get("/me").data["member"]["status"] == "probationary"


# ---------------------------------------------------------------- organisations


def test_everybody_may_see_the_tree(api: Calls, world: World) -> None:
    assert codes(api(world.stranger).get("/organizations")) == ["DH", "DH-01", "DH-01-01", "NS-01"]


def test_an_organisation_is_shown_with_its_place(api: Calls, world: World) -> None:
    assert api(world.stranger).get("/organizations/DH-01-01").data == {
        **BRANCH,
        "kind": "branch",
        "parent": {"code": "DH-01", "name": "大河街道党工委"},
        **dict.fromkeys(("level", "sector", "division", "units", "closed_on", "contact")),
    }
    assert api(world.stranger).get("/organizations/DH").data["parent"] is None


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("大河", ["DH", "DH-01", "DH-01-01"]),
        ("支部", ["DH-01-01", "NS-01"]),
        ("流动党员", ["NS-01"]),
        ("没有", []),
        ("%", []),
        ("_", []),
        ("大_社区", []),
        ("' OR 1=1 --", []),
        ("", ["DH", "DH-01", "DH-01-01", "NS-01"]),
    ],
)
def test_organisations_are_found_by_part_of_their_name(api: Calls, world: World, q: str, found: list[str]) -> None:
    assert codes(api(world.stranger).get("/organizations", q=q)) == found


def test_organisations_below_another_include_itself(api: Calls, world: World) -> None:
    assert codes(api(world.stranger).get("/organizations", under="DH-01")) == ["DH-01", "DH-01-01"]
    assert codes(api(world.stranger).get("/organizations", under="DH-01", q="支部")) == ["DH-01-01"]
    assert codes(api(world.stranger).get("/organizations", under="NS-01")) == ["NS-01"]


def test_an_unknown_organisation_is_404(api: Calls, world: World) -> None:
    officer = api(world.county_officer)
    found = [officer.get(f"/organizations/{path}") for path in ("XX", "dh-01", "XX/members")]
    found.append(officer.get("/organizations", under="XX"))
    assert {(answer.status, answer.code) for answer in found} == {(404, "organization_not_found")}


# ---------------------------------------------------------------- the roster


def test_the_roster_shows_home_members_and_guests_of_today(api: Calls, world: World, clock: FakeClock) -> None:
    memberships: list[tuple[Any, date, date | None, MembershipKind]] = [
        (world.member, date(2026, 11, 23), None, MembershipKind.HOST),
        (world.volunteer, date(2026, 11, 24), None, MembershipKind.HOST),
        (world.second_member, date(2026, 1, 1), date(2026, 11, 22), MembershipKind.HOST),
        (world.secretary, date(2026, 1, 1), date(2026, 11, 23), MembershipKind.RESIDENTIAL),
    ]
    for person, since, until, kind in memberships:
        Membership.create(
            member=person.member, organization=world.host_branch, kind=kind, since_on=since, until_on=until
        )
    roster = api(world.host_secretary).get("/organizations/NS-01/members").data["items"]
    assert [(one["name"], one["kind"]) for one in roster] == [
        ("周敏", "home"),
        ("钱晓梅", "host"),
        ("孙立新", "residential"),
    ]
    clock.advance(days=1)
    roster = api(world.host_secretary).get("/organizations/NS-01/members").data["items"]
    assert [one["name"] for one in roster] == ["周敏", "钱晓梅", "赵志强"]


def test_a_member_nobody_has_claimed_is_shown_as_such(api: Calls, world: World) -> None:
    Member.update(account=None).where(Member.id == world.second_member.member.id).execute()
    roster = api(world.secretary).get("/organizations/DH-01-01/members").data["items"]
    assert {one["name"]: one["claimed"] for one in roster} == {
        "赵志强": True,
        "钱晓梅": True,
        "冯磊": False,
        "孙立新": True,
    }
    assert set(roster[0]) == {"public_id", "name", "status", "kind", "claimed", "organization"}


# who asks → what the roster of the branch, of the organisation above it and of another branch answers
ANSWERS = {
    "secretary": (200, 404, 404),
    "host_secretary": (404, 404, 200),
    "county_officer": (200, 200, 200),
    "member": (403, 404, 404),
    "volunteer": (403, 404, 404),
    "resident": (404, 404, 404),
    "stranger": (404, 404, 404),
}
PLACES = ("DH-01-01", "DH-01", "NS-01")


@pytest.mark.parametrize("part", ANSWERS)
def test_the_roster_is_for_those_who_keep_it(api: Calls, world: World, part: str) -> None:
    found = [api(world.people[part]).get(f"/organizations/{code}/members") for code in PLACES]
    assert tuple(answer.status for answer in found) == ANSWERS[part]
    assert {answer.code for answer in found if answer.status == 404} <= {"not_found"}


# role → own branch, branch below, organisation above, branch beside it; 403 where the post shows the organisation
BY_ROLE = {
    Role.SECRETARY: (200, 200, 404, 404),
    Role.DEPUTY_SECRETARY: (200, 200, 404, 404),
    Role.ORGANIZATION_MEMBER: (200, 200, 404, 404),
    Role.PUBLICITY_MEMBER: (403, 404, 404, 404),
    Role.DISCIPLINE_MEMBER: (200, 200, 404, 404),
    Role.CELL_LEADER: (200, 404, 404, 404),
    Role.DISPATCHER: (200, 404, 404, 404),
    Role.CONTACT_PERSON: (403, 404, 404, 404),
    Role.GRID_WORKER: (403, 404, 404, 404),
    Role.VOLUNTEER: (404, 404, 404, 404),
    Role.VOLUNTEER_LEADER: (403, 404, 404, 404),
    Role.LECTURER: (404, 404, 404, 404),
    Role.COUNTY_OFFICER: (200, 200, 404, 404),
    Role.CITY_OFFICER: (200, 200, 404, 404),
    Role.PROVINCE_OFFICER: (200, 200, 404, 404),
    Role.AUDITOR: (403, 403, 404, 404),
}


def test_every_role_reaches_as_far_as_its_post(api: Calls, world: World) -> None:
    """The post is held in the street: the branch lies below, the county above, the host branch beside."""
    for role, statuses in BY_ROLE.items():
        OrganizationPost.delete().execute()
        OrganizationPost.create(organization=world.street, account=world.resident.account, role=role, starts_on=SINCE)
        codes = ("DH-01", "DH-01-01", "DH", "NS-01")
        found = tuple(api(world.resident).get(f"/organizations/{code}/members").status for code in codes)
        assert (role, found) == (role, statuses)
    assert set(BY_ROLE) == set(Role)


def test_long_lists_cost_the_same_number_of_statements(
    api: Calls, world: World, statements: Callable[[], Any], clock: FakeClock
) -> None:
    def cost(path: str) -> int:
        with statements() as asked:
            assert api(world.county_officer).get(path, limit=100).status == 200
        return len(asked)

    paths = ("/organizations", "/organizations/DH-01-01/members")
    few = [cost(path) for path in paths]
    for number in range(60):
        Organization.create(
            code=f"N{number}", name=f"新支部{number}", kind="branch", path=f"n{number}.", created_at=clock()
        )
        account = Account.create(public_id=f"account{number}", display_name="新", created_at=clock())
        member = Member.create(
            public_id=f"member{number}",
            name="新党员",
            status=MemberStatus.FULL,
            account=account,
            organization=world.branch,
            created_at=clock(),
        )
        Membership.create(member=member, organization=world.branch, kind=MembershipKind.HOME, since_on=SINCE)
    assert [cost(path) for path in paths] == few
    assert max(few) <= 4
