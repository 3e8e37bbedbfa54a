"""Reveals: a right, a purpose, an entry that the member can read, and a limit."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.core.audit import AuditEntry
from backend.people.identity import identity_index
from backend.people.models import Member
from backend.people.reveals.service import MOST_REVEALS
from tests.cast import Person, World
from tests.conftest import Answer, Api, FakeClock

Client = Callable[[Person | None], Api]
PHONE, NUMBER = "13800001111", "51162219900307123X"
BODY = {"field": "phone", "purpose": "通知开会"}


@pytest.fixture(autouse=True)
def known(world: World) -> None:
    """The roster knows the member's phone and number."""
    Member.update(phone=PHONE, identity=NUMBER, identity_index=identity_index(NUMBER)).where(
        Member.id == world.member.member.id
    ).execute()


def reveal(api: Client, world: World, part: str, **changed: Any) -> Answer:
    """Ask for the member's field over HTTP."""
    body = {**BODY, **changed}
    return api(world.people[part]).post(f"/members/{world.member.member.public_id}/reveal", body)


def test_a_field_is_shown_for_a_purpose_that_the_member_can_read(api: Client, world: World) -> None:
    assert reveal(api, world, "secretary").data == {"field": "phone", "value": PHONE}
    assert reveal(api, world, "secretary", field="identity_number").data["value"] == NUMBER
    rows = api(world.member).get("/me/audit").data["items"]
    assert [(row["label"], row["purpose"], row["actor_name"]) for row in rows] == [
        ("查看名册字段", "身份证号：通知开会", "孙立新"),
        ("查看名册字段", "手机号：通知开会", "孙立新"),
    ]
    assert NUMBER not in str(rows)


def test_a_field_that_is_not_known_is_null_and_logged_all_the_same(api: Client, world: World) -> None:
    path = f"/members/{world.second_member.member.public_id}/reveal"
    assert api(world.secretary).post(path, BODY).data == {"field": "phone", "value": None}
    assert AuditEntry.select().count() == 1


@pytest.mark.parametrize(
    ("part", "status"),
    [
        ("secretary", 200),
        ("county_officer", 200),
        ("member", 403),
        ("second_member", 403),
        ("volunteer", 403),
        ("host_secretary", 404),
        ("resident", 404),
        ("stranger", 404),
    ],
)
@pytest.mark.parametrize("field", ["phone", "identity_number"])
def test_only_who_sees_or_keeps_the_roster(api: Client, world: World, part: str, status: int, field: str) -> None:
    answer = reveal(api, world, part, field=field)
    assert answer.status == status
    assert AuditEntry.select().count() == (1 if status == 200 else 0)
    assert (PHONE in str(answer.body) or NUMBER in str(answer.body)) is (status == 200)


@pytest.mark.parametrize("changed", [{"purpose": ""}, {"purpose": "开会"}, {"field": "name"}, {"to": 1}])
def test_a_purpose_has_to_be_said(api: Client, world: World, changed: dict[str, Any]) -> None:
    assert reveal(api, world, "secretary", **changed).status == 422
    assert AuditEntry.select().count() == 0


def test_nobody_goes_through_the_roster_one_by_one(api: Client, world: World, clock: FakeClock) -> None:
    for _ in range(MOST_REVEALS):
        assert reveal(api, world, "secretary").status == 200
        clock.advance(minutes=1)
    refused = reveal(api, world, "secretary")
    assert (refused.status, refused.code) == (429, "too_many_reveals")
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert reveal(api, world, "county_officer").status == 200
    clock.advance(minutes=31)
    assert reveal(api, world, "secretary").status == 200


def test_a_member_that_is_not_there_and_no_log_in(api: Client, world: World) -> None:
    assert api(world.secretary).post("/members/nobody/reveal", BODY).status == 404
    assert api(None).post(f"/members/{world.member.member.public_id}/reveal", BODY).status == 401
