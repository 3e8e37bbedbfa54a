"""Rates that all processes share, and old things that go."""

import threading
from datetime import datetime, timedelta

from backend.core.database import connected
from backend.core.idempotency import IdempotencyKey
from backend.messaging import due, rates
from backend.messaging.due import EVENTS_KEPT, purge_old
from backend.messaging.models import Delivery, Forward, InboxMessage, OutboxEvent
from tests.cast import World
from tests.conftest import FakeClock
from tests.messaging.makers import group, happen, spread_all

ROBOT = "robot:1"
INTERVAL = rates.interval_for(20)


def test_a_robot_speaks_less_than_20_times_a_minute(world: World, clock: FakeClock) -> None:
    start, sent = clock(), list[datetime]()
    while clock() < start + timedelta(minutes=3):
        wait = rates.reserve(ROBOT, INTERVAL, now=clock())
        if wait is None:
            sent.append(clock())
        clock.at = wait or clock()
    windows = [sum(at <= one < at + timedelta(seconds=60) for one in sent) for at in sent]
    assert 18 <= max(windows) < 20
    assert len(sent) >= 55


def test_buckets_are_apart(world: World, clock: FakeClock) -> None:
    assert rates.reserve(ROBOT, INTERVAL, now=clock()) is None
    assert rates.reserve("robot:2", INTERVAL, now=clock()) is None
    assert rates.reserve(ROBOT, INTERVAL, now=clock()) == clock() + INTERVAL


def test_a_block_lasts_as_long_as_the_platform_says(world: World, clock: FakeClock) -> None:
    rates.reserve(ROBOT, INTERVAL, now=clock())
    until = clock() + timedelta(seconds=60)
    rates.block(ROBOT, until)
    assert rates.reserve(ROBOT, INTERVAL, now=clock()) == until
    clock.at = until
    assert rates.reserve(ROBOT, INTERVAL, now=clock()) is None


def test_a_clock_turned_back_silences_nobody(world: World, clock: FakeClock) -> None:
    monday = clock()
    clock.advance(days=6)
    rates.reserve(ROBOT, INTERVAL, now=clock())
    assert rates.reserve(ROBOT, INTERVAL, now=monday) is None
    assert rates.reserve(ROBOT, INTERVAL, now=monday) == monday + INTERVAL


def test_of_many_at_once_one_gets_the_slot(world: World, clock: FakeClock) -> None:
    gate, given = threading.Barrier(6), list[datetime | None]()

    def run() -> None:
        with connected():
            gate.wait()
            given.append(rates.reserve(ROBOT, INTERVAL, now=clock()))

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given, key=str).count(None) == 1
    assert set(given) == {None, clock() + INTERVAL}


def test_spread_events_go_after_90_days_with_all_that_came_of_them(world: World, clock: FakeClock) -> None:
    group(world.branch, clock())
    happen("lesson.published", clock(), at=world.branch)
    spread_all(clock())
    clock.advance(days=1)
    happen("lesson.published", clock(), at=world.branch)
    spread_all(clock())
    waiting = happen("order.accepted", clock())
    OutboxEvent.update(available_at=clock() + timedelta(days=999)).where(OutboxEvent.id == waiting.id).execute()
    clock.at += EVENTS_KEPT - timedelta(days=1)
    assert purge_old(now=clock()) == 0
    clock.advance(seconds=1)
    assert purge_old(now=clock()) == 1
    assert purge_old(now=clock()) == 0
    assert OutboxEvent.select().count() == 2
    assert InboxMessage.select().count() == 4
    assert Delivery.select().count() == 1
    assert Forward.select().count() == 0


def test_a_backlog_goes_in_batches_until_nothing_is_left(world: World, clock: FakeClock) -> None:
    row = {
        "topic": "t",
        "people": {},
        "facts": {},
        "created_at": clock(),
        "available_at": clock(),
        "spread_at": clock(),
    }
    many = due.PURGE_BATCH + 5
    for start in range(0, many, 200):
        keys = range(start, min(start + 200, many))
        OutboxEvent.insert_many([{**row, "key": f"k{number}"} for number in keys]).execute()
    clock.advance(days=91)
    assert purge_old(now=clock()) == many
    assert OutboxEvent.select().count() == 0


def test_what_guards_against_repeats_goes_too(world: World, clock: FakeClock) -> None:
    IdempotencyKey.create(caller_id=1, key="k", fingerprint="f" * 64, created_at=clock())
    clock.advance(days=2)
    purge_old(now=clock())
    assert IdempotencyKey.select().count() == 1
    clock.advance(seconds=1)
    purge_old(now=clock())
    assert IdempotencyKey.select().count() == 0
