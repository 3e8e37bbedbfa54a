"""What a person wants to be told by service notification, and the figures that hold for all."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.messaging.models import NotificationOptOut
from backend.messaging.rules import Purpose
from tests.cast import World
from tests.conftest import Api

Calls = Callable[[Any], Api]
PATH = "/me/message-preferences"


def off(answer: Any) -> list[str]:
    """Which kinds are turned off."""
    assert answer.status == 200, answer.body
    assert [one["purpose"] for one in answer.data] == list(Purpose)
    return [one["purpose"] for one in answer.data if not one["notify"]]


def test_everything_is_on_until_its_owner_turns_it_off_and_on_again(api: Calls, world: World) -> None:
    mine = api(world.resident)
    assert off(mine.get(PATH)) == []
    body = {"kinds": [{"purpose": "lesson_published", "notify": False}, {"purpose": "order_task", "notify": False}]}
    assert off(mine.put(PATH, body)) == off(mine.put(PATH, body)) == ["order_task", "lesson_published"]
    assert off(mine.put(PATH, {"kinds": [{"purpose": "order_task", "notify": True}]})) == ["lesson_published"]
    assert off(mine.get(PATH)) == ["lesson_published"]
    assert off(api(world.neighbour).get(PATH)) == []
    assert NotificationOptOut.select().count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kinds": []},
        {"kinds": [{"purpose": "inbox", "notify": False}]},
        {"kinds": [{"purpose": "order_task"}]},
        {"kinds": [{"purpose": "order_task", "notify": "sometimes"}]},
    ],
)
def test_a_body_that_says_nothing_clear_changes_nothing(api: Calls, world: World, body: dict[str, Any]) -> None:
    assert api(world.resident).put(PATH, body).status == 422
    assert NotificationOptOut.select().count() == 0


@pytest.mark.parametrize("path", [PATH, "/message-limits"])
def test_a_stranger_without_a_token_is_told_nothing(api: Calls, world: World, path: str) -> None:
    assert api(None).get(path).status == 401


def test_the_figures_are_shown_with_their_sources(api: Calls, world: World) -> None:
    shown = {one["code"]: one for one in api(world.resident).get("/message-limits").data}
    assert {code: one["value"] for code, one in shown.items()} == {
        "quiet_from": "21:30",
        "quiet_until": "07:30",
        "daily_cap": "5",
        "digest_at": "18:00",
    }
    assert "指尖上的形式主义" in shown["daily_cap"]["source"]
