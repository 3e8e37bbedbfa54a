"""A message about an activity that was held back is told only if it still says what is so."""

from datetime import timedelta
from typing import Any

import pytest

from backend.messaging.models import OutboxEvent
from backend.rooms import STILL_TRUE
from tests.branch_life.makers import START, Calls, planned
from tests.cast import World
from tests.conftest import FakeClock


def still(topic: str, clock: FakeClock) -> bool:
    """Whether what was written of this topic is still so."""
    return STILL_TRUE[topic](OutboxEvent.get(OutboxEvent.topic == topic).facts, now=clock())


def test_a_plan_is_true_until_it_begins(api: Calls, world: World, clock: FakeClock) -> None:
    planned(api, world)
    clock.set(START - timedelta(seconds=1))
    assert still("activity.planned", clock)
    clock.set(START)
    assert not still("activity.planned", clock)


def test_a_plan_that_was_cancelled_is_true_no_more_and_its_cancelling_until_it_would_have_begun(
    api: Calls, world: World, clock: FakeClock
) -> None:
    activity = planned(api, world)
    assert api(world.secretary).post(f"/activities/{activity}/cancel", {"reason": "场地停电"}).status == 200
    assert not still("activity.planned", clock)
    assert still("activity.cancelled", clock)
    clock.set(START)
    assert not still("activity.cancelled", clock)


@pytest.mark.parametrize("facts", [{"activity": "nowhere", "starts_at": "2026-11-27T09:30:00+08:00"}])
def test_what_is_not_there_is_not_true(world: World, clock: FakeClock, facts: dict[str, Any]) -> None:
    assert not STILL_TRUE["activity.planned"](facts, now=clock())
