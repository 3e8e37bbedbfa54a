"""The text check: the platform's verdict, once, and a person's decision."""

import pytest

from backend.core.audit import AuditEntry
from backend.messaging.models import OutboxEvent
from backend.service.orders.moderation import Verdict, record_verdict
from tests.service.conftest import LAMP, Desk


def events(topic: str) -> list[OutboxEvent]:
    return list(OutboxEvent.select().where(OutboxEvent.topic == topic))


def test_a_new_order_asks_for_a_check_of_all_its_words(desk: Desk) -> None:
    row = desk.row(desk.submitted(checked=False))
    (event,) = events("content.check")
    assert event.key == f"content-check:order:{row.number}"
    assert event.facts == {
        "subject": "service_order",
        "id": row.number,
        "text": "\n".join((LAMP["title"], LAMP["description"], LAMP["place"]["text"])),
        "account_id": desk.world.resident.account.id,
        "scene": 1,
    }


@pytest.mark.parametrize(
    ("verdict", "state", "topic"),
    [
        ("pass", "passed", None),
        ("review", "review", "order.text_review"),
        ("risky", "refused", "order.text_refused"),
    ],
)
def test_a_verdict_counts_once(desk: Desk, verdict: Verdict, state: str, topic: str | None) -> None:
    row = desk.row(desk.submitted(checked=False))
    for _ in range(2):
        record_verdict(row.id, verdict, now=desk.clock())
    assert desk.row(row.number).moderation == state
    told = [event.topic for event in OutboxEvent.select() if event.topic.startswith("order.text")]
    assert told == ([topic] if topic else [])


def test_whoever_wrote_a_refused_text_is_told_what_to_do(desk: Desk) -> None:
    record_verdict(desk.row(desk.submitted(checked=False)).id, "risky", now=desk.clock())
    (event,) = events("order.text_refused")
    assert "重新提交" in event.facts["note"]
    assert event.people["requester"] == [desk.world.resident.account.id]


def test_a_person_lets_a_doubtful_text_pass_and_that_is_on_record(desk: Desk) -> None:
    number = desk.submitted(checked=False)
    record_verdict(desk.row(number).id, "review", now=desk.clock())
    secretary = desk.api(desk.world.secretary)
    (item,) = secretary.get("/moderation").data["items"]
    assert (item["id"], item["state"], item["text"]) == (number, "review", LAMP["description"])

    assert secretary.post(f"/moderation/{number}/pass", {}).status == 200

    assert desk.row(number).moderation == "passed"
    assert secretary.get("/moderation").data["items"] == []
    assert AuditEntry.get().action == "order.text_passed"
    again = secretary.post(f"/moderation/{number}/pass", {})
    assert (again.status, again.code) == (409, "already_decided")
    record_verdict(desk.row(number).id, "risky", now=desk.clock())
    assert desk.row(number).moderation == "passed"


def test_a_person_refuses_a_text_with_a_reason_for_its_author(desk: Desk) -> None:
    number = desk.submitted(checked=False)
    answer = desk.api(desk.world.secretary).post(f"/moderation/{number}/refuse", {"note": "请不要写别人的姓名"})
    assert answer.status == 200
    (event,) = events("order.text_refused")
    assert event.facts["note"] == "请不要写别人的姓名"


def test_only_moderators_of_the_branch_decide(desk: Desk) -> None:
    number = desk.submitted(checked=False)
    expected = {"resident": 404, "member": 403, "host_secretary": 404, "county_officer": 404}
    for part, status in expected.items():
        answer = desk.api(getattr(desk.world, part)).post(f"/moderation/{number}/pass", {})
        assert answer.status == status, part
    assert desk.api(desk.world.resident).get("/moderation").status == 403
    assert desk.api(desk.world.secretary).post("/moderation/261123-999999/pass", {}).status == 404
    assert desk.row(number).moderation == "pending"


def test_facts_supplied_later_are_checked_too(desk: Desk) -> None:
    number = desk.needs_info()
    desk.must(desk.world.resident, number, "supply", note="三单元二楼")
    assert [event.facts["text"] for event in events("content.check")][1:] == ["三单元二楼"]
    assert desk.row(number).moderation == "pending"


def test_the_list_of_texts_is_cut_into_pages(desk: Desk) -> None:
    numbers = [desk.submitted(checked=False) for _ in range(3)]
    secretary = desk.api(desk.world.secretary)
    first = secretary.get("/moderation", limit=2).data
    rest = secretary.get("/moderation", limit=2, cursor=first["next_cursor"]).data
    assert [item["id"] for item in first["items"] + rest["items"]] == numbers
    assert rest["next_cursor"] is None
