"""The outbox: written with its cause or not at all."""

import threading

import peewee as pw
import pytest

from backend.core.database import connected, in_unit_of_work
from backend.messaging.models import OutboxEvent
from backend.messaging.outbox import already_enqueued, enqueue
from tests.cast import World
from tests.conftest import FakeClock


def test_enqueue_outside_of_a_unit_of_work_is_refused(world: World, clock: FakeClock) -> None:
    with pytest.raises(RuntimeError, match="unit of work"):
        enqueue("order.submitted", {}, key="k", organization_id=None, now=clock())
    assert OutboxEvent.select().count() == 0


def test_an_event_lives_and_dies_with_its_cause(world: World, clock: FakeClock) -> None:
    def work() -> None:
        enqueue("order.submitted", {}, key="k", organization_id=None, now=clock())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        in_unit_of_work(work)
    assert OutboxEvent.select().count() == 0
    assert not already_enqueued("k")


def test_an_event_keeps_its_facts_its_people_and_its_time(world: World, clock: FakeClock) -> None:
    facts = {"title": "楼道灯“不亮”\\n%s", "n": 1, "deep": {"list": [1, None]}}
    people = {"requester": [5, None], "handler": [None], "offered": [7, 8]}
    branch = world.branch.id
    in_unit_of_work(
        lambda: enqueue("order.submitted", facts, key="k", organization_id=branch, people=people, now=clock())
    )
    event = OutboxEvent.get()
    assert (event.topic, event.key, event.organization_id) == ("order.submitted", "k", branch)
    assert event.facts == facts
    assert event.people == {"requester": [5], "handler": [], "offered": [7, 8]}
    assert event.created_at == event.available_at == clock()
    assert (event.spread_at, event.stage, event.progress, event.attempts) == (None, 0, 0, 0)


def test_one_occurrence_is_one_event(world: World, clock: FakeClock) -> None:
    def work() -> None:
        enqueue("order.submitted", {}, key="order-log:17", organization_id=None, now=clock())

    in_unit_of_work(work)
    assert already_enqueued("order-log:17")
    with pytest.raises(pw.IntegrityError):
        in_unit_of_work(work)
    assert OutboxEvent.select().count() == 1


def test_two_processes_that_find_the_same_thing_due_enqueue_it_once(world: World, clock: FakeClock) -> None:
    gate, outcomes = threading.Barrier(4), list[str]()

    def run() -> None:
        def work() -> None:
            enqueue("lesson.published", {}, key="lesson:2026-W48", organization_id=None, now=clock())

        with connected():
            gate.wait()
            try:
                in_unit_of_work(work)
                outcomes.append("mine")
            except pw.IntegrityError:
                outcomes.append("theirs")

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["mine", "theirs", "theirs", "theirs"]
    assert OutboxEvent.select().count() == 1
