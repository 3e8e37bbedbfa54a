"""A clock that jumps: whatever it does, nothing is lost, nothing waits for the time that was, no double is silent."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from backend.messaging.beats import beat
from backend.messaging.deliveries import LEASE
from backend.messaging.models import BotSilence, Delivery, OutboxEvent
from tests.bot.test_relay import Scripted, fail_on, relay_of
from tests.cast import World
from tests.conftest import FakeClock
from tests.messaging.makers import group, happen, spread_all

HOUR = timedelta(hours=1)


@pytest.fixture
def owe(world: World, clock: FakeClock) -> Callable[[int], list[int]]:
    """Posts owed to the group of a branch, in their order."""
    group(world.branch, clock())

    def owing(count: int) -> list[int]:
        for number in range(count):
            happen("activity.cancelled", clock(), at=world.branch, title=f"第 {number} 类")
        spread_all(clock())
        return [row.id for row in Delivery.select().order_by(Delivery.id)]

    return owing


def states() -> list[tuple[str, bool]]:
    """What became of all, and whether it may have come twice."""
    return [(row.state, bool(row.maybe_twice)) for row in Delivery.select().order_by(Delivery.id)]


def test_a_day_forward_sends_what_is_owed_once_and_is_noted_as_a_silence(
    owe: Callable[[int], list[int]], clock: FakeClock
) -> None:
    beat(now=clock())
    owed = owe(3)
    clock.advance(days=1)
    beat(now=clock())
    transport = Scripted()
    relay_of(transport).deliver_due(now=clock())
    relay_of(transport).deliver_due(now=clock())
    assert transport.sent == owed
    assert states() == [("sent", False)] * 3
    assert BotSilence.select().count() == 1


def test_a_day_forward_in_the_middle_of_a_sending_doubles_nothing_in_silence(
    owe: Callable[[int], list[int]], clock: FakeClock
) -> None:
    owed = owe(3)
    with pytest.raises(KeyboardInterrupt):
        relay_of(Scripted(fail_on(owed[1], KeyboardInterrupt()))).deliver_due(now=clock())
    clock.advance(days=1)
    relay_of(Scripted()).deliver_due(now=clock())
    assert states() == [("sent", False), ("sent", True), ("sent", True)]


def test_what_happened_before_the_clock_went_back_an_hour_does_not_wait_for_that_hour(
    owe: Callable[[int], list[int]], world: World, clock: FakeClock
) -> None:
    beat(now=clock())
    owed = owe(2)
    late = happen("activity.cancelled", clock(), at=world.branch, title="还没展开")
    clock.at -= HOUR
    transport = Scripted()
    assert relay_of(transport).deliver_due(now=clock()) == 0
    beat(now=clock())
    assert relay_of(transport).deliver_due(now=clock()) == 3
    assert transport.sent[:2] == owed
    assert OutboxEvent.get_by_id(late.id).spread_at == clock()
    clock.at += HOUR
    assert relay_of(transport).deliver_due(now=clock()) == 0
    assert states() == [("sent", False)] * 3


def test_what_a_dead_bot_held_comes_free_a_lease_after_the_clock_went_back(
    owe: Callable[[int], list[int]], clock: FakeClock
) -> None:
    beat(now=clock())
    owed = owe(2)
    with pytest.raises(KeyboardInterrupt):
        relay_of(Scripted(fail_on(owed[0], KeyboardInterrupt()))).deliver_due(now=clock())
    clock.at -= HOUR
    beat(now=clock())
    heir = Scripted()
    assert relay_of(heir).deliver_due(now=clock()) == 0
    clock.at += LEASE
    relay_of(heir).deliver_due(now=clock())
    assert heir.sent == owed
    assert states() == [("sent", True)] * 2


def test_clocks_of_two_machines_that_differ_a_little_change_nothing(
    owe: Callable[[int], list[int]], clock: FakeClock
) -> None:
    beat(now=clock())
    owe(1)
    due = Delivery.get().available_at
    beat(now=clock() - timedelta(seconds=30))
    assert Delivery.get().available_at == due
