"""Two phones, or one phone twice, at the same moment."""

import threading
from collections.abc import Callable
from typing import Any

from flask import Flask

from backend.branch_life.activities.models import CheckIn
from backend.card.models import StudyRecord
from backend.tally.models import TallyDelta
from tests.branch_life.makers import START, Calls, planned, scan
from tests.cast import World
from tests.conftest import Answer, Api


def at_once(app: Flask, calls: list[Callable[[Api], Answer]], token: str) -> list[Answer]:
    """Run each call in a thread of its own, all let go at the same moment."""
    gate, answers = threading.Barrier(len(calls)), []

    def run(call: Callable[[Api], Answer]) -> None:
        client = Api(app.test_client(), token)
        gate.wait()
        answers.append(call(client))

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def check_in(api: Calls, world: World, activity: str, nonce: str) -> Callable[[Api], Answer]:
    """The call of one phone."""
    return lambda client: scan(lambda _: client, world.member, activity, START, nonce=nonce)


def test_the_same_nonce_at_once_is_one_row_and_equal_answers(app: Flask, api: Calls, world: World, clock: Any) -> None:
    activity = planned(api, world)
    clock.set(START)
    calls = [check_in(api, world, activity, "nonce-same") for _ in range(6)]
    answers = at_once(app, calls, world.member.token)
    assert [answer.status for answer in answers] == [201] * 6
    assert len({str(answer.body) for answer in answers}) == 1
    assert CheckIn.select().count() == StudyRecord.select().count() == TallyDelta.select().count() == 1


def test_two_nonces_at_once_are_one_success_and_one_refusal(app: Flask, api: Calls, world: World, clock: Any) -> None:
    activity = planned(api, world)
    clock.set(START)
    calls = [check_in(api, world, activity, f"nonce-{n}") for n in ("first", "other")]
    answers = at_once(app, calls, world.member.token)
    assert sorted((answer.status, answer.code) for answer in answers) == [
        (201, "ok"),
        (409, "already_checked_in"),
    ]
    assert CheckIn.select().count() == StudyRecord.select().count() == 1
