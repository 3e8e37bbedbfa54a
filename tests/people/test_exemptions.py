"""Exempt members: asked by one, approved by another, sealed, ended, and kept out of what is asked of everybody."""

from datetime import datetime
from typing import Any

import pytest

from backend.core.audit import AuditEntry
from backend.people.exemptions.models import ExemptionState, MemberExemption
from backend.people.models import OrganizationPost, Role
from tests.branch_life.makers import END, planned, scan
from tests.cast import SINCE, World
from tests.conftest import SHANGHAI, FakeClock

PATH = "/organizations/DH-01-01/exemptions"


def ask(api: Any, world: World, **changed: Any) -> Any:
    body = {
        "member": world.member.member.public_id,
        "reason": "ill",
        "note": "术后休养",
        "since_on": "2026-11-01",
        "until_on": "2027-10-31",
        **changed,
    }
    return api(world.secretary).post(PATH, body)


def asked(api: Any, world: World) -> str:
    answer = ask(api, world)
    assert answer.status == 201, answer.body
    return str(answer.data["id"])


def exempt(api: Any, world: World) -> str:
    exemption = asked(api, world)
    assert api(world.county_officer).post(f"/exemptions/{exemption}/approve", {}).status == 200
    return exemption


def test_another_approves_and_why_is_read_with_a_purpose_only(api: Any, world: World) -> None:
    exemption = asked(api, world)
    (listed,) = api(world.county_officer).get(PATH, state="asked").data["items"]
    assert (listed["reason"], listed["note"], listed["actions"]) == (None, None, ["approve", "deny", "reveal"])
    assert api(world.county_officer).post(f"/exemptions/{exemption}/reveal", {}).status == 422
    seen = api(world.county_officer).post(f"/exemptions/{exemption}/reveal", {"purpose": "审批"}).data
    assert (seen["reason"], seen["reason_label"], seen["note"]) == ("ill", "长期患病", "术后休养")
    (entry,) = AuditEntry.select().where(AuditEntry.action == "exemption.reveal")
    assert (entry.actor_id, entry.purpose, entry.about_id) == (
        world.county_officer.account.id,
        "审批",
        world.member.account.id,
    )
    said = api(world.county_officer).post(f"/exemptions/{exemption}/approve", {"note": "同意"})
    assert (said.data["state"], said.data["reason"], said.data["actions"]) == ("approved", None, ["end", "reveal"])
    assert "第二十三条" in said.data["rule"]
    assert api(world.county_officer).post(f"/exemptions/{exemption}/approve", {}).code == "already_decided"
    (own,) = api(world.member).get("/me/exemptions").data["items"]
    assert (own["reason"], own["actions"]) == ("ill", [])
    raw = MemberExemption.select(MemberExemption.reason).tuples().first()[0].raw
    assert b"ill" not in bytes(raw)
    rooms = api(world.member).get("/me/export").data["rooms"]
    assert [row["note"] for row in rooms["people"]["member_exemption.member"]] == ["术后休养"]


def test_the_asker_and_the_member_do_not_approve(api: Any, world: World) -> None:
    exemption = asked(api, world)
    for role in (Role.SECRETARY, Role.ORGANIZATION_MEMBER):
        OrganizationPost.create(organization=world.branch, account=world.member.account, role=role, starts_on=SINCE)
    for person in (world.secretary, world.member):
        for word in ("approve", "deny"):
            assert api(person).post(f"/exemptions/{exemption}/{word}", {}).code == "own_request"


def test_whose_business_it_is(api: Any, world: World) -> None:
    exemption = asked(api, world)
    for person, listing, status in (
        (world.member, 403, 404),
        (world.volunteer, 403, 404),
        (world.host_secretary, 404, 404),
        (world.stranger, 404, 404),
        (None, 401, 401),
    ):
        assert api(person).get(PATH).status == listing
        assert api(person).post(PATH, ask_body(world)).status == listing
        for word in ("approve", "deny", "end"):
            assert api(person).post(f"/exemptions/{exemption}/{word}", {}).status == status
        assert api(person).post(f"/exemptions/{exemption}/reveal", {"purpose": "看看"}).status == status


def ask_body(world: World) -> dict[str, Any]:
    return {
        "member": world.member.member.public_id,
        "reason": "old",
        "since_on": "2026-11-01",
        "until_on": "2026-12-01",
    }


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"reason": "lazy"}, 422),
        ({"until_on": "2026-10-31"}, 422),
        ({"until_on": "2027-11-03"}, 422),
        ({"until_on": None}, 422),
        ({"note": "x" * 301}, 422),
        ({"member": "a" * 16}, 404),
        ({"more": 1}, 422),
    ],
)
def test_what_cannot_be_asked(api: Any, world: World, changed: dict[str, Any], status: int) -> None:
    assert ask(api, world, **changed).status == status
    assert MemberExemption.select().count() == 0


def test_one_at_a_time_until_it_is_over(api: Any, world: World, clock: FakeClock) -> None:
    exemption = exempt(api, world)
    assert ask(api, world).code == "already_exempt"
    assert (
        api(world.secretary).post(f"/exemptions/{exemption}/end", {"note": "已康复"}).data["until_on"] == "2026-11-23"
    )
    again = exempt(api, world)
    clock.advance(days=400)
    assert ask(api, world, since_on="2027-12-28", until_on="2028-06-01").status == 201
    states = {row.public_id: row.state for row in MemberExemption.select()}
    assert (states[exemption], states[again]) == (ExemptionState.ENDED, ExemptionState.APPROVED)


# ---------------------------------------------------------------- denominators


def test_whoever_is_exempt_is_not_missing_but_counts_when_he_comes(api: Any, world: World, clock: FakeClock) -> None:
    activity = planned(api, world)
    before = api(world.secretary).get(f"/activities/{activity}/roll").data
    exempt(api, world)
    roll = api(world.secretary).get(f"/activities/{activity}/roll").data
    assert (before["expected"]["count"], before["exempted"]["count"]) == (4, 0)
    assert (roll["expected"]["count"], roll["missing"]["count"], roll["exempted"]["count"]) == (3, 3, 1)
    assert [one["name"] for one in roll["exempted"]["people"]] == ["钱晓梅"]
    clock.advance(minutes=35)
    assert scan(api, world.member, activity, clock()).status == 201
    roll = api(world.secretary).get(f"/activities/{activity}/roll").data
    assert (roll["expected"]["count"], roll["present"]["count"], roll["exempted"]["count"]) == (4, 1, 0)


def test_an_exemption_that_is_not_approved_or_not_of_that_day_changes_nothing(
    api: Any, world: World, clock: FakeClock
) -> None:
    activity = planned(api, world)
    exemption = asked(api, world)
    path = f"/activities/{activity}/roll"
    assert api(world.secretary).get(path).data["exempted"]["count"] == 0
    api(world.county_officer).post(f"/exemptions/{exemption}/deny", {})
    assert api(world.secretary).get(path).data["exempted"]["count"] == 0
    later = ask(api, world, since_on="2026-11-24", until_on="2026-12-24").data["id"]
    api(world.county_officer).post(f"/exemptions/{later}/approve", {})
    assert api(world.secretary).get(path).data["exempted"]["count"] == 0
    assert datetime(2026, 11, 24, tzinfo=SHANGHAI) > END


def test_no_hours_are_asked_of_whoever_is_exempt(api: Any, world: World) -> None:
    before = api(world.member).get("/me/card").data["hours"]
    assert (before["target"], before["exempt"]) == (32, False)
    exempt(api, world)
    after = api(world.member).get("/me/card").data["hours"]
    assert (after["target"], after["exempt"]) == (0, True)
    assert "第二十三条" in after["rule"]
    assert api(world.secretary).get("/me/card").data["hours"]["target"] == 56
