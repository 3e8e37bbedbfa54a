"""Requests for somebody else: how he agreed, the call back that is owed to him, and what is forgotten of him."""

from typing import Any

import pytest

from backend.core.audit import AuditEntry
from backend.core.database import database
from backend.messaging.models import OutboxEvent
from backend.service.models import OrderCallBack, OrderLog
from backend.service.orders.due import act_on_clocks
from backend.service.orders.retention import FORGOTTEN, drop_contacts
from tests.service.conftest import HAND_IN, LAMP, RATING, Desk
from tests.service.readings import at

ELDER = {"name": "张素芬", "phone": "13987654321", "relation": "母亲", "consent": "by_phone"}
AGREES = {"reached": True, "agrees": True, "note": "是要修灯"}


def asked_for(desk: Desk, **changed: Any) -> str:
    """An order of the resident for her mother."""
    return desk.submitted(on_behalf_of=ELDER | changed)


def waiting(desk: Desk) -> list[str]:
    """What the branch still has to verify by a call."""
    secretary = desk.api(desk.world.secretary)
    listed = [one["number"] for one in secretary.get("/orders", box="to-call-back").data["items"]]
    assert secretary.get("/orders/boxes").data["to-call-back"] == len(listed)
    return listed


@pytest.mark.parametrize(
    ("consent", "label"),
    [
        ("in_person", "本人当面同意"),
        ("by_phone", "本人在电话里同意"),
        ("child", "我是他（她）的子女"),
        (None, "代填时没有写明"),
    ],
)
def test_the_branch_sees_how_the_person_agreed_and_that_it_owes_a_call(
    desk: Desk, consent: str | None, label: str
) -> None:
    number = asked_for(desk, consent=consent)
    shown = desk.api(desk.world.secretary).get(f"/orders/{number}").data
    assert (shown["call_back"]["owed"], shown["call_back"]["consent_label"]) == (True, label)
    assert "call-back" in {one["name"] for one in shown["actions"]}
    (row,) = desk.api(desk.world.secretary).get("/orders", box="to-call-back").data["items"]
    assert (row["number"], row["call_owed"]) == (number, True)
    event = OutboxEvent.get(OutboxEvent.topic == "order.submitted")
    assert event.facts["call_owed"] is True
    own = desk.api(desk.world.resident).get(f"/orders/{number}").data
    assert own["call_back"] is None  # what the person says in private is not for who asked


def test_an_order_for_oneself_owes_no_call(desk: Desk) -> None:
    number = desk.submitted()
    assert waiting(desk) == []
    refused = desk.act(desk.world.secretary, number, "call-back", **AGREES)
    assert (refused.status, refused.code) == (409, "no_call_owed")


def test_the_call_is_done_with_its_result_and_by_whom(desk: Desk) -> None:
    number = asked_for(desk)
    shown = desk.must(desk.world.secretary, number, "call-back", **AGREES)
    assert shown["call_back"]["owed"] is False
    (call,) = shown["call_back"]["calls"]
    assert (call["by"], call["way"], call["agrees"], call["note"]) == ("孙立新", "电话", True, "是要修灯")
    assert waiting(desk) == []
    assert OrderLog.select().where(OrderLog.action == "call-back").count() == 1
    assert desk.act(desk.world.secretary, number, "call-back", **AGREES).code == "no_call_owed"
    log = desk.api(desk.world.resident).get(f"/orders/{number}").data["log"]
    assert "call-back" not in {entry["action"] for entry in log}


def test_two_calls_in_vain_leave_it_to_whoever_visits(desk: Desk) -> None:
    number = desk.submitted(on_behalf_of=ELDER)
    desk.must(desk.world.secretary, number, "accept")
    target = {"kind": "member", "id": desk.world.volunteer.member.public_id}
    desk.must(desk.world.secretary, number, "dispatch", target=target)
    desk.must(desk.world.volunteer, number, "claim")
    assert desk.must(desk.world.secretary, number, "call-back", reached=False)["call_back"]["owed"] is True
    assert waiting(desk) == [number]
    shown = desk.must(desk.world.secretary, number, "call-back", reached=False)
    assert (shown["call_back"]["owed"], shown["call_back"]["tries"]) == (False, 2)
    last = OutboxEvent.select().where(OutboxEvent.topic == "order.called_back").order_by(OutboxEvent.id.desc()).first()
    assert (last.facts["over"], last.people["handler"]) == (True, [desk.world.volunteer.account.id])


@pytest.mark.parametrize("body", [{"reached": True}, {"reached": False, "agrees": True}, {}])
def test_an_answer_belongs_to_somebody_who_was_reached(desk: Desk, body: dict[str, Any]) -> None:
    number = asked_for(desk)
    assert desk.act(desk.world.secretary, number, "call-back", **body).status == 422
    assert waiting(desk) == [number]


def test_who_asked_for_somebody_does_not_call_him_himself(desk: Desk) -> None:
    number = desk.submitted(desk.world.secretary, on_behalf_of=ELDER)
    refused = desk.act(desk.world.secretary, number, "call-back", **AGREES)
    assert (refused.status, refused.code) == (403, "own_proxy")


def test_a_call_of_the_persons_own_taken_down_by_staff_owes_none(desk: Desk) -> None:
    own_call = ELDER | {"relation": "来电居民", "consent": "own_call"}
    desk.submitted(desk.world.secretary, on_behalf_of=own_call)
    assert waiting(desk) == []
    refused = desk.api(desk.world.resident).post("/orders", LAMP | {"on_behalf_of": own_call})
    assert (refused.status, refused.body["errors"][0]["code"]) == (422, "not_by_staff")
    assert "工作人员" in refused.body["errors"][0]["message"]


def test_a_follow_up_with_the_person_himself_is_the_call(desk: Desk) -> None:
    number = asked_for(desk)
    desk.must(desk.world.secretary, number, "accept")
    target = {"kind": "member", "id": desk.world.volunteer.member.public_id}
    desk.must(desk.world.secretary, number, "dispatch", target=target)
    for action, body in (("claim", {}), ("first-contact", {}), ("complete", HAND_IN)):
        desk.must(desk.world.volunteer, number, action, **body)
    answer = {"reached": True, "solved": True, "satisfaction": "satisfied", "own_word": True}
    assert desk.must(desk.world.secretary, number, "follow-up", **answer)["state"] == "closed"
    assert waiting(desk) == []
    assert OrderCallBack.get().reached


def test_who_asked_may_confirm_and_the_call_is_still_owed(desk: Desk) -> None:
    number = asked_for(desk)
    desk.must(desk.world.secretary, number, "accept")
    target = {"kind": "member", "id": desk.world.volunteer.member.public_id}
    desk.must(desk.world.secretary, number, "dispatch", target=target)
    for action, body in (("claim", {}), ("first-contact", {}), ("complete", HAND_IN)):
        desk.must(desk.world.volunteer, number, action, **body)
    desk.must(desk.world.resident, number, "confirm", **RATING)
    assert waiting(desk) == [number]
    assert desk.act(desk.world.volunteer, number, "call-back", **AGREES).status == 403  # has the number no more
    assert desk.must(desk.world.secretary, number, "call-back", **AGREES)["state"] == "closed"


@pytest.mark.parametrize(("by", "action"), [("resident", "cancel"), ("secretary", "refuse"), ("secretary", "merge")])
def test_what_comes_to_nothing_owes_no_call(desk: Desk, by: str, action: str) -> None:
    number = asked_for(desk)
    bodies: dict[str, dict[str, Any]] = {
        "cancel": {"note": "不用了"},
        "refuse": {"reason": "beyond_powers", "note": "请拨打12345"},
        "merge": {"parent": desk.submitted()},
    }
    desk.must(getattr(desk.world, by), number, action, **bodies[action])
    assert waiting(desk) == []
    if action == "refuse":
        desk.must(desk.world.resident, number, "appeal", note="明明归社区管")
        assert desk.row(number).call_owed_at is not None


def test_the_number_is_sealed_masked_and_its_opening_logged(desk: Desk) -> None:
    number = asked_for(desk)
    (stored,) = database.execute_sql("SELECT HEX(beneficiary_phone) FROM service_order").fetchone()
    assert ELDER["phone"].encode() not in bytes.fromhex(stored)
    answered = desk.must(desk.world.secretary, number, "accept")
    assert answered["on_behalf_of"]["phone"] == "139****4321"
    before = AuditEntry.select().count()
    opened = desk.api(desk.world.secretary).get(f"/orders/{number}").data
    assert opened["on_behalf_of"]["phone"] == ELDER["phone"]
    assert AuditEntry.select().count() == before + 1
    assert AuditEntry.select().order_by(AuditEntry.id.desc()).get().action == "order.contact_opened"


def test_a_year_later_nothing_is_left_of_what_was_said_of_him(desk: Desk) -> None:
    mine, hers = desk.submitted(), asked_for(desk)
    desk.must(desk.world.secretary, hers, "call-back", **AGREES)
    desk.must(desk.world.resident, hers, "urge", note="老人独居，请快一点")
    for number in (mine, hers):
        desk.must(desk.world.resident, number, "cancel", note="张素芬搬走了")
    desk.clock.advance(days=366)
    assert drop_contacts(now=desk.clock()) == 2
    row = desk.row(hers)
    assert (row.title, row.description, row.place_text, row.answers) == (FORGOTTEN, FORGOTTEN, FORGOTTEN, None)
    assert [entry.note for entry in OrderLog.select().where(OrderLog.order == row)] == [None] * 4
    assert OrderCallBack.get().note is None
    kept = desk.row(mine)
    assert (kept.description, kept.contact_name) != (FORGOTTEN, "李桂芳")
    assert OrderLog.select().where(OrderLog.order == kept, OrderLog.note == "张素芬搬走了").exists()
    assert drop_contacts(now=desk.clock()) == 0


def test_clocks_run_on_beside_an_owed_call(desk: Desk) -> None:
    number = asked_for(desk)
    desk.clock.set(at("11-24 18:00"))
    act_on_clocks(now=desk.clock())
    assert desk.row(number).supervised_level == 1
    assert waiting(desk) == [number]
