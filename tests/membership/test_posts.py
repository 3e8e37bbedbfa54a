"""Posts: who gives and ends which, for how long, what stays readable, and who is told."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from backend.core.audit import AuditEntry
from backend.core.clock import same_day
from backend.membership.posts.rules import FROM_ABOVE, PLACES, suggested_end, term_of
from backend.messaging.models import InboxMessage, OutboxEvent
from backend.people.models import (
    Member,
    MemberStatus,
    Organization,
    OrganizationKind,
    OrganizationPost,
    Role,
    Sector,
)
from backend.people.permissions import OFFICERS
from tests.cast import SINCE, Person, World
from tests.conftest import Answer, Api, FakeClock
from tests.messaging.makers import spread_all

Client = Callable[[Person | None], Api]
TODAY = date(2026, 11, 23)
BRANCH, STREET, COUNTY = "DH-01-01", "DH-01", "DH"


def give(api: Client, by: Person, whom: Person, role: str, at: str = BRANCH, **more: Any) -> Answer:
    """Appoint over HTTP, by account."""
    return api(by).post(f"/organizations/{at}/roles", {"role": role, "account": whom.account.public_id, **more})


def end(api: Client, by: Person, post: str, **body: Any) -> Answer:
    """End a post over HTTP."""
    return api(by).post(f"/posts/{post}/end", body)


def listed(api: Client, by: Person, at: str = BRANCH, **query: Any) -> list[tuple[str, str, str]]:
    """Role, name and state of each post."""
    answer = api(by).get(f"/organizations/{at}/roles", **query)
    assert answer.status == 200, answer.body
    return [(one["role"], one["holder"]["name"], one["state"]) for one in answer.data["items"]]


def hold(person: Person, organization: Any, role: Role, **term: date) -> OrganizationPost:
    """A post written straight into the database."""
    post: OrganizationPost = OrganizationPost.create(
        organization=organization, account=person.account, role=role, **{"starts_on": SINCE, **term}
    )
    return post


# ---------------------------------------------------------------- giving


def test_a_post_given_today_gives_its_rights_at_once(api: Client, world: World) -> None:
    assert api(world.member).get(f"/organizations/{BRANCH}/members").status == 403
    answer = give(api, world.secretary, world.member, "dispatcher")
    assert (answer.status, answer.data["state"], answer.data["role_label"]) == (201, "in_force", "派单员")
    assert answer.data["holder"] == {
        "account": world.member.account.public_id,
        "name": "钱晓梅",
        "member": world.member.member.public_id,
    }
    assert (answer.data["starts_on"], answer.data["ends_on"]) == ("2026-11-23", None)
    assert api(world.member).get(f"/organizations/{BRANCH}/members").status == 200


def test_somebody_who_is_no_member_can_be_a_volunteer_by_account(api: Client, world: World) -> None:
    answer = give(api, world.secretary, world.resident, "volunteer")
    assert (answer.status, answer.data["holder"]["member"]) == (201, None)


def test_a_member_is_named_by_the_roster(api: Client, world: World) -> None:
    body = {"role": "organization_member", "member": world.member.member.public_id}
    answer = api(world.secretary).post(f"/organizations/{BRANCH}/roles", body)
    assert (answer.status, answer.data["holder"]["name"]) == (201, "钱晓梅")


def test_the_holder_is_told_and_it_is_audited(api: Client, world: World, clock: FakeClock) -> None:
    answer = give(api, world.secretary, world.member, "publicity_member", ends_on="2031-11-22", note="支部党员大会选举")
    spread_all(clock())
    (message,) = InboxMessage.select().where(InboxMessage.account == world.member.account)
    assert "2031年11月22日" in message.body
    entry = AuditEntry.get(AuditEntry.action == "post.appoint")
    assert (entry.subject, entry.actor_id) == (f"post:{answer.data['id']}", world.secretary.account.id)
    assert entry.purpose == "支部党员大会选举"


# who gives, at which place, which posts he may give there
FROM_HOUSE = set(Role) - FROM_ABOVE


@pytest.mark.parametrize(
    ("giver", "held_at", "at", "given"),
    [
        (Role.SECRETARY, "branch", "branch", FROM_HOUSE),
        (Role.SECRETARY, "street", "branch", (FROM_HOUSE | {Role.SECRETARY, Role.AUDITOR})),
        (Role.SECRETARY, "street", "street", FROM_HOUSE),
        (Role.COUNTY_OFFICER, "county", "branch", FROM_HOUSE | {Role.SECRETARY, Role.AUDITOR}),
        (Role.COUNTY_OFFICER, "county", "county", FROM_HOUSE),
        (Role.CITY_OFFICER, "county", "street", FROM_HOUSE | {Role.SECRETARY, Role.AUDITOR, Role.COUNTY_OFFICER}),
        (Role.PROVINCE_OFFICER, "county", "street", set(Role) - {Role.PROVINCE_OFFICER}),
        (Role.PROVINCE_OFFICER, "county", "county", FROM_HOUSE),
    ],
)
def test_who_may_give_which_post(
    api: Client, world: World, giver: Role, held_at: str, at: str, given: set[Role]
) -> None:
    OrganizationPost.delete().execute()
    hold(world.secretary, getattr(world, held_at), giver)
    place = getattr(world, at)
    for role in Role:
        answer = give(api, world.secretary, world.member, role, place.code)
        here = place.kind in PLACES.get(role, {place.kind})
        if role not in given:
            assert (role, answer.status, answer.code) == (role, 403, "not_yours_to_appoint")
        else:
            assert (role, answer.status) == (role, 201 if here else 422)


@pytest.mark.parametrize("role", [role for role in Role if role not in OFFICERS | {Role.SECRETARY}])
def test_no_other_post_may_give_any(api: Client, world: World, role: Role) -> None:
    OrganizationPost.delete().execute()
    hold(world.secretary, world.branch, role)
    assert give(api, world.secretary, world.member, "volunteer").status == 403  # a member sees his branch
    assert give(api, world.secretary, world.member, "volunteer", "NS-01").status == 404


def test_another_branch_is_404_to_a_secretary(api: Client, world: World) -> None:
    post = OrganizationPost.get(OrganizationPost.account == world.secretary.account)
    assert give(api, world.host_secretary, world.member, "volunteer").status == 404
    assert end(api, world.host_secretary, post.public_id).status == 404
    assert api(world.host_secretary).get(f"/organizations/{BRANCH}/roles").status == 404
    for person in (world.resident, world.stranger):
        assert give(api, person, world.member, "volunteer").status == 404
        assert api(person).get(f"/organizations/{BRANCH}/roles").status == 404


def test_nobody_gives_himself_a_post_nor_ends_his_own(api: Client, world: World) -> None:
    answer = give(api, world.secretary, world.secretary, "dispatcher")
    assert (answer.status, answer.code) == (403, "own_post")
    own = hold(world.secretary, world.branch, Role.DISPATCHER)
    answer = end(api, world.secretary, own.public_id)
    assert (answer.status, answer.code) == (403, "own_post")
    assert not AuditEntry.select().exists()
    assert not OutboxEvent.select().exists()


def test_a_second_secretary_and_the_same_post_twice_are_refused(api: Client, world: World) -> None:
    answer = give(api, world.county_officer, world.member, "secretary")
    assert (answer.status, answer.code) == (409, "post_taken")
    assert give(api, world.secretary, world.member, "dispatcher", ends_on="2026-12-31").status == 201
    overlapping = give(api, world.secretary, world.member, "dispatcher", starts_on="2026-12-31")
    assert (overlapping.status, overlapping.code) == (409, "post_held")
    assert give(api, world.secretary, world.member, "dispatcher", starts_on="2027-01-01").status == 201
    assert give(api, world.secretary, world.second_member, "dispatcher").status == 201  # others may be, too


def test_a_successor_is_given_before_the_term_ends(api: Client, world: World) -> None:
    own = OrganizationPost.get(OrganizationPost.account == world.secretary.account)
    assert end(api, world.county_officer, own.public_id, last_day="2026-12-31").status == 200
    answer = give(api, world.county_officer, world.member, "secretary", starts_on="2027-01-01")
    assert (answer.status, answer.data["state"]) == (201, "upcoming")
    assert api(world.member).get(f"/organizations/{BRANCH}/members").status == 403


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"starts_on": "2026-12-02", "ends_on": "2026-12-01"}, "ends_on", "ends_before_start"),
        ({"starts_on": "2026-01-01", "ends_on": "2026-11-22"}, "ends_on", "already_over"),
        ({"account": "nobody"}, "account", "no_such_account"),
        ({"account": None, "member": "nobody"}, "member", "no_such_member"),
        ({"role": "county_officer"}, None, "not_yours_to_appoint"),
        ({"role": "cell_leader"}, "role", "role_not_here"),
        ({"role": "king"}, "role", "enum"),
        ({"starts_on": "1600-01-01"}, "starts_on", "value_error"),
        ({"starts_on": "tomorrow"}, "starts_on", None),
        ({"member": "both"}, "", "value_error"),
        ({"account": None}, "", "value_error"),
        ({"note": "x" * 201}, "note", "string_too_long"),
    ],
)
def test_bad_input_is_named(
    api: Client, world: World, body: dict[str, Any], field: str | None, code: str | None
) -> None:
    answer = api(world.secretary).post(
        f"/organizations/{BRANCH}/roles", {"role": "dispatcher", "account": world.member.account.public_id, **body}
    )
    if field is None:
        assert (answer.status, answer.code) == (403, code)
        return
    assert answer.status == 422
    (fault,) = answer.body["errors"]
    assert fault["field"] == field
    assert code in {None, fault["code"]}
    assert any("一" <= sign <= "鿿" for sign in fault["message"])


def test_a_closed_organisation_takes_no_post(api: Client, world: World) -> None:
    Organization.update(closed_on=TODAY).where(Organization.id == world.branch.id).execute()
    answer = give(api, world.county_officer, world.member, "volunteer")
    assert (answer.status, answer.code) == (409, "organization_closed")


def test_a_member_of_another_branch_is_not_found_by_the_roster(api: Client, world: World) -> None:
    body = {"role": "dispatcher", "member": world.host_secretary.member.public_id}
    answer = api(world.secretary).post(f"/organizations/{BRANCH}/roles", body)
    assert (answer.status, answer.body["errors"][0]["code"]) == (422, "no_such_member")


def test_a_member_nobody_has_claimed_cannot_hold_a_post_yet(api: Client, world: World) -> None:
    Member.update(account=None).where(Member.id == world.member.member.id).execute()
    body = {"role": "dispatcher", "member": world.member.member.public_id}
    answer = api(world.secretary).post(f"/organizations/{BRANCH}/roles", body)
    assert (answer.status, answer.code) == (409, "member_without_account")


def test_the_committee_is_for_full_members(api: Client, world: World) -> None:
    Member.update(status=MemberStatus.PROBATIONARY).where(Member.id == world.member.member.id).execute()
    for whom, role in product((world.member, world.resident), ("organization_member", "deputy_secretary")):
        answer = give(api, world.secretary, whom, role)
        assert (answer.status, answer.body["errors"][0]["code"]) == (422, "full_members_only")
    assert give(api, world.secretary, world.member, "volunteer").status == 201


def test_the_same_key_gives_one_post(api: Client, world: World) -> None:
    body = {"role": "dispatcher", "account": world.member.account.public_id}
    first, second = (api(world.secretary).post(f"/organizations/{BRANCH}/roles", body, key="k") for _ in range(2))
    assert first.data == second.data
    assert OrganizationPost.select().where(OrganizationPost.role == "dispatcher").count() == 1


# ---------------------------------------------------------------- ending


def test_an_ended_post_loses_its_rights_with_the_answer(api: Client, world: World, clock: FakeClock) -> None:
    post = give(api, world.secretary, world.member, "dispatcher", starts_on="2026-06-01").data["id"]
    assert api(world.member).get(f"/organizations/{BRANCH}/members").status == 200
    answer = end(api, world.secretary, post, note="工作调整")
    assert (answer.status, answer.data["state"], answer.data["ends_on"]) == (200, "ended", "2026-11-22")
    assert api(world.member).get(f"/organizations/{BRANCH}/members").status == 403
    assert AuditEntry.get(AuditEntry.action == "post.end").purpose == "工作调整"
    spread_all(clock())
    assert InboxMessage.get(InboxMessage.title == "您不再担任派单员").account_id == world.member.account.id


def test_a_post_given_today_can_be_ended_and_given_again_today(api: Client, world: World) -> None:
    for _ in range(2):
        post = give(api, world.secretary, world.member, "dispatcher").data["id"]
        assert end(api, world.secretary, post).status == 200
    assert [one[2] for one in listed(api, world.secretary, role="dispatcher", when="all")] == ["ended", "ended"]


def test_a_post_that_ends_on_a_day_lasts_through_it_in_local_time(api: Client, world: World, clock: FakeClock) -> None:
    post = give(api, world.secretary, world.member, "dispatcher").data["id"]
    assert end(api, world.secretary, post, last_day="2026-11-23").data["state"] == "in_force"
    clock.advance(hours=14, minutes=59)  # 23:59 in Shanghai
    assert api(world.member).get(f"/organizations/{BRANCH}/members").status == 200
    clock.advance(minutes=1)
    assert api(world.member).get(f"/organizations/{BRANCH}/members").status == 403
    assert listed(api, world.secretary, when="ended") == [("dispatcher", "钱晓梅", "ended")]


@pytest.mark.parametrize(
    ("last_day", "status", "code"),
    [
        ("2026-11-22", 422, "too_early"),
        ("2026-11-23", 200, None),
        ("2027-05-31", 200, None),
        ("2027-06-30", 422, "not_earlier"),
        ("2030-01-01", 422, "not_earlier"),
    ],
)
def test_a_day_to_come_only_shortens_a_term(
    api: Client, world: World, last_day: str, status: int, code: str | None
) -> None:
    post = give(api, world.secretary, world.member, "dispatcher", ends_on="2027-06-30").data["id"]
    answer = end(api, world.secretary, post, last_day=last_day)
    assert answer.status == status
    if code:
        assert answer.body["errors"][0]["code"] == code


def test_a_post_ends_once(api: Client, world: World) -> None:
    post = give(api, world.secretary, world.member, "dispatcher").data["id"]
    assert end(api, world.secretary, post).status == 200
    answer = end(api, world.secretary, post)
    assert (answer.status, answer.code) == (409, "post_ended")
    assert end(api, world.secretary, "nothing").status == 404


def test_a_secretary_is_ended_from_above_only(api: Client, world: World) -> None:
    own = OrganizationPost.get(OrganizationPost.account == world.secretary.account)
    hold(world.member, world.branch, Role.SECRETARY)
    answer = end(api, world.member, own.public_id)
    assert (answer.status, answer.code) == (403, "not_yours_to_appoint")
    assert end(api, world.volunteer, own.public_id).status == 403
    assert end(api, world.county_officer, own.public_id).status == 200
    assert api(world.secretary).get("/me").data["roles"] == []


# ---------------------------------------------------------------- reading


def test_ended_posts_stay_readable(api: Client, world: World) -> None:
    hold(world.second_member, world.branch, Role.SECRETARY, starts_on=date(2021, 1, 1), ends_on=date(2025, 12, 31))
    hold(world.member, world.branch, Role.DISPATCHER, starts_on=TODAY + timedelta(days=1))
    now = [
        ("volunteer", "赵志强", "in_force"),
        ("secretary", "孙立新", "in_force"),
        ("dispatcher", "钱晓梅", "upcoming"),
    ]
    past = ("secretary", "冯磊", "ended")
    for reader in (world.secretary, world.county_officer, world.second_member):  # members know their own committee
        assert listed(api, reader) == now
        assert listed(api, reader, when="ended") == [past]
        assert sorted(listed(api, reader, when="all", role="secretary")) == sorted([now[1], past])


def test_only_who_may_end_a_post_is_shown_so(api: Client, world: World) -> None:
    def endable(person: Person) -> list[str]:
        items = api(person).get(f"/organizations/{BRANCH}/roles").data["items"]
        return [one["role"] for one in items if one["may_end"]]

    assert endable(world.secretary) == ["volunteer"]
    assert endable(world.county_officer) == ["volunteer", "secretary"]
    assert endable(world.member) == []


def test_the_list_is_paged(api: Client, world: World) -> None:
    hold(world.member, world.branch, Role.LECTURER)
    first = api(world.secretary).get(f"/organizations/{BRANCH}/roles", limit=2).data
    second = api(world.secretary).get(f"/organizations/{BRANCH}/roles", limit=2, cursor=first["next_cursor"]).data
    assert [one["role"] for one in first["items"] + second["items"]] == ["volunteer", "secretary", "lecturer"]
    assert second["next_cursor"] is None
    assert api(world.secretary).get(f"/organizations/{BRANCH}/roles", when="never").status == 422


def test_a_long_list_costs_no_more_statements(api: Client, world: World, statements: Callable[[], Any]) -> None:
    def cost() -> int:
        with statements() as asked:
            assert api(world.secretary).get(f"/organizations/{BRANCH}/roles", limit=100).status == 200
        return len(asked)

    few = cost()
    for role in FROM_HOUSE:
        hold(world.member, world.branch, role)
    assert cost() == few <= 4


# ---------------------------------------------------------------- terms


@pytest.mark.parametrize(
    ("name", "sector", "kind", "years"),
    [
        ("大河社区第一党支部", None, OrganizationKind.BRANCH, 5),
        ("南河村党支部", None, OrganizationKind.BRANCH, 5),
        ("南河村党支部", Sector.VILLAGE, OrganizationKind.BRANCH, 5),
        ("幸福里党支部", Sector.COMMUNITY, OrganizationKind.BRANCH, 5),
        ("村镇银行党支部", Sector.STATE_ENTERPRISE, OrganizationKind.BRANCH, 3),
        ("县水利局机关党支部", None, OrganizationKind.BRANCH, 3),
        ("抗洪临时党支部", Sector.VILLAGE, OrganizationKind.TEMPORARY_BRANCH, None),
    ],
)
def test_the_regular_term(name: str, sector: Sector | None, kind: OrganizationKind, years: int | None) -> None:
    organization = Organization(name=name, kind=kind, sector=sector)
    rule = term_of(organization)
    assert (rule.value if rule else None) == years
    assert suggested_end(organization, Role.DISPATCHER, TODAY) is None
    suggested = suggested_end(organization, Role.SECRETARY, TODAY)
    assert suggested == (date(2026 + years, 11, 22) if years else None)


def test_a_regular_term_is_suggested_where_none_is_given(api: Client, world: World) -> None:
    given = give(api, world.secretary, world.member, "publicity_member").data
    assert (given["ends_on"], given["suggested_ends_on"]) == (None, "2031-11-22")
    given = give(api, world.secretary, world.second_member, "discipline_member", ends_on="2027-01-01").data
    assert given["suggested_ends_on"] is None


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 11, 23), 6, date(2027, 5, 23)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 31), 0, date(2026, 12, 31)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2024, 2, 29), 60, date(2029, 2, 28)),
    ],
)
def test_the_same_day_some_months_later(day: date, months: int, expected: date) -> None:
    assert same_day(day, months=months) == expected
