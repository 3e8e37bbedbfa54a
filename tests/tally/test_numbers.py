"""Numbers over HTTP: each says what it counts, over which days and by which rule."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest

from backend.core.database import in_unit_of_work
from backend.tally.counting import count
from backend.tally.due import fold
from backend.tally.measures import MEASURES
from tests.cast import World
from tests.conftest import Api, FakeClock

Client = Callable[[Any], Api]


@pytest.mark.parametrize("measure", MEASURES)
def test_a_number_says_where_it_comes_from(api: Client, world: World, clock: FakeClock, measure: str) -> None:
    for day in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 11, 23)):
        in_unit_of_work(partial(count, measure, world.branch.id, day=day, amount=2))
    fold(now=clock())
    assert api(world.county_officer).get("/organizations/DH/numbers", measure=measure).data == {
        "measure": measure,
        "label": MEASURES[measure].label,
        "rule": MEASURES[measure].rule,
        "organization": "DH",
        "value": 4,
        "from": "2026-01-01",
        "to": "2026-11-23",
        "as_of": "2026-11-23T09:00:00+08:00",
    }
    days = {"from": "2025-12-31", "to": "2025-12-31"}
    assert api(world.secretary).get("/organizations/DH-01-01/numbers", measure=measure, **days).data["value"] == 2


def test_an_unknown_measure_is_named(api: Client, world: World) -> None:
    answer = api(world.secretary).get("/organizations/DH-01-01/numbers", measure="steps")
    assert (answer.status, answer.body["errors"][0]["code"]) == (422, "unknown_measure")
