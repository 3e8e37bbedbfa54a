"""Trying out a date: what would be sent is shown, and nothing at all is changed."""

from datetime import datetime
from pathlib import Path

import pytest

from backend.core.database import database
from backend.core.settings import Settings
from backend.messaging.models import Channel, Delivery, OutboxEvent
from backend.messaging.rules import Purpose
from backend.rooms import TABLES
from bot import simulation
from bot.simulation import rehearse
from tests.cast import World
from tests.conftest import SHANGHAI, FakeClock
from tests.emulated import Platform
from tests.messaging.makers import grant, group, happen, spread_all, template

SUNDAY = datetime(2026, 11, 29, 8, 0, tzinfo=SHANGHAI)
PREPARED = {"有人接单了", "党课星期天"}  # what else the branch is reminded of that day is tested where it is reminded


def contents() -> dict[str, list[str]]:
    """Every row of every table."""
    return {table.__name__: sorted(map(repr, table.select().tuples())) for table in TABLES}


def rehearsed(settings: Settings, at: datetime) -> list[simulation.Outgoing]:
    """What would be sent of what these tests prepare."""
    return [one for one in rehearse(settings, at) if one.title in PREPARED]


@pytest.fixture
def prepared(known: World, clock: FakeClock) -> World:
    """Something for the inbox, for a phone, for a robot's group, for a WeChat group, and something to be checked."""
    grant(known.resident.account, template(Purpose.ORDER_PROGRESS), 1, clock())
    group(known.branch, clock())
    group(known.host_branch, clock(), channel=Channel.MANUAL_FORWARD, key=None)
    people = {"requester": [known.resident.account.id, known.neighbour.account.id]}
    happen("order.claimed", clock(), at=known.branch, people=people)
    happen("lesson.published", clock(), at=known.county, lecturer="党校教师")
    happen("content.check", clock(), at=known.branch, account_id=known.resident.account.id, text="x", subject="y")
    return known


def test_what_would_be_sent_is_listed_by_channel(prepared: World, settings: Settings) -> None:
    found = {(one.channel, one.title): one for one in rehearsed(settings, SUNDAY)}
    assert set(found) == {
        ("inbox", "有人接单了"),
        ("inbox", "党课星期天"),
        ("subscribe_message", "有人接单了"),
        ("wecom_robot", "党课星期天"),
        ("manual_forward", "党课星期天"),
    }
    assert found["inbox", "有人接单了"].count == 2
    assert found["subscribe_message", "有人接单了"].count == 1
    assert found["wecom_robot", "党课星期天"].groups == ("大河社区第一党支部群",)
    assert found["manual_forward", "党课星期天"].groups == ("南山驻深流动党员党支部群",)
    assert found["inbox", "党课星期天"].body.startswith("本周党课《")


def test_nothing_is_changed_and_nothing_is_sent(prepared: World, settings: Settings, platform: Platform) -> None:
    spread_all(SUNDAY)
    before, files = contents(), sorted(Path(settings.media_root).rglob("*"))
    first, second = rehearse(settings, SUNDAY), rehearse(settings, SUNDAY)
    assert first == second != []
    assert contents() == before
    assert sorted(Path(settings.media_root).rglob("*")) == files
    assert platform.sent() == []
    assert not database.in_transaction()


def test_what_is_owed_already_is_shown_too_if_it_is_due(prepared: World, settings: Settings, clock: FakeClock) -> None:
    spread_all(clock())
    later = datetime(2026, 12, 1, tzinfo=SHANGHAI)
    Delivery.update(available_at=later).where(Delivery.channel == Channel.WECOM_ROBOT).execute()
    assert {one.channel for one in rehearsed(settings, SUNDAY)} == {"subscribe_message", "manual_forward"}
    assert "wecom_robot" in {one.channel for one in rehearsed(settings, later)}


def test_an_event_that_cannot_be_told_does_not_hide_the_others(
    prepared: World, settings: Settings, clock: FakeClock
) -> None:
    OutboxEvent.update(facts={}).where(OutboxEvent.topic == "order.claimed").execute()
    assert {one.title for one in rehearsed(settings, SUNDAY)} == {"党课星期天"}
    assert OutboxEvent.select().where(OutboxEvent.attempts > 0).count() == 0


def test_what_an_older_version_owed_is_passed_over(prepared: World, settings: Settings, clock: FakeClock) -> None:
    spread_all(clock())
    Delivery.update(rule="weather.changed/groups").where(Delivery.channel == Channel.WECOM_ROBOT).execute()
    assert {one.channel for one in rehearsed(settings, SUNDAY)} == {"subscribe_message", "manual_forward"}


def test_people_are_counted_and_never_named(
    prepared: World, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    simulation.tell(rehearsed(settings, SUNDAY), SUNDAY.astimezone(SHANGHAI))
    shown = capsys.readouterr().out
    assert shown.startswith("2026-11-29 08:00 会发出 5 种消息（模拟，未发送）")
    assert "[站内信 → 2 人] 有人接单了" in shown
    assert "[企业微信群 → 大河社区第一党支部群] 党课星期天" in shown
    assert "[待人工转发的微信群 → 南山驻深流动党员党支部群] 党课星期天" in shown
    assert not [person.name for person in prepared.people.values() if person.name in shown]
