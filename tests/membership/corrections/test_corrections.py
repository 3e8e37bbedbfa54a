"""Corrections of the roster: asked by the member, decided by who keeps it, applied, logged and told."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.core.audit import AuditEntry
from backend.membership.corrections.models import CorrectionRequest
from backend.messaging.models import OutboxEvent
from backend.people.identity import identity_index, mask_identity, phone_index, tail_index
from backend.people.models import Member
from tests.cast import Person, World
from tests.conftest import Answer, Api

Client = Callable[[Person | None], Api]
NUMBER = "511622199003071238"
ASK = {"field": "phone", "value": "+86 138-0000-1111", "reason": "换了号码"}


def ask(api: Client, person: Person, **changed: Any) -> Answer:
    """Hand in over HTTP."""
    return api(person).post("/me/correction-requests", {**ASK, **changed})


def decide(api: Client, person: Person | None, request: str, word: str, **body: Any) -> Answer:
    """Approve or deny over HTTP."""
    return api(person).post(f"/correction-requests/{request}/{word}", body)


def member_of(world: World) -> Any:
    """The member as the roster has him."""
    return Member.get_by_id(world.member.member.id)


@pytest.mark.parametrize(
    ("field", "value", "columns"),
    [
        ("name", "钱小梅", {"name": "钱小梅", "name_initials": "qxm"}),
        ("phone", "138 0000 1111", {"phone_index": "13800001111"}),
        ("identity_number", "511622199003071238", {"identity_index": NUMBER, "identity_tail_index": NUMBER}),
        ("joined_on", "2010-07-01", {"joined_on": "2010-07-01"}),
    ],
)
def test_what_is_approved_stands_in_the_roster(
    api: Client, world: World, field: str, value: str, columns: dict[str, str]
) -> None:
    asked = ask(api, world.member, field=field, value=value)
    assert (asked.status, asked.data["state"]) == (201, "asked")
    before = member_of(world)
    assert (before.name, before.phone, before.identity, before.joined_on) == ("钱晓梅", None, None, None)
    done = decide(api, world.secretary, asked.data["id"], "approve", note="已核对")
    assert (done.status, done.data["state"]) == (200, "approved")
    made = {"phone_index": phone_index, "identity_index": identity_index, "identity_tail_index": tail_index}
    for column, wanted in columns.items():
        assert str(getattr(member_of(world), column)) == made.get(column, str)(wanted)
    entry = AuditEntry.get(AuditEntry.action == "correction.approved")
    assert (entry.actor_id, entry.about_id) == (world.secretary.account.id, world.member.account.id)
    assert [row.topic for row in OutboxEvent.select().order_by(OutboxEvent.id)] == [
        "correction.asked",
        "correction.approved",
    ]
    mine = api(world.member).get("/me/correction-requests").data["items"]
    assert [(row["state"], row["note"]) for row in mine] == [("approved", "已核对")]


def test_what_is_denied_changes_nothing_and_may_be_asked_again(api: Client, world: World) -> None:
    asked = ask(api, world.member).data["id"]
    assert ask(api, world.member).code == "correction_waits"
    assert ask(api, world.member, field="name", value="钱小梅").status == 201
    assert decide(api, world.secretary, asked, "deny", note="请带证件来").data["state"] == "denied"
    assert member_of(world).phone is None
    assert decide(api, world.secretary, asked, "approve").code == "correction_already_decided"
    assert decide(api, world.secretary, asked, "deny").code == "correction_already_decided"
    assert ask(api, world.member).status == 201


def test_numbers_are_masked_for_those_who_decide_and_whole_for_the_asker(api: Client, world: World) -> None:
    asked = ask(api, world.member, field="identity_number", value=NUMBER)
    assert asked.data["value"] == NUMBER
    listed = api(world.secretary).get("/organizations/DH-01-01/correction-requests", state="asked").data["items"]
    assert [(row["member"], row["value"]) for row in listed] == [("钱晓梅", mask_identity(NUMBER))]
    assert api(world.secretary).get("/organizations/DH-01-01/correction-requests", state="denied").data["items"] == []


def test_a_number_of_somebody_else_is_not_written(api: Client, world: World) -> None:
    Member.update(identity=NUMBER, identity_index=identity_index(NUMBER)).where(
        Member.id == world.second_member.member.id
    ).execute()
    asked = ask(api, world.member, field="identity_number", value=NUMBER).data["id"]
    assert decide(api, world.secretary, asked, "approve").code == "identity_taken"
    assert CorrectionRequest.get().state == "asked"
    assert AuditEntry.select().count() == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"field": "status"},
        {"value": ""},
        {"value": "12345"},
        {"field": "identity_number", "value": "511622199003071230"},
        {"field": "joined_on", "value": "2010年7月"},
        {"field": "joined_on", "value": "2027-01-01"},
        {"field": "name", "value": "钱"},
        {"reason": ""},
        {"member": "x"},
    ],
)
def test_what_cannot_stand_there_is_refused(api: Client, world: World, changed: dict[str, Any]) -> None:
    assert ask(api, world.member, **changed).status == 422
    assert CorrectionRequest.select().count() == 0


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
@pytest.mark.parametrize("word", ["approve", "deny"])
def test_only_who_keeps_the_roster_decides(api: Client, world: World, part: str, status: int, word: str) -> None:
    asked = ask(api, world.member).data["id"]
    assert decide(api, world.people[part], asked, word).status == status
    assert api(world.people[part]).get("/organizations/DH-01-01/correction-requests").status == status
    assert (CorrectionRequest.get().state == "asked") is (status != 200)


def test_nobody_decides_his_own(api: Client, world: World) -> None:
    asked = ask(api, world.secretary).data["id"]
    assert decide(api, world.secretary, asked, "approve").code == "own_correction"
    assert decide(api, world.county_officer, asked, "approve").status == 200


def test_only_members_ask_and_only_with_a_log_in(api: Client, world: World) -> None:
    assert ask(api, world.resident).code == "not_a_member"
    assert api(None).post("/me/correction-requests", ASK).status == 401
    assert api(None).get("/me/correction-requests").status == 401
    assert decide(api, None, "x", "approve").status == 401
    assert decide(api, world.secretary, "x", "approve").status == 404
