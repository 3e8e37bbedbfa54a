"""One member added to a roster or corrected on it: checked like a file, sealed, masked, logged."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.core.audit import AuditEntry
from backend.core.crypto import opened
from backend.people.models import Member, Membership, MembershipKind
from tests.cast import Person, World
from tests.conftest import Answer, Api

Client = Callable[[Person | None], Api]
IDENTITY, OTHER_IDENTITY = "11010519491231002X", "440524188001010014"
NEW = {
    "name": "罗小川",
    "status": "probationary",
    "joined_on": "2026-07-01",
    "phone": "138 1234 5678",
    "identity_number": IDENTITY,
}


def add(api: Client, person: Person | None, code: str = "DH-01-01", **changed: Any) -> Answer:
    return api(person).post(f"/organizations/{code}/members", {**NEW, **changed})


def added(api: Client, world: World, **changed: Any) -> str:
    answer = add(api, world.secretary, **changed)
    assert answer.status == 201, answer.body
    return str(answer.data["public_id"])


def test_a_new_member_is_checked_sealed_masked_and_logged(api: Client, world: World) -> None:
    made = add(api, world.secretary)
    assert made.status == 201
    assert (made.data["name"], made.data["status"], made.data["claimed"]) == ("罗小川", "probationary", False)
    assert (made.data["phone"], made.data["identity_number"]) == (
        "138****5678",
        "110*************2X"[:3] + "*" * 13 + "2X",
    )
    member = Member.get(Member.public_id == made.data["public_id"])
    assert (opened(member.identity), opened(member.phone)) == (IDENTITY, "13812345678")
    assert (member.name_pinyin, member.name_initials) != (None, None)
    (life,) = Membership.select().where(Membership.member == member)
    assert (life.kind, life.organization_id, str(life.since_on)) == (MembershipKind.HOME, world.branch.id, "2026-11-23")
    (entry,) = AuditEntry.select().where(AuditEntry.action == "member.add")
    assert (entry.subject, entry.actor_id) == (f"member:{member.public_id}", world.secretary.account.id)
    assert IDENTITY not in entry.purpose


def test_who_may_add_read_and_change(api: Client, world: World) -> None:
    member = added(api, world)
    for person, add_status, status in (
        (world.member, 403, 404),
        (world.volunteer, 403, 404),
        (world.host_secretary, 404, 404),
        (world.stranger, 404, 404),
        (None, 401, 401),
    ):
        assert add(api, person, name="某人", identity_number=None).status == add_status
        assert api(person).get(f"/members/{member}").status == status
        assert api(person).patch(f"/members/{member}", {"name": "某人"}).status == status
    for person in (world.secretary, world.county_officer):
        assert api(person).get(f"/members/{member}").status == 200


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": "罗2"}, "name"),
        ({"name": "=1+1"}, "name"),
        ({"phone": "12345"}, "phone"),
        ({"identity_number": "110105491231002"}, "identity_number"),
        ({"identity_number": "110105194912310021"}, "identity_number"),
        ({"joined_on": "1920-01-01"}, "joined_on"),
        ({"joined_on": "2026-11-24"}, "joined_on"),
        ({"status": "applicant"}, "status"),
        ({"more": 1}, "more"),
    ],
)
def test_a_faulty_cell_is_named_by_its_field(api: Client, world: World, changed: dict[str, Any], field: str) -> None:
    refused = add(api, world.secretary, **changed)
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, field)
    member = added(api, world)
    again = api(world.secretary).patch(f"/members/{member}", changed)
    assert (again.status, again.body["errors"][0]["field"]) == (422, field)


def test_the_same_identity_number_is_found_through_the_blind_index(api: Client, world: World) -> None:
    member = added(api, world)
    assert add(api, world.secretary).code == "already_on_roster"
    assert add(api, world.secretary, name="别人").code == "already_on_roster"
    elsewhere = add(api, world.host_secretary, "NS-01")
    assert (elsewhere.status, elsewhere.body["errors"][0]["field"]) == (422, "identity_number")
    other = added(api, world, name="高远", identity_number=OTHER_IDENTITY)
    taken = api(world.secretary).patch(f"/members/{other}", {"identity_number": IDENTITY})
    assert (taken.status, taken.code) == (409, "identity_taken")
    assert api(world.secretary).patch(f"/members/{member}", {"identity_number": IDENTITY}).status == 200


def test_namesakes_need_a_number(api: Client, world: World) -> None:
    added(api, world, identity_number=None)
    assert add(api, world.secretary, identity_number=None).code == "already_on_roster"
    other = added(api, world, name="高远", identity_number=None)
    assert api(world.secretary).patch(f"/members/{other}", {"name": "罗小川"}).code == "namesake"
    assert (
        api(world.secretary).patch(f"/members/{other}", {"name": "罗小川", "identity_number": IDENTITY}).status == 200
    )


def test_a_correction_changes_what_it_names_and_is_logged_without_values(api: Client, world: World) -> None:
    member = added(api, world)
    changed = api(world.secretary).patch(f"/members/{member}", {"status": "full", "phone": "13900001111"}).data
    assert (changed["status"], changed["phone"], changed["joined_on"]) == ("full", "139****1111", "2026-07-01")
    assert opened(Member.get(Member.public_id == member).identity) == IDENTITY
    (entry,) = AuditEntry.select().where(AuditEntry.action == "member.change")
    assert entry.purpose == "修改：手机号码、人员类别"


def test_an_empty_correction_is_422(api: Client, world: World) -> None:
    member = added(api, world)
    for body in ({}, {"name": None}, {"name": ""}):
        assert api(world.secretary).patch(f"/members/{member}", body).status == 422
