"""The fixed Party day: which day it falls on, and that it is planned once."""

import threading
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask

from backend.branch_life.activities.models import Activity
from backend.branch_life.schedules.dates import MonthlyDay
from backend.branch_life.schedules.due import plan_scheduled_activities
from backend.branch_life.schedules.models import ActivitySchedule, ScheduleSlot, Shift
from backend.core.database import connected
from backend.messaging.models import OutboxEvent
from tests.branch_life.makers import Calls
from tests.cast import World
from tests.conftest import SHANGHAI

FIFTH = {
    "organization": "DH-01-01",
    "title": "固定主题党日",
    "place": "党员活动室",
    "day": 5,
    "starts": "19:00",
    "minutes": 90,
}


def fixed(api: Calls, world: World, **changed: Any) -> Any:
    answer = api(world.secretary).post("/activity-schedules", {**FIFTH, **changed})
    assert answer.status == 201, answer.body
    return answer.data


def at(day: int, month: int = 12, year: int = 2026) -> datetime:
    return datetime(year, month, day, 8, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("rule", "month", "day"),
    [
        (MonthlyDay(5, None, None, Shift.NONE), 11, 5),
        (MonthlyDay(31, None, None, Shift.NONE), 2, 28),
        (MonthlyDay(None, 1, 5, Shift.NONE), 5, 1),
        (MonthlyDay(None, 2, 5, Shift.NONE), 5, 8),
        (MonthlyDay(None, 5, 7, Shift.NONE), 5, 31),
        (MonthlyDay(None, 5, 1, Shift.NONE), 2, 23),
    ],
)
def test_the_day_by_the_rule_alone(rule: MonthlyDay, month: int, day: int) -> None:
    assert rule.nominal(2026, month) == date(2026, month, day)


def weekdays_only(day: date) -> bool:
    return day.isoweekday() < 6


@pytest.mark.parametrize(
    ("day", "shift", "held"),
    [
        (9, Shift.LATER, 9),  # a Thursday in July 2026
        (11, Shift.NONE, 11),
        (11, Shift.LATER, 13),
        (11, Shift.EARLIER, 10),
    ],
)
def test_a_day_off_moves_it(day: int, shift: Shift, held: int) -> None:
    assert MonthlyDay(day, None, None, shift).in_month(2026, 7, weekdays_only) == date(2026, 7, held)


def test_it_never_leaves_its_month() -> None:
    # 31 May 2026 is a Sunday; 1 March 2026 as well
    assert MonthlyDay(31, None, None, Shift.LATER).in_month(2026, 5, weekdays_only) == date(2026, 5, 29)
    assert MonthlyDay(1, None, None, Shift.EARLIER).in_month(2026, 3, weekdays_only) == date(2026, 3, 2)


def test_a_month_without_a_working_day_keeps_the_nominal_one() -> None:
    assert MonthlyDay(5, None, None, Shift.LATER).in_month(2026, 7, lambda _: False) == date(2026, 7, 5)


def test_a_day_that_the_county_declares_later_moves_a_fixed_day_too(api: Calls, world: World) -> None:
    fixed(api, world, shift="later")
    body = {"on": "2026-12-05", "working": True, "reason": "全县集中办公日"}
    assert api(world.county_officer).post("/organizations/DH/calendar", body).status == 201
    shown = api(world.secretary).get("/activity-schedules", organization="DH-01-01").data["items"][0]["coming"][0]
    assert (shown["on"], shown["moved_from"]) == ("2026-12-05", None)  # a Saturday: it would be the Monday after
    assert plan_scheduled_activities(timezone=SHANGHAI, now=at(1)) == 1
    assert Activity.get().starts_at.astimezone(SHANGHAI).date() == date(2026, 12, 5)


def test_the_next_five_days_are_previewed(api: Calls, world: World) -> None:
    shown = fixed(api, world)
    assert (shown["kind_label"], shown["starts"]) == ("主题党日", "19:00")
    months = [day["month"] for day in shown["coming"]]
    assert months == ["2026-12", "2027-01", "2027-02", "2027-03", "2027-04"]
    assert (shown["coming"][0]["on"], shown["coming"][0]["moved_from"]) == ("2026-12-07", "2026-12-05")
    assert shown["coming"][0]["starts_at"] == "2026-12-07T19:00:00+08:00"


def test_it_is_planned_two_weeks_ahead_and_once(api: Calls, world: World) -> None:
    fixed(api, world)
    assert plan_scheduled_activities(timezone=SHANGHAI, now=at(22, 11)) == 0
    assert plan_scheduled_activities(timezone=SHANGHAI, now=at(23, 11)) == 1
    assert plan_scheduled_activities(timezone=SHANGHAI, now=at(23, 11)) == 0
    activity = Activity.get()
    assert (activity.title, activity.held_on) == ("固定主题党日", date(2026, 12, 7))
    assert activity.planned_by == world.secretary.account
    assert OutboxEvent.select().where(OutboxEvent.topic == "activity.planned").count() == 1
    shown = api(world.member).get("/activity-schedules", organization="DH-01-01").data["items"]
    assert shown[0]["coming"][0]["activity"] == activity.public_id


def test_asked_late_it_leaves_out_what_has_passed(api: Calls, world: World) -> None:
    fixed(api, world)
    planned = [plan_scheduled_activities(timezone=SHANGHAI, now=at(1, 3, 2027)) for _ in range(5)]
    assert planned == [0, 0, 0, 1, 0]
    assert Activity.get().held_on == date(2027, 3, 5)


def test_two_machines_plan_it_once(app: Flask, api: Calls, world: World) -> None:
    fixed(api, world)
    gate, planned = threading.Barrier(3), []

    def ask() -> None:
        with connected():
            gate.wait()
            planned.append(plan_scheduled_activities(timezone=SHANGHAI, now=at(23, 11)))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(planned) == [0, 0, 1]
    assert Activity.select().count() == ScheduleSlot.select().count() == 1


def test_a_month_can_be_skipped_once(api: Calls, world: World) -> None:
    schedule = fixed(api, world)["id"]
    skip = {"month": "2026-12", "reason": "与联合党日合并"}
    answer = api(world.secretary).post(f"/activity-schedules/{schedule}/skip", skip)
    assert answer.data["coming"][0]["skipped"] == "与联合党日合并"
    again = api(world.secretary).post(f"/activity-schedules/{schedule}/skip", skip)
    assert (again.status, again.code) == (409, "month_settled")
    assert plan_scheduled_activities(timezone=SHANGHAI, now=at(1)) == 0
    assert plan_scheduled_activities(timezone=SHANGHAI, now=at(28)) == 1
    assert Activity.get().held_on == date(2027, 1, 5)


def test_what_is_planned_is_cancelled_not_skipped(api: Calls, world: World) -> None:
    schedule = fixed(api, world)["id"]
    plan_scheduled_activities(timezone=SHANGHAI, now=at(1))
    body = {"month": "2026-12", "reason": "改期"}
    assert api(world.secretary).post(f"/activity-schedules/{schedule}/skip", body).code == "month_settled"


def test_ended_it_is_planned_no_more(api: Calls, world: World) -> None:
    schedule = fixed(api, world)["id"]
    answer = api(world.secretary).post(f"/activity-schedules/{schedule}/end")
    assert (answer.data["ended"], answer.data["coming"]) == (True, [])
    assert api(world.secretary).post(f"/activity-schedules/{schedule}/end").code == "schedule_ended"
    assert plan_scheduled_activities(timezone=SHANGHAI, now=at(1)) == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"day": None},
        {"day": 0},
        {"nth": 1, "weekday": 5},
        {"nth": 1},
        {"day": None, "nth": 1},
        {"day": None, "nth": 6, "weekday": 1},
        {"starts": "24:00"},
        {"starts": "９:00"},
        {"minutes": 5},
        {"shift": "sideways"},
    ],
)
def test_a_rule_that_says_no_day_is_refused(api: Calls, world: World, changed: dict[str, Any]) -> None:
    assert api(world.secretary).post("/activity-schedules", {**FIFTH, **changed}).status == 422


def test_a_weekday_of_the_month(api: Calls, world: World) -> None:
    shown = fixed(api, world, day=None, nth=1, weekday=5)
    assert shown["coming"][0]["on"] == "2026-12-04"


@pytest.mark.parametrize(
    ("part", "reads", "runs"),
    [
        ("secretary", 200, 200),
        ("member", 200, 403),
        ("county_officer", 200, 403),
        ("host_secretary", 404, 404),
        ("stranger", 404, 404),
    ],
)
def test_each_role_does_what_it_may(api: Calls, world: World, part: str, reads: int, runs: int) -> None:
    schedule, person = fixed(api, world)["id"], getattr(world, part)
    assert api(person).get(f"/activity-schedules/{schedule}").status == reads
    assert api(person).get("/activity-schedules", organization="DH-01-01").status == reads
    skip = {"month": "2026-12", "reason": "合并"}
    assert api(person).post(f"/activity-schedules/{schedule}/skip", skip).status == runs
    assert api(person).post(f"/activity-schedules/{schedule}/end").status == runs
    expected = {200: 201}.get(runs, runs)
    assert api(person).post("/activity-schedules", FIFTH).status == expected
    assert ActivitySchedule.select().count() == (2 if runs == 200 else 1)
