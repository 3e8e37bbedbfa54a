"""Who sees what of an order, by part; opening a phone number leaves one audit entry."""

from typing import Any

from backend.core.audit import AuditEntry
from backend.messaging.models import OutboxEvent
from backend.people.models import Account
from tests.service.conftest import HAND_IN, Desk

PHONE, MASKED = "13812345678", "138****5678"
PARENT = {"name": "李大爷", "phone": "13987654321", "relation": "父亲"}


def seen(desk: Desk, part: str, number: str) -> Any:
    return desk.api(getattr(desk.world, part)).get(f"/orders/{number}").data


def test_the_requester_sees_all_of_it_and_no_internal_note(desk: Desk) -> None:
    number = desk.submitted(on_behalf_of=PARENT)
    desk.must(desk.world.secretary, number, "accept", note="先问物业")
    order = seen(desk, "resident", number)
    assert order["contact"] == {"id": None, "name": "李桂芳", "phone": PHONE}
    assert order["on_behalf_of"] == {"id": None, "name": "李大爷（父亲）", "phone": PARENT["phone"]}
    assert order["place"] == {"text": "三号楼三单元", "lat": 30.12346, "lng": 104.5, "datum": "gcj02"}
    assert [(entry["action"], entry["note"]) for entry in order["log"]] == [
        ("submit", None),
        ("accept", None),
    ]
    assert not AuditEntry.select().exists()


def test_without_a_contact_the_accounts_own_number_counts(desk: Desk) -> None:
    account: Account = desk.world.resident.account
    account.phone = PHONE
    account.save()
    number = desk.submitted(contact=None)
    assert seen(desk, "secretary", number)["contact"] == {"id": None, "name": "李桂芳", "phone": PHONE}


def test_a_dispatcher_opens_the_number_and_each_time_is_on_record(desk: Desk) -> None:
    number = desk.submitted()
    desk.must(desk.world.secretary, number, "accept", note="先问物业")
    assert not AuditEntry.select().exists()
    assert seen(desk, "secretary", number)["contact"]["phone"] == PHONE
    assert seen(desk, "secretary", number)["log"][-1]["note"] == "先问物业"
    entries = list(AuditEntry.select())
    assert [(entry.action, entry.subject) for entry in entries] == [("order.contact_opened", f"order:{number}")] * 2
    assert entries[0].actor_id == desk.world.secretary.account.id


def test_the_answer_to_a_step_keeps_the_number_masked(desk: Desk) -> None:
    answer = desk.must(desk.world.secretary, desk.submitted(), "accept")
    assert answer["contact"]["phone"] == MASKED
    assert not AuditEntry.select().exists()


def test_whoever_is_offered_an_order_sees_what_it_is_and_of_whom_nothing(desk: Desk) -> None:
    number = desk.pooled()
    order = seen(desk, "member", number)
    assert (order["title"], order["place"]["text"]) == ("三号楼楼道灯不亮", "三号楼三单元")
    assert order["timers"]
    assert order["place"]["lat"] is order["description"] is order["requester"] is order["contact"] is None
    assert order["log"] == []
    assert "李" not in str(order)
    assert not AuditEntry.select().exists()


def test_the_handler_sees_the_number_from_the_claim_until_the_end_of_his_work(desk: Desk) -> None:
    number = desk.dispatched()
    assert seen(desk, "volunteer", number)["contact"] is None
    desk.must(desk.world.volunteer, number, "claim")
    assert seen(desk, "volunteer", number)["contact"]["phone"] == PHONE
    assert AuditEntry.select().count() == 1
    desk.must(desk.world.volunteer, number, "first-contact")
    assert seen(desk, "volunteer", number)["contact"]["phone"] == PHONE
    desk.clock.advance(minutes=1)
    desk.must(desk.world.volunteer, number, "complete", **HAND_IN)
    assert seen(desk, "volunteer", number)["contact"]["phone"] == MASKED
    assert AuditEntry.select().count() == 2


def test_the_county_sees_kind_state_and_times_and_nobody(desk: Desk) -> None:
    order = seen(desk, "county_officer", desk.in_progress())
    assert (order["title"], order["state"]) == ("公共设施报修", "in_progress")
    assert order["timers"]
    hidden = ("description", "place", "requester", "contact", "on_behalf_of", "handler")
    assert {name: order[name] for name in hidden} == dict.fromkeys(hidden)
    assert order["log"] == []
    listed = desk.api(desk.world.county_officer).get("/orders", box="all").data["items"]
    assert [(one["title"], one["place"]) for one in listed] == [("公共设施报修", None)]


def test_until_its_text_has_passed_only_author_and_dispatchers_see_an_order(desk: Desk) -> None:
    number = desk.submitted(checked=False)
    parts = ("resident", "secretary", "county_officer", "member")
    statuses = [desk.api(getattr(desk.world, part)).get(f"/orders/{number}").status for part in parts]
    assert statuses == [200, 200, 404, 404]
    listed = desk.api(desk.world.county_officer).get("/orders", box="all").data["items"]
    assert listed == []


def test_an_internal_note_is_shown_and_told_to_nobody_outside(desk: Desk) -> None:
    number = desk.in_progress()
    desk.must(desk.world.volunteer, number, "progress", note="住户情绪激动", public=False)
    desk.must(desk.world.volunteer, number, "progress", note="明天带新灯来")
    notes = [entry["note"] for entry in seen(desk, "resident", number)["log"] if entry["action"] == "progress"]
    assert notes == ["明天带新灯来"]
    told = {row.topic: row.facts.get("note") for row in OutboxEvent.select()}
    assert told["order.noted"] is None
    assert told["order.progressed"] == "明天带新灯来"


def test_events_hold_nothing_that_a_message_may_not_say(desk: Desk) -> None:
    desk.closed()
    for event in OutboxEvent.select().where(OutboxEvent.topic != "content.check"):
        text = str(event.facts)
        assert PHONE not in text
        assert "老人晚上" not in text
        assert "赵志强" not in text
        assert event.organization_id == desk.world.branch.id


def test_events_name_the_people_concerned(desk: Desk) -> None:
    desk.closed()
    people = {event.topic: event.people for event in OutboxEvent.select()}
    resident, volunteer = desk.world.resident.account.id, desk.world.volunteer.account.id
    assert people["order.submitted"] == {"requester": [resident], "handler": [], "offered": []}
    assert people["order.dispatched"] == {"requester": [resident], "handler": [], "offered": [volunteer]}
    assert people["order.closed"]["handler"] == [volunteer]
    assert people["content.check"] == {}
