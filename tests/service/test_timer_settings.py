"""Allowances as an organisation sets them: from a day on, nearest first, with versions and a trace."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from backend.core.audit import AuditEntry
from backend.core.reference import ask
from backend.service.models import Stage, TimerRule
from backend.service.timers.rules import Claimant, rules_on
from backend.service.timers.settings import spoken
from backend.workdays.calendar import Pace
from tests.cast import World
from tests.conftest import Api

Calls = Callable[[Any], Api]
PATH = "/organizations/DH/timers"
BODY: dict[str, Any] = {
    "stage": "accept",
    "priority": "III",
    "amount": 2,
    "unit": "working_hours",
    "source": "县委试行办法",
    "starts_on": "2026-11-25",
}
pytestmark = pytest.mark.usefixtures("catalogue")


def minutes_on(world: World, day: date) -> int:
    """What the branch's orders are given to be accepted on a day."""
    claimant = Claimant("errand", world.branch.path, "III")
    (rules,) = ask(None, rules_on(day))
    return int(rules.allowances([Stage.ACCEPT], claimant)[Stage.ACCEPT].minutes)


def test_an_allowance_counts_from_its_day_on_and_below(world: World, api: Calls) -> None:
    answer = api(world.county_officer).post(PATH, BODY)
    assert (answer.status, answer.data["words"], answer.data["in_force"]) == (201, "2 个工作小时", False)
    assert [minutes_on(world, date(2026, 11, day)) for day in (24, 25)] == [240, 120]
    shown = api(world.resident).get("/organizations/DH-01-01/timers").data
    assert [one["source"] for one in shown if one["organization"]] == ["县委试行办法"]
    entry = AuditEntry.get(AuditEntry.action == "timer.changed")
    assert (entry.subject, entry.purpose) == (
        "organization:DH",
        "受理（III 级）：2 个工作小时，2026-11-25 起；依据：县委试行办法",
    )


def test_a_new_version_ends_the_old_one_and_one_of_the_same_day_takes_its_place(world: World, api: Calls) -> None:
    officer = api(world.county_officer)
    officer.post(PATH, {**BODY, "starts_on": "2026-11-23"})
    officer.post(PATH, {**BODY, "amount": 3})
    officer.post(PATH, {**BODY, "amount": 1})
    rows = list(TimerRule.select().where(TimerRule.organization == world.county).order_by(TimerRule.starts_on))
    assert [(row.minutes, row.ends_on) for row in rows] == [(120, date(2026, 11, 24)), (60, None)]
    assert [minutes_on(world, date(2026, 11, day)) for day in (23, 24, 25)] == [120, 120, 60]


def test_taking_it_back_lets_the_default_hold_again(world: World, api: Calls) -> None:
    officer = api(world.county_officer)
    made = officer.post(PATH, {**BODY, "starts_on": "2026-11-23"}).data["id"]
    assert officer.delete(f"{PATH}/{made}").status == 200
    assert minutes_on(world, date(2026, 11, 23)) == 240
    assert officer.delete(f"{PATH}/{made}").status == 404
    default = TimerRule.get(TimerRule.organization.is_null()).id
    for strange in (default, "x", 10**9):
        assert officer.delete(f"{PATH}/{strange}").status == 404


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"starts_on": "2026-11-22"}, "starts_on"),
        ({"amount": 0}, "amount"),
        ({"amount": 400, "unit": "days"}, "amount"),
        ({"service_type": "nothing"}, "service_type"),
        ({"stage": "never"}, "stage"),
        ({"source": ""}, "source"),
    ],
)
def test_what_is_none_changes_nothing(world: World, api: Calls, changed: dict[str, Any], field: str) -> None:
    answer = api(world.county_officer).post(PATH, {**BODY, **changed})
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)
    assert TimerRule.select().where(TimerRule.organization == world.county).count() == 0


def test_a_branch_sets_no_allowances_and_another_tree_has_none(world: World, api: Calls) -> None:
    assert api(world.secretary).post("/organizations/DH-01-01/timers", BODY).status == 403
    assert api(world.member).post(PATH, BODY).status in {403, 404}
    kind = {**BODY, "service_type": "errand", "starts_on": "2026-11-23"}
    assert api(world.county_officer).post("/organizations/NS-01/timers", kind).status == 201
    assert minutes_on(world, date(2026, 11, 23) + timedelta(days=1)) == 240


@pytest.mark.parametrize(
    ("minutes", "pace", "words"),
    [
        (30, Pace.NATURAL, "30 分钟"),
        (240, Pace.NATURAL, "4 小时"),
        (2880, Pace.NATURAL, "2 天"),
        (2880, Pace.WORKING_DAYS, "2 个工作日"),
        (90, Pace.WORKING_HOURS, "1.5 个工作小时"),
        (960, Pace.WORKING_HOURS, "2 个工作日（按上班时间）"),
    ],
)
def test_allowances_are_said_as_people_say_them(minutes: int, pace: Pace, words: str) -> None:
    assert spoken(minutes, pace) == words
