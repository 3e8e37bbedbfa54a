"""Every refusal that is not the table's, with its code and a Chinese sentence, and nothing written."""

from typing import Any

import pytest

from backend.messaging.models import OutboxEvent
from backend.people.models import Account, Member
from backend.service.models import OrderLog, ServiceOrder
from backend.service.orders.actions import STEPS
from backend.service.orders.moderation import record_verdict
from backend.service.orders.workflow import Action
from tests.cast import LONG_AGO
from tests.service.bodies import body_of
from tests.service.conftest import HAND_IN, LAMP, Desk, set_kind


def refused(answer: Any, status: int, code: str) -> None:
    assert (answer.status, answer.code) == (status, code), answer.body
    assert any("\u4e00" <= sign <= "\u9fff" for sign in answer.message)


def field_refused(answer: Any, field: str, code: str | None = None) -> None:
    refused(answer, 422, "invalid")
    found = {error["field"]: error["code"] for error in answer.body["errors"]}
    assert field in found, answer.body
    assert code is None or found[field] == code


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"colour": "red"}, "colour", "extra_forbidden"),
        ({"service_type": "moon_landing"}, "service_type", "unknown_service_type"),
        ({"organization": "NOWHERE"}, "organization", "unknown_organization"),
        ({"organization": "DH"}, "organization", "takes_no_orders"),
        ({"title": "灯"}, "title", "string_too_short"),
        ({"title": "灯" * 61}, "title", "string_too_long"),
        ({"description": "坏" * 2_501}, "description", "string_too_long"),
        ({"description": "坏\x07了"}, "description", None),
        ({"title": "灯坏了\n请修"}, "title", None),
        ({"place": {"text": "三号楼", "lat": 30.1}}, "place", "value_error"),
        ({"place": {"text": "三号楼", "lat": 91, "lng": 104}}, "place.lat", "less_than_equal"),
        ({"place": {"text": "三号楼", "lat": 30, "lng": 104, "datum": "mars"}}, "place.datum", "enum"),
        ({"contact": {"name": "李", "phone": "12"}}, "contact.phone", None),
        ({"attachments": ["nosuchpicture"]}, "attachments", "unknown_media"),
        ({"attachments": ["x"] * 10}, "attachments", "too_long"),
    ],
)
def test_a_bad_request_names_its_field_and_leaves_nothing(
    desk: Desk, changed: dict[str, Any], field: str, code: str | None
) -> None:
    field_refused(desk.api(desk.world.resident).post("/orders", LAMP | changed), field, code)
    assert not ServiceOrder.select().exists()
    assert not OutboxEvent.select().exists()


def test_a_closed_kind_of_service_is_no_longer_offered_nor_taken(desk: Desk) -> None:
    set_kind("repair", closed_at=LONG_AGO)
    listed = desk.api(desk.world.resident).get("/service-types").data
    assert "repair" not in {kind["code"] for kind in listed}
    answer = desk.api(desk.world.resident).post("/orders", LAMP)
    field_refused(answer, "service_type", "closed_service_type")


def test_somebody_without_a_community_is_asked_to_choose_one(desk: Desk) -> None:
    stranger = desk.api(desk.world.stranger)
    field_refused(stranger.post("/orders", LAMP), "organization", "organization_required")
    assert stranger.post("/orders", LAMP | {"organization": "DH-01-01"}).status == 201


def test_rare_characters_and_emoji_come_back_as_they_were(desk: Desk) -> None:
    number = desk.submitted(title="𠮷家与䶮叔的灯💡", place={"text": "𠮷祥里"})
    shown = desk.api(desk.world.secretary).get(f"/orders/{number}").data
    assert (shown["title"], shown["place"]["text"]) == ("𠮷家与䶮叔的灯💡", "𠮷祥里")


def test_an_order_that_does_not_exist_and_one_of_another_branch_look_the_same(desk: Desk) -> None:
    number = desk.submitted()
    there = desk.api(desk.world.host_secretary).get(f"/orders/{number}")
    nowhere = desk.api(desk.world.host_secretary).get("/orders/261123-000000x")
    assert there.body == nowhere.body
    refused(there, 404, "order_not_found")


@pytest.mark.parametrize("action", list(STEPS))
def test_an_unknown_field_in_a_step_is_refused(desk: Desk, action: Action) -> None:
    number = desk.submitted()
    answer = desk.act(desk.world.secretary, number, action, **body_of(desk.world, action), colour="red")
    field_refused(answer, "colour", "extra_forbidden")


def test_nobody_claims_his_own_order(desk: Desk) -> None:
    number = desk.submitted(by=desk.world.member)
    desk.must(desk.world.secretary, number, "accept")
    own = {"kind": "member", "id": desk.world.member.member.public_id}
    refused(desk.act(desk.world.secretary, number, "dispatch", target=own), 409, "own_order")
    desk.must(desk.world.secretary, number, "dispatch", target={"kind": "pool"})

    refused(desk.act(desk.world.member, number, "claim"), 409, "own_order")
    shown = desk.api(desk.world.member).get(f"/orders/{number}").data
    assert "claim" not in {one["name"] for one in shown["actions"]}
    assert desk.api(desk.world.member).get("/orders", box="offered").data["items"] == []


def test_an_order_taken_by_somebody_else_is_a_conflict_and_no_longer_there(desk: Desk) -> None:
    number = desk.pooled()
    desk.must(desk.world.volunteer, number, "claim")
    refused(desk.act(desk.world.member, number, "claim"), 409, "order_conflict")
    assert desk.api(desk.world.member).get(f"/orders/{number}").status == 404


def test_what_lies_in_the_pool_cannot_be_declined(desk: Desk) -> None:
    refused(desk.act(desk.world.member, desk.pooled(), "decline", note="没空"), 409, "not_addressed")


def test_an_unchecked_text_goes_nowhere(desk: Desk) -> None:
    number = desk.submitted(checked=False)
    desk.must(desk.world.secretary, number, "accept")
    pool = {"kind": "pool"}
    refused(desk.act(desk.world.secretary, number, "dispatch", target=pool), 409, "moderation_pending")
    record_verdict(desk.row(number).id, "risky", now=desk.clock())
    refused(desk.act(desk.world.secretary, number, "dispatch", target=pool), 409, "moderation_refused")


@pytest.mark.parametrize(
    ("target", "field", "code"),
    [
        ({"kind": "member", "id": "nobody"}, "target.id", "unknown_target"),
        ({"kind": "team", "id": "nobody"}, "target.id", "unknown_team"),
        ({"kind": "member"}, "target", "value_error"),
        ({"kind": "pool", "id": "x"}, "target", "value_error"),
        ({"kind": "moon"}, "target.kind", "literal_error"),
    ],
)
def test_a_target_that_the_branch_does_not_have(desk: Desk, target: dict[str, str], field: str, code: str) -> None:
    answer = desk.act(desk.world.secretary, desk.accepted(), "dispatch", target=target)
    field_refused(answer, field, code)


def test_members_of_other_branches_and_members_who_cannot_log_in_are_no_targets(desk: Desk) -> None:
    number = desk.accepted()
    other = {"kind": "member", "id": desk.world.host_secretary.member.public_id}
    answer = desk.act(desk.world.secretary, number, "dispatch", target=other)
    field_refused(answer, "target.id", "unknown_target")

    Member.update(account=None).where(Member.id == desk.world.member.member.id).execute()
    offline = {"kind": "member", "id": desk.world.member.member.public_id}
    answer = desk.act(desk.world.secretary, number, "dispatch", target=offline)
    field_refused(answer, "target.id", "target_without_account")


def test_a_volunteer_without_membership_is_named_by_his_account(desk: Desk) -> None:
    account = Account.get_by_id(desk.world.volunteer.account.id)
    target = {"kind": "member", "id": account.public_id}
    desk.must(desk.world.secretary, desk.accepted(), "dispatch", target=target)


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"solved": False}, "", "value_error"),
        ({"contacted_at": "2026-11-24T09:00:00+08:00"}, "contacted_at", "in_the_future"),
        ({"contacted_at": "2026-11-22T09:00:00+08:00"}, "contacted_at", "before_the_order"),
        ({"contacted_at": "2026-11-23T09:00:00"}, "contacted_at", "timezone_aware"),
        ({"public_reply": ""}, "public_reply", "string_too_short"),
        ({"attachments": ["nosuchpicture"]}, "attachments", "unknown_media"),
    ],
)
def test_a_hand_in_form_that_does_not_hold(desk: Desk, changed: dict[str, Any], field: str, code: str) -> None:
    number = desk.in_progress()
    answer = desk.act(desk.world.volunteer, number, "complete", **HAND_IN | changed)
    field_refused(answer, field, code)
    assert desk.row(number).state == "in_progress"


def test_a_kind_that_needs_evidence_is_not_completed_without_a_picture(desk: Desk) -> None:
    set_kind("repair", needs_evidence=True)
    answer = desk.act(desk.world.volunteer, desk.in_progress(), "complete", **HAND_IN)
    field_refused(answer, "attachments", "evidence_required")


def test_the_same_order_sent_five_times_is_one_order_and_five_equal_answers(desk: Desk) -> None:
    resident = desk.api(desk.world.resident)
    answers = [resident.post("/orders", LAMP, key="once") for _ in range(5)]
    assert {answer.status for answer in answers} == {201}
    assert len({answer.data["number"] for answer in answers}) == 1
    assert ServiceOrder.select().count() == OrderLog.select().count() == 1
    refused(resident.post("/orders", LAMP | {"title": "另一件事"}, key="once"), 409, "idempotency_mismatch")
