"""Many at once: exactly one wins, the others are told so, and nothing is written twice."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import Any

import peewee as pw
import pytest
from flask import Flask

from backend.core.crypto import digest, new_public_id
from backend.core.database import database
from backend.messaging.models import OutboxEvent
from backend.people.models import AccessToken, Account, Member, MemberStatus
from backend.service.models import OrderLog, ServiceOrder
from backend.service.orders import submission
from backend.tally.models import TallyDelta
from tests.cast import LATER, LONG_AGO
from tests.service.conftest import LAMP, Desk


def enlist(desk: Desk, how_many: int) -> list[str]:
    """So many new members of the branch; gives their tokens."""
    tokens = []
    for place in range(how_many):
        account = Account.create(public_id=new_public_id(), display_name=f"党员{place}", created_at=LONG_AGO)
        Member.create(
            public_id=new_public_id(),
            name=f"党员{place}",
            status=MemberStatus.FULL,
            account=account,
            organization=desk.world.branch,
            created_at=LONG_AGO,
        )
        tokens.append(f"token-{place}")
        AccessToken.create(
            digest=digest(tokens[-1]),
            account=account,
            channel="miniprogram",
            created_at=LONG_AGO,
            expires_at=LATER,
        )
    return tokens


def all_at_once(app: Flask, path: str, tokens: list[str], body: dict[str, Any]) -> list[tuple[int, str]]:
    """The same POST by everybody at the same moment; gives status and code of each answer."""
    barrier = threading.Barrier(len(tokens))

    def call(token: str) -> tuple[int, str]:
        client = app.test_client()
        barrier.wait()
        answer = client.post("/api/v1" + path, json=body, headers={"Authorization": f"Bearer {token}"})
        return answer.status_code, answer.get_json()["code"]

    with ThreadPoolExecutor(len(tokens)) as pool:
        answers = list(pool.map(call, tokens))
    database.connect(reuse_if_open=True)
    return answers


@pytest.mark.parametrize("claimants", [2, 16, 32])
def test_however_many_claim_at_once_one_wins(desk: Desk, app: Flask, claimants: int) -> None:
    number = desk.pooled()
    tokens = enlist(desk, claimants)

    answers = Counter(all_at_once(app, f"/orders/{number}/claim", tokens, {}))

    assert answers == {(200, "ok"): 1, (409, "order_conflict"): claimants - 1}
    assert OrderLog.select().where(OrderLog.action == "claim").count() == 1
    assert OutboxEvent.select().where(OutboxEvent.topic == "order.claimed").count() == 1
    assert desk.row(number).handler is not None


def test_two_different_steps_at_once_leave_one_of_them(desk: Desk, app: Flask) -> None:
    number = desk.submitted()
    barrier = threading.Barrier(2)

    def call(person: Any, action: str, body: dict[str, Any]) -> int:
        client = app.test_client()
        barrier.wait()
        headers = {"Authorization": f"Bearer {person.token}"}
        return client.post(f"/api/v1/orders/{number}/{action}", json=body, headers=headers).status_code

    with ThreadPoolExecutor(2) as pool:
        accepting = pool.submit(call, desk.world.secretary, "refuse", {"reason": "other", "note": "无"})
        cancelling = pool.submit(call, desk.world.resident, "cancel", {"note": "修好了"})
        statuses = sorted((accepting.result(), cancelling.result()))
    database.connect(reuse_if_open=True)

    assert statuses == [200, 409]
    assert OrderLog.select().where(OrderLog.from_state == "submitted").count() == 1


def test_the_same_submission_five_times_at_once_is_one_order(desk: Desk, app: Flask) -> None:
    def call(_: int) -> str:
        headers = {"Authorization": f"Bearer {desk.world.resident.token}", "Idempotency-Key": "bad-network"}
        answer = app.test_client().post("/api/v1/orders", json=LAMP, headers=headers)
        assert answer.status_code == 201, answer.get_json()
        return str(answer.get_json()["data"]["number"])

    with ThreadPoolExecutor(5) as pool:
        numbers = set(pool.map(call, range(5)))
    database.connect(reuse_if_open=True)

    assert len(numbers) == 1
    assert ServiceOrder.select().count() == 1


def test_a_number_that_is_taken_is_passed_over(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = desk.row(desk.submitted()).number
    free = f"{taken[:7]}{(int(taken[7:]) + 1) % 1_000_000:06}"
    monkeypatch.setattr(submission, "random_numbers", lambda _day: iter([taken, taken, free]))

    assert desk.submitted() == free
    assert OrderLog.select().where(OrderLog.order == desk.row(free)).count() == 1
    assert OutboxEvent.select().where(OutboxEvent.key == f"order-step:{free}:1").count() == 1
    assert TallyDelta.select().where(TallyDelta.measure == "order_submitted").count() == 2


def test_numbers_that_are_all_taken_are_an_error_and_leave_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = desk.row(desk.submitted()).number
    monkeypatch.setattr(submission, "random_numbers", lambda _day: repeat(taken))

    with pytest.raises(pw.IntegrityError):
        desk.submitted()
    assert ServiceOrder.select().count() == 1
