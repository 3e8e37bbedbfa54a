"""Merging and closing: who and what goes over, what stays, and what stands in the way."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest

from backend.branch_life.schedules.models import ActivitySchedule
from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work
from backend.membership.away.models import MemberFlow
from backend.membership.claims.models import ClaimState, MembershipClaim
from backend.messaging.models import GroupChat
from backend.people.models import Account, Member, Membership, MembershipKind, Organization, OrganizationPost
from backend.people.tree.planting import plant
from backend.service.grids.models import Grid
from backend.service.models import ServiceOrder, ServiceType
from backend.service.teams.models import Team
from tests.branch_life.makers import plan, planned
from tests.cast import LONG_AGO, SINCE, World
from tests.conftest import Api, FakeClock

Calls = Callable[[Any], Api]
TODAY, YESTERDAY = date(2026, 11, 23), date(2026, 11, 22)
REASON = {"reason": "优化设置"}


@pytest.fixture
def other(world: World) -> Organization:
    """Another branch of the street."""
    return in_unit_of_work(
        lambda: plant(world.street, code="DH-01-02", name="大河社区第二党支部", kind="branch", now=LONG_AGO)
    )


def merge(api: Calls, world: World, code: str = "DH-01-01", into: str = "DH-01-02") -> Any:
    """The county officer merges one organisation into another."""
    return api(world.county_officer).post(f"/organizations/{code}/merge", {"into": into, **REASON})


def close(api: Calls, world: World, code: str) -> Any:
    """The county officer closes an organisation."""
    return api(world.county_officer).post(f"/organizations/{code}/close", REASON)


def lives(person: Any) -> set[tuple[str, str, date, date | None]]:
    """Where somebody takes part, or took part."""
    rows = Membership.select(Membership, Organization).join(Organization).where(Membership.member == person.member.id)
    return {(row.organization.code, row.kind, row.since_on, row.until_on) for row in rows}


def test_members_go_over_and_their_past_stays(api: Calls, world: World, other: Organization) -> None:
    merged = merge(api, world)
    assert (merged.status, merged.data["organization"]["code"]) == (200, "DH-01-02")
    assert Member.select().where(Member.organization == world.branch.id).count() == 0
    assert Member.select().where(Member.organization == other.id).count() == 4
    assert lives(world.member) == {
        ("DH-01-01", "home", SINCE, YESTERDAY),
        ("DH-01-02", "home", TODAY, None),
    }
    assert api(world.member).get("/me").data["member"]["branch"]["code"] == "DH-01-02"
    assert Account.get_by_id(world.resident.account.id).organization_id == other.id


def test_other_memberships_go_over_once(api: Calls, world: World, other: Organization) -> None:
    def join(person: Any, where: Organization, kind: MembershipKind, until: date | None = None) -> None:
        Membership.create(member=person.member, organization=where, kind=kind, since_on=SINCE, until_on=until)

    join(world.host_secretary, world.branch, MembershipKind.HOST)
    join(world.secretary, other, MembershipKind.RESIDENTIAL)
    join(world.member, other, MembershipKind.HOME, date(2026, 3, 1))
    join(world.county_officer, world.branch, MembershipKind.ALLIANCE)
    join(world.county_officer, other, MembershipKind.ALLIANCE)
    assert merge(api, world).status == 200
    assert ("DH-01-02", "host", TODAY, None) in lives(world.host_secretary)
    assert ("DH-01-01", "host", SINCE, YESTERDAY) in lives(world.host_secretary)
    assert ("DH-01-02", "home", TODAY, None) in lives(world.member)
    assert ("DH-01-02", "alliance", SINCE, None) in lives(world.county_officer)
    assert len(lives(world.secretary)) == 3


def test_whoever_is_at_home_in_the_target_does_not_become_its_guest(
    api: Calls, world: World, other: Organization
) -> None:
    Membership.create(member=world.host_secretary.member, organization=world.branch, kind="host", since_on=SINCE)
    assert merge(api, world, into="NS-01").status == 200
    assert lives(world.host_secretary) == {
        ("NS-01", "home", SINCE, None),
        ("DH-01-01", "host", SINCE, YESTERDAY),
    }


def test_posts_end_and_organisations_below_go_over(api: Calls, world: World, other: Organization) -> None:
    cell = in_unit_of_work(lambda: plant(world.branch, code="CELL", name="第一党小组", kind="cell", now=LONG_AGO))
    assert merge(api, world).status == 200
    assert OrganizationPost.get(OrganizationPost.account == world.secretary.account).ends_on == YESTERDAY
    assert api(world.secretary).get("/me").data["roles"] == []
    moved = Organization.get(Organization.code == "CELL")
    assert (moved.parent_id, moved.path) == (other.id, f"{other.path}{cell.id}.")
    kinds = {
        code: [one["kind"] for one in api(world.county_officer).get(f"/organizations/{code}/history").data["items"]]
        for code in ("DH-01-01", "DH-01-02", "CELL")
    }
    assert kinds == {"DH-01-01": ["merged"], "DH-01-02": ["absorbed"], "CELL": ["moved"]}


def test_the_past_stays_where_it_was(api: Calls, world: World, other: Organization, clock: FakeClock) -> None:
    activity = planned(api, world)
    clock.advance(days=30)
    assert merge(api, world).status == 200
    shown = api(world.county_officer).get(f"/activities/{activity}").data
    assert shown["organization"]["code"] == "DH-01-01"
    closed = api(world.stranger).get("/organizations/DH-01-01").data
    assert closed["closed_on"] == "2026-12-23"
    codes = [one["code"] for one in api(world.stranger).get("/organizations", under="DH-01").data["items"]]
    assert codes == ["DH-01", "DH-01-02"]
    codes = [one["code"] for one in api(world.stranger).get("/organizations", under="DH-01", closed=True).data["items"]]
    assert codes == ["DH-01", "DH-01-01", "DH-01-02"]


def test_what_cannot_be_merged(api: Calls, world: World, other: Organization) -> None:
    in_unit_of_work(lambda: plant(world.branch, code="BODY", name="居民议事会", kind="deliberative_body", now=LONG_AGO))
    in_unit_of_work(lambda: plant(world.branch, code="CELL", name="第一党小组", kind="cell", now=LONG_AGO))
    pairs = {
        ("DH-01", "DH-01-01"): (422, "below_itself"),
        ("DH-01-01", "DH-01-01"): (422, "below_itself"),
        ("BODY", "DH-01-02"): (422, "other_kind"),
        ("DH-01-01", "NS-09"): (404, "organization_not_found"),
        ("DH-01-01", "DH-01"): (422, "kind_not_below"),
        ("DH", "DH-01"): (403, "not_by_itself"),
    }
    for (code, into), (status, refusal) in pairs.items():
        refused = merge(api, world, code, into)
        told = refused.body["errors"][0]["code"] if status == 422 else refused.code
        assert (code, into, refused.status, told) == (code, into, status, refusal)
    assert Organization.select().where(Organization.closed_on.is_null(False)).count() == 0


@pytest.mark.parametrize("act", ["merge", "close"])
@pytest.mark.parametrize(
    ("part", "status"), [("secretary", 403), ("member", 403), ("host_secretary", 404), ("stranger", 404)]
)
def test_only_whoever_keeps_what_stands_above_may(
    api: Calls, world: World, other: Organization, act: str, part: str, status: int
) -> None:
    body = {"into": "DH-01-01", **REASON} if act == "merge" else REASON
    assert api(world.people[part]).post(f"/organizations/DH-01-01/{act}", body).status == status


def test_what_goes_on_goes_over(api: Calls, world: World, other: Organization) -> None:
    secretary = api(world.secretary)
    grid = secretary.post("/organizations/DH-01-01/grids", {"code": "G1", "name": "第一网格"})
    team = secretary.post("/organizations/DH-01-01/teams", {"name": "先锋队", "leader": world.member.member.public_id})
    assert (grid.status, team.status) == (201, 201), (grid.body, team.body)
    stay = stay_of(world.member, home=world.branch, host=world.host_branch)
    GroupChat.create(public_id="g", organization=world.branch, name="党员群", channel="wecom", created_at=LONG_AGO)
    assert merge(api, world).status == 200
    owners = [Grid.get().organization_id, Team.get().organization_id, GroupChat.get().organization_id]
    assert [*owners, MemberFlow.get_by_id(stay).home_id] == [other.id] * 4


def test_two_grids_of_one_code_keep_two_organisations_apart(api: Calls, world: World, other: Organization) -> None:
    for organization in (world.branch, other):
        Grid.create(public_id=organization.code, organization=organization, code="G1", name="网格", created_at=LONG_AGO)
    refused = merge(api, world)
    assert (refused.status, refused.code, "G1" in refused.message) == (409, "same_name", True)
    assert Organization.get_by_id(world.branch.id).closed_on is None


def stay_of(person: Any, home: Organization, host: Organization) -> int:
    """A stay away from home that is in force."""
    made = MemberFlow.create(
        public_id=new_public_id(), member=person.member, home=home, host=host, state="hosted", version=1, in_force=1,
        reason="务工", destination="深圳", abroad=False, place_fixed=True, leaves_on=SINCE, created_at=LONG_AGO,
    )  # fmt: skip
    return int(made.id)


def test_a_host_of_members_away_is_not_closed(api: Calls, world: World, other: Organization) -> None:
    stay_of(world.member, home=world.branch, host=other)
    assert [one["what"] for one in close(api, world, "DH-01-02").body["obstacles"]] == ["stays"]


# ---------------------------------------------------------------- closing


def test_an_empty_organisation_closes(api: Calls, world: World, other: Organization) -> None:
    place = api(world.county_officer).post("/organizations/DH-01-02/places", {"name": "中心", "address": "大河路"}).data
    closed = close(api, world, "DH-01-02")
    assert (closed.status, closed.data["organization"]["closed_on"]) == (200, "2026-11-23")
    assert api(world.member).get(f"/places/{place['id']}").data["closed_at"] is not None
    again = close(api, world, "DH-01-02")
    assert (again.status, again.code) == (409, "organization_closed")
    assert "2026-11-23" in again.message


def order_at(world: World, organization: Organization, state: str) -> None:
    """An order in some state."""
    ServiceOrder.create(
        number=f"261123-{state}"[:13],
        state=state,
        priority="III",
        service_type=ServiceType.select().first() or ServiceType.create(code="x", name="维修"),
        organization=organization,
        requester=world.resident.account,
        title="灯",
        description="灯坏了",
        place_text="三号楼",
        created_at=LONG_AGO,
        changed_at=LONG_AGO,
    )


def claim_at(world: World, organization: Organization, state: ClaimState) -> None:
    """A claim of membership."""
    MembershipClaim.create(
        public_id=f"claim-{state}", account=world.stranger.account, organization=organization, name="某某",
        id_tail="1234", phone="13800000000", state=state, claimed_on=SINCE, nth=len(state), submitted_at=LONG_AGO,
    )  # fmt: skip


def test_all_that_stands_in_the_way_is_said(api: Calls, world: World, clock: FakeClock) -> None:
    planned(api, world)
    in_unit_of_work(lambda: plant(world.branch, code="CELL", name="第一党小组", kind="cell", now=LONG_AGO))
    for state in ("submitted", "in_progress", "closed", "cancelled"):
        order_at(world, world.branch, state)
    for state in (ClaimState.SUBMITTED, ClaimState.DENIED):
        claim_at(world, world.branch, state)
    refused = close(api, world, "DH-01-01")
    assert (refused.status, refused.code) == (409, "organization_in_use")
    found = {one["what"]: one["count"] for one in refused.body["obstacles"]}
    assert found == {"members": 4, "organizations": 1, "orders": 2, "activities": 1, "claims": 1}
    assert all(one["message"] in refused.message for one in refused.body["obstacles"])
    in_the_way = {one["what"] for one in merge(api, world, into="NS-01").body["obstacles"]}
    assert in_the_way == {"orders", "activities", "claims"}
    assert Organization.get_by_id(world.branch.id).closed_on is None


def test_a_monthly_activity_is_to_be_ended_first(api: Calls, world: World, other: Organization) -> None:
    ActivitySchedule.create(
        public_id="s", organization=other, kind="party_day", title="主题党日", place_text="会议室", day=5,
        starts_at_minute=540, minutes=60, shift="none", next_on=TODAY, planned_by=world.secretary.account,
        created_at=LONG_AGO,
    )  # fmt: skip
    assert [one["what"] for one in close(api, world, "DH-01-02").body["obstacles"]] == ["activities"]


def test_a_closed_organisation_takes_nothing_new(api: Calls, world: World, other: Organization) -> None:
    OrganizationPost.create(
        organization=world.street, account=world.secretary.account, role="secretary", starts_on=SINCE
    )
    assert merge(api, world).status == 200
    officer = api(world.county_officer)
    attempts = {
        "edit": officer.post("/organizations/DH-01-01/edit", {"units": 3, **REASON}),
        "child": officer.post("/organizations/DH-01-01/children", {"code": "C1", "name": "第一党小组", "kind": "cell"}),
        "move": officer.post("/organizations/DH-01-01/move", {"parent": "DH", **REASON}),
        "move below": officer.post("/organizations/DH-01-02/move", {"parent": "DH-01-01", **REASON}),
        "merge into": merge(api, world, "DH-01-02", "DH-01-01"),
    }
    assert {name: (one.status, one.code) for name, one in attempts.items()} == dict.fromkeys(
        attempts, (409, "organization_closed")
    )
    order = {
        "service_type": "repair",
        "title": "楼道灯坏了",
        "description": "三楼的灯坏了一周",
        "place": {"text": "三号楼"},
        "organization": "DH-01-01",
    }
    refused = api(world.resident).post("/orders", order)
    assert (refused.status, refused.body["errors"][0]["code"]) == (422, "organization_closed")
    Account.update(phone="13800000000").where(Account.id == world.stranger.account.id).execute()
    claim = {"name": "某某", "branch": "DH-01-01", "id_tail": "1234"}
    assert api(world.stranger).post("/me/membership-claims", claim).code == "organization_closed"


def test_a_closed_organisation_plans_nothing_and_imports_nothing(
    api: Calls, world: World, other: Organization, app: Any, clock: FakeClock
) -> None:
    assert merge(api, world).status == 200
    OrganizationPost.update(ends_on=None).execute()  # even if somebody were given his post back
    assert api(world.secretary).post("/activities", plan()).code == "organization_closed"
    sent = app.test_client().post(
        "/api/v1/organizations/DH-01-01/imports",
        data={"file": (BytesIO("姓名,人员类别\n某某,正式党员".encode()), "r.csv")},
        headers={"Authorization": f"Bearer {world.county_officer.token}"},
    )
    assert sent.get_json()["code"] == "organization_closed"
