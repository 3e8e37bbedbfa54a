"""A voice note instead of words: whoever listens writes it down, and nobody is sent out before."""

from typing import Any

import pytest

from backend.messaging.models import OutboxEvent
from backend.service.models import ServiceOrder
from backend.service.orders.moderation import record_verdict
from tests.learning.lessons.conftest import keep_media
from tests.service.conftest import LAMP, Desk

HEARD = "三单元二楼的灯坏了，老太太晚上看不见 𠮷"


def spoken(desk: Desk, seconds: float = 40, **changed: Any) -> Any:
    """The answer to an order that was spoken."""
    sound = keep_media(desk.world.resident, desk.clock(), seconds=seconds)
    return desk.api(desk.world.resident).post("/orders", LAMP | {"description": "", "voice": sound} | changed)


def number_of(desk: Desk, answer: Any) -> str:
    """Its number, its first check passed."""
    assert answer.status == 201, answer.body
    number: str = answer.data["number"]
    record_verdict(desk.row(number).id, "pass", now=desk.clock())
    return number


def test_a_voice_note_is_enough_and_the_queue_says_so(desk: Desk) -> None:
    answer = spoken(desk)
    shown = answer.data["voice"]
    assert (shown["seconds"], shown["written"], shown["moderation"]) == (40, False, "pending")
    assert shown["url"].startswith(f"/api/v1/media/{shown['id']}/content?")
    assert answer.data["pictures"] == []
    number = number_of(desk, answer)
    desk.submitted()
    rows = desk.api(desk.world.secretary).get("/orders", box="to-accept").data["items"]
    assert [one["voice"] for one in rows] == [True, False]
    assert OutboxEvent.select().where(OutboxEvent.topic == "order.submitted").first().facts["voice"] is True
    assert desk.api(desk.world.secretary).get(f"/orders/{number}").data["voice"]["url"] is not None


def test_nothing_is_dispatched_before_somebody_has_listened(desk: Desk) -> None:
    number = number_of(desk, spoken(desk))
    desk.must(desk.world.secretary, number, "accept")
    refused = desk.act(desk.world.secretary, number, "dispatch", target={"kind": "pool"})
    assert (refused.status, refused.code) == (409, "voice_unwritten")
    assert "听一遍" in refused.message


def test_what_was_heard_becomes_the_text_is_checked_and_told(desk: Desk) -> None:
    number = number_of(desk, spoken(desk))
    desk.must(desk.world.secretary, number, "accept")
    shown = desk.must(desk.world.secretary, number, "write-down", text=HEARD)
    assert (shown["description"], shown["voice"]["written"]) == (f"【语音记录】{HEARD}", True)
    assert shown["moderation"] == "pending"
    checks = [event.facts.get("text") for event in OutboxEvent.select().where(OutboxEvent.topic == "content.check")]
    assert HEARD in checks
    event = OutboxEvent.get(OutboxEvent.topic == "order.written_down")
    assert event.people["requester"] == [desk.world.resident.account.id]
    own = desk.api(desk.world.resident).get(f"/orders/{number}").data
    assert own["log"][-1]["note"] == HEARD
    assert desk.act(desk.world.secretary, number, "dispatch", target={"kind": "pool"}).code == "moderation_pending"
    record_verdict(desk.row(number).id, "pass", now=desk.clock())
    assert desk.must(desk.world.secretary, number, "dispatch", target={"kind": "pool"})["state"] == "dispatched"
    assert desk.act(desk.world.secretary, number, "write-down", text=HEARD).code == "nothing_to_write_down"


def test_a_few_words_beside_the_voice_stay_and_do_not_hinder(desk: Desk) -> None:
    number = number_of(desk, spoken(desk, description="灯坏了"))
    desk.must(desk.world.secretary, number, "accept")
    desk.must(desk.world.secretary, number, "dispatch", target={"kind": "pool"})
    desk.must(desk.world.volunteer, number, "claim")
    shown = desk.must(desk.world.volunteer, number, "write-down", text=HEARD)
    assert shown["description"] == f"灯坏了\n【语音记录】{HEARD}"


@pytest.mark.parametrize("description", [None, "", "  "])
def test_neither_words_nor_voice_is_no_request(desk: Desk, description: str | None) -> None:
    body = {**LAMP, "description": description} if description is not None else dict(LAMP)
    if description is None:
        body.pop("description")
    answer = desk.api(desk.world.resident).post("/orders", body)
    assert answer.status == 422
    assert [(one["field"], one["message"]) for one in answer.body["errors"]] == [
        ("description", "请写下要办的事，或者录一段语音")
    ]
    assert ServiceOrder.select().count() == 0


def test_a_voice_is_three_minutes_at_most_ones_own_and_a_sound(desk: Desk) -> None:
    assert spoken(desk, seconds=181).body["errors"][0]["code"] == "voice_too_long"
    theirs = keep_media(desk.world.neighbour, desk.clock(), seconds=20)
    picture = keep_media(desk.world.resident, desk.clock(), seconds=None)
    for voice in (theirs, picture, "nothing"):
        answer = spoken(desk, voice=voice)
        assert (answer.status, answer.body["errors"][0]["code"]) == (422, "unknown_media")
    assert ServiceOrder.select().count() == 0


def test_who_is_only_offered_it_hears_nothing(desk: Desk) -> None:
    number = number_of(desk, spoken(desk, description="灯坏了"))
    desk.must(desk.world.secretary, number, "accept")
    desk.must(desk.world.secretary, number, "dispatch", target={"kind": "pool"})
    assert desk.api(desk.world.member).get(f"/orders/{number}").data["voice"] is None
