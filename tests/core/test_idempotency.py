"""Idempotency-Key: one effect and equal answers, however often and however simultaneously it is sent."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Flask

from backend.branch_life.activities.models import Activity
from backend.core.idempotency import KEPT, IdempotencyKey, purge_keys
from tests.cast import Person, World
from tests.conftest import SHANGHAI, Answer, Api, FakeClock

Calls = Callable[[Person | None], Api]
START = datetime(2026, 11, 27, 9, 30, tzinfo=SHANGHAI)


def plan(title: str = "重走小平求学路") -> dict[str, Any]:
    """The body of something that is made once."""
    return {
        "organization": "DH-01-01",
        "kind": "party_day",
        "title": title,
        "starts_at": START.isoformat(),
        "ends_at": (START + timedelta(hours=2)).isoformat(),
        "place": {"text": "社区党群服务中心"},
    }


def test_the_same_key_and_body_give_the_first_answer_again(api: Calls, world: World) -> None:
    first = api(world.secretary).post("/activities", plan(), key="k1")
    again = api(world.secretary).post("/activities", plan(), key="k1")
    assert first.status == again.status == 201
    assert first.body == again.body
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert Activity.select().count() == 1


def test_without_a_key_or_with_another_it_happens_again(api: Calls, world: World) -> None:
    for key in (None, None, "k1", "k2"):
        assert api(world.secretary).post("/activities", plan(), key=key).status == 201
    assert Activity.select().count() == 4
    assert IdempotencyKey.select().count() == 2


def test_the_same_key_with_another_body_is_409(api: Calls, world: World) -> None:
    api(world.secretary).post("/activities", plan(), key="k1")
    other = api(world.secretary).post("/activities", plan("另一个"), key="k1")
    assert (other.status, other.code) == (409, "idempotency_mismatch")
    assert Activity.select().count() == 1


def test_the_same_key_at_another_address_is_409(api: Calls, world: World) -> None:
    activity = api(world.secretary).post("/activities", plan(), key="k1").data["id"]
    other = api(world.secretary).post(f"/activities/{activity}/cancel", plan(), key="k1")
    assert (other.status, other.code) in {(409, "idempotency_mismatch"), (422, "invalid")}
    cancel = api(world.secretary).post(f"/activities/{activity}/cancel", {"reason": "下雨"}, key="k1")
    assert (cancel.status, cancel.code) == (409, "idempotency_mismatch")


def test_keys_of_two_callers_are_strangers(api: Calls, world: World) -> None:
    mine = api(world.secretary).post("/activities", plan(), key="k1")
    body = {**plan(), "organization": "NS-01"}
    theirs = api(world.host_secretary).post("/activities", body, key="k1")
    assert mine.status == theirs.status == 201
    assert mine.data["id"] != theirs.data["id"]
    assert api(world.secretary).post("/activities", plan(), key="k1").data["id"] == mine.data["id"]


def test_a_key_has_at_most_80_characters(api: Calls, world: World) -> None:
    assert api(world.secretary).post("/activities", plan(), key="x" * 80).status == 201
    answer = api(world.secretary).post("/activities", plan(), key="x" * 81)
    assert (answer.status, answer.code) == (422, "bad_idempotency_key")


def test_a_refused_request_leaves_no_key(api: Calls, world: World) -> None:
    for body, status in ((plan() | {"extra": 1}, 422), (plan() | {"organization": "NS-01"}, 404)):
        assert api(world.secretary).post("/activities", body, key="k1").status == status
    assert IdempotencyKey.select().count() == 0
    assert api(world.secretary).post("/activities", plan(), key="k1").status == 201


def test_an_answer_that_was_never_stored_is_said_and_not_done_again(api: Calls, world: World, clock: FakeClock) -> None:
    api(world.secretary).post("/activities", plan(), key="k1")
    IdempotencyKey.update(status=None, body=None).execute()  # as a crash between commit and answer leaves it
    clock.advance(minutes=1)
    answer = api(world.secretary).post("/activities", plan(), key="k1")
    assert (answer.status, answer.code) == (409, "idempotency_unfinished")
    assert Activity.select().count() == 1


def test_five_at_once_are_one_effect_and_five_equal_answers(app: Flask, world: World) -> None:
    gate, answers = threading.Barrier(5), list[Answer]()

    def send() -> None:
        client = Api(app.test_client(), world.secretary.token)
        gate.wait()
        answers.append(client.post("/activities", plan(), key="k1"))

    threads = [threading.Thread(target=send) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [201] * 5
    assert len({str(answer.body) for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 4
    assert Activity.select().count() == IdempotencyKey.select().count() == 1


def test_keys_are_forgotten_after_two_days(api: Calls, world: World, clock: FakeClock) -> None:
    api(world.secretary).post("/activities", plan(), key="old")
    clock.advance(hours=24)
    api(world.secretary).post("/activities", plan(), key="young")
    clock.advance(seconds=(KEPT - timedelta(hours=24)).total_seconds() + 1)
    assert purge_keys(now=clock()) == 1
    assert purge_keys(now=clock()) == 0
    assert [row.key for row in IdempotencyKey.select()] == ["young"]
    assert api(world.secretary).post("/activities", plan(), key="old").status == 201
