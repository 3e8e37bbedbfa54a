"""Quiet hours, cap and digest of an organisation: set over HTTP, only ever stricter below, held to when sending."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from backend.core.audit import AuditEntry
from backend.messaging.models import Channel, Delivery, MessageLimitSetting
from backend.messaging.rules import Purpose
from bot.relay import Relay
from tests.cast import World
from tests.conftest import SHANGHAI, Api, FakeClock
from tests.messaging.makers import grant, group, happen, spread_all, template

Calls = Callable[[Any], Api]
COUNTY, BRANCH, HOST = (f"/organizations/{code}/message-limits" for code in ("DH", "DH-01-01", "NS-01"))


class Postman:
    """Takes everything."""

    def send(self, parcel: Any, *, now: datetime) -> None:
        """Take one."""


def deliver(clock: FakeClock) -> list[tuple[str, str | None]]:
    """Let the bot send what is due; what became of all."""
    spread_all(clock())
    Relay(dict.fromkeys(Channel, Postman()), SHANGHAI, lambda: False, {}).deliver_due(now=clock())
    return [(row.state, row.fault) for row in Delivery.select().order_by(Delivery.id)]


def values(answer: Any) -> dict[str, str]:
    """The figures in force."""
    assert answer.status == 200, answer.body
    return {one["code"]: one["value"] for one in answer.data}


def test_what_the_county_sets_holds_below_and_a_branch_may_only_be_stricter(api: Calls, world: World) -> None:
    county, branch = api(world.county_officer), api(world.secretary)
    assert values(branch.get(BRANCH))["daily_cap"] == "5"
    assert values(county.put(COUNTY, {"daily_cap": 3, "quiet_from": "21:00"}))["daily_cap"] == "3"
    assert values(branch.put(BRANCH, {"daily_cap": 8, "quiet_from": "22:00", "quiet_until": "08:00"})) == {
        "quiet_from": "21:00",
        "quiet_until": "08:00",
        "daily_cap": "3",
        "digest_at": "18:00",
    }
    assert values(branch.put(BRANCH, {"daily_cap": 2}))["daily_cap"] == "2"
    assert values(api(world.host_secretary).get(HOST))["daily_cap"] == "3"
    (cap,) = [one for one in branch.get(BRANCH).data if one["code"] == "daily_cap"]
    assert (cap["own"], cap["set_above"]["code"]) == ("2", "DH")
    assert values(branch.put(BRANCH, {"daily_cap": None}))["daily_cap"] == "3"
    assert values(county.put(COUNTY, {"daily_cap": None, "quiet_from": None}))["quiet_from"] == "21:30"
    assert values(branch.get(BRANCH))["quiet_from"] == "22:00"


def test_the_nearest_decides_when_its_groups_get_their_digest(api: Calls, world: World) -> None:
    api(world.county_officer).put(COUNTY, {"digest_at": "17:00"})
    assert values(api(world.secretary).put(BRANCH, {"digest_at": "12:30"}))["digest_at"] == "12:30"
    assert values(api(world.secretary).get(COUNTY))["digest_at"] == "17:00"


@pytest.mark.parametrize(
    ("part", "path", "status"),
    [
        ("secretary", BRANCH, 200),
        ("secretary", HOST, 404),
        ("secretary", COUNTY, 404),
        ("county_officer", BRANCH, 200),
        ("member", BRANCH, 403),
        ("resident", BRANCH, 404),
    ],
)
def test_who_steers_what_is_sent_there_sets_them(api: Calls, world: World, part: str, path: str, status: int) -> None:
    assert api(world.people[part]).put(path, {"daily_cap": 4}).status == status
    assert MessageLimitSetting.select().count() == (1 if status == 200 else 0)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"daily_cap": 0},
        {"daily_cap": 21},
        {"quiet_from": "18:59"},
        {"quiet_from": "23:00"},
        {"quiet_until": "05:59"},
        {"quiet_until": "09:00"},
        {"digest_at": "19:00"},
        {"digest_at": "later"},
        {"cap": 3},
    ],
)
def test_a_figure_that_makes_no_sense_changes_nothing(api: Calls, world: World, body: dict[str, Any]) -> None:
    assert api(world.secretary).put(BRANCH, body).status == 422
    assert MessageLimitSetting.select().count() == AuditEntry.select().count() == 0


def test_each_change_stands_in_the_audit_in_words(api: Calls, world: World) -> None:
    api(world.secretary).put(BRANCH, {"daily_cap": 2, "quiet_from": None})
    (entry,) = AuditEntry.select()
    assert (entry.action, entry.subject) == ("message_limits.changed", "organization:DH-01-01")
    assert (entry.actor_id, entry.organization_id) == (world.secretary.account.id, world.branch.id)
    assert entry.purpose == "免打扰开始：恢复默认，每人每天服务通知上限：2"


def test_a_reader_is_protected_by_his_own_branch_wherever_it_comes_from(
    api: Calls, world: World, clock: FakeClock
) -> None:
    api(world.secretary).put(BRANCH, {"daily_cap": 1})
    card = template(Purpose.ORDER_PROGRESS)
    for person in (world.member, world.host_secretary):
        grant(person.account, card, 9, clock())
        for _ in range(2):
            happen("order.claimed", clock(), at=world.county, people={"requester": [person.account.id]})
    assert deliver(clock) == [("sent", None), ("skipped", "daily cap (1)"), ("sent", None), ("sent", None)]


def test_a_group_sleeps_by_the_hours_of_its_own_branch(api: Calls, world: World, clock: FakeClock) -> None:
    api(world.secretary).put(BRANCH, {"quiet_from": "19:30"})
    group(world.branch, clock())
    group(world.host_branch, clock())
    clock.set(datetime(2026, 11, 23, 19, 40, tzinfo=SHANGHAI))
    happen("lesson.published", clock(), at=world.county)
    assert deliver(clock) == [("pending", "quiet hours"), ("sent", None)]
    (row,) = Delivery.select().where(Delivery.state == "pending")
    assert row.available_at == datetime(2026, 11, 24, 7, 30, tzinfo=SHANGHAI)


def test_the_burden_screen_shows_the_figures_that_hold_there(api: Calls, world: World) -> None:
    api(world.county_officer).put(COUNTY, {"daily_cap": 3})
    shown = api(world.secretary).get("/organizations/DH-01-01/burden").data["limits"]
    assert {one["code"]: one["value"] for one in shown}["daily_cap"] == "3"
