"""Rates that all processes share: whoever takes turns, no instant is given away twice."""

import itertools
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest

from backend.core.crypto import digest
from backend.core.database import connected
from backend.messaging import rates
from backend.messaging.models import MessageLimit, RateBucket
from backend.messaging.rates import AHEAD, Turns, bucket_of_robot, interval_for, take_turns
from tests.cast import World
from tests.conftest import FakeClock

APP = "app:notify:wx1"
A_TENTH = timedelta(milliseconds=100)
SECOND = timedelta(seconds=1)
Statements = Callable[[], AbstractContextManager[list[str]]]


def instants(turns: Turns) -> list[datetime]:
    """When the messages of these turns may leave."""
    return [turns.first + number * turns.interval for number in range(turns.count)]


def test_the_figures_are_rows_that_are_written_once_and_may_be_changed(world: World) -> None:
    assert rates.interval_of("rate_robot") == interval_for(20)
    assert (rates.seed_rates(), rates.seed_rates()) == (5, 0)
    MessageLimit.update(value="600").where(MessageLimit.code == "rate_notify").execute()
    assert rates.interval_of("rate_notify") == interval_for(600)
    assert all(row.source for row in MessageLimit.select())


def test_a_limit_per_minute_is_never_reached_quite() -> None:
    assert timedelta(minutes=1) / interval_for(60_000) < 60_000
    assert timedelta(minutes=1) / interval_for(20) < 20


def test_turns_are_taken_in_blocks_and_never_further_ahead_than_a_moment(world: World, clock: FakeClock) -> None:
    first = take_turns(APP, A_TENTH, 500, now=clock())
    assert (first.first, first.count) == (clock(), 10)
    second = take_turns(APP, A_TENTH, 3, now=clock())
    assert (second.first, second.count) == (clock() + SECOND, 3)
    none = take_turns(APP, A_TENTH, 500, now=clock())
    assert (none.first, none.count) == (clock() + 3 * A_TENTH, 0)  # when to ask again
    clock.at = none.first
    assert take_turns(APP, A_TENTH, 500, now=clock()).first == clock() + AHEAD


def test_what_was_not_used_is_lost_and_not_made_up_for(world: World, clock: FakeClock) -> None:
    take_turns(APP, A_TENTH, 5, now=clock())
    clock.advance(minutes=5)
    assert take_turns(APP, A_TENTH, 500, now=clock()) == Turns(clock(), 10, A_TENTH)


def test_a_slow_limit_gives_one_turn_at_a_time(world: World, clock: FakeClock) -> None:
    assert take_turns(APP, 3 * SECOND, 500, now=clock()).count == 1
    assert take_turns(APP, 3 * SECOND, 500, now=clock()) == Turns(clock() + 2 * SECOND, 0, 3 * SECOND)


@pytest.mark.parametrize("interval", [timedelta(milliseconds=1), A_TENTH, timedelta(milliseconds=1_500)])
def test_many_takers_never_hold_the_same_instant(world: World, clock: FakeClock, interval: timedelta) -> None:
    gate, taken = threading.Barrier(4), list[datetime]()

    def run() -> None:
        with connected():
            gate.wait()
            for number in range(10):
                taken.extend(instants(take_turns(APP, interval, 7, now=clock() + number * A_TENTH)))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = sorted(taken)
    pauses = {later - sooner for sooner, later in itertools.pairwise(found)}
    assert len(found) >= 2
    assert min(pauses) >= interval


def test_a_stop_holds_for_everybody_and_is_not_shortened(world: World, clock: FakeClock) -> None:
    take_turns(APP, A_TENTH, 1, now=clock())
    until = clock() + timedelta(seconds=60)
    rates.block(APP, until)
    rates.block(APP, until - 30 * SECOND)
    assert take_turns(APP, A_TENTH, 5, now=clock()) == Turns(until - AHEAD, 0, A_TENTH)
    clock.at = until
    assert take_turns(APP, A_TENTH, 5, now=clock()).count == 5


def test_a_clock_turned_back_stops_nobody_for_long(world: World, clock: FakeClock) -> None:
    monday = clock()
    take_turns(APP, A_TENTH, 5, now=monday + timedelta(days=6))
    assert take_turns(APP, A_TENTH, 5, now=monday) == Turns(monday, 5, A_TENTH)


def test_a_block_of_turns_costs_two_statements_however_large(
    world: World, clock: FakeClock, statements: Statements
) -> None:
    take_turns(APP, timedelta(milliseconds=1), 1, now=clock())
    for wanted in (1, 500):
        with statements() as sql:
            assert take_turns(APP, timedelta(milliseconds=1), wanted, now=clock()).count == wanted
        assert len(sql) == 2


def test_a_robot_in_two_groups_of_ours_has_one_bucket_that_does_not_tell_its_key() -> None:
    assert bucket_of_robot("7d1f0a3e") == bucket_of_robot("7d1f0a3e") != bucket_of_robot("7d1f0a3f")
    assert "7d1f0a3e" not in bucket_of_robot("7d1f0a3e")
    assert bucket_of_robot("7d1f0a3e").removeprefix("robot:") in digest("7d1f0a3e")
    assert len(bucket_of_robot("7d1f0a3e")) <= RateBucket.name.max_length
