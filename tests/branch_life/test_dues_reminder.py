"""The monthly word about dues: to the secretaries, once, with a number and no name, and not before the 25th."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from backend.branch_life.dues.due import remind_of_dues
from backend.messaging.models import InboxMessage, OutboxEvent
from backend.messaging.reminders.catalogue import seed_reminder_rules
from backend.messaging.reminders.due import remind
from backend.messaging.reminders.models import ReminderRun
from backend.people.models import Membership, Organization
from backend.rooms import REMINDERS
from tests.branch_life.makers import host
from tests.branch_life.test_dues import record
from tests.cast import World
from tests.conftest import SHANGHAI, Api, FakeClock
from tests.messaging.makers import readers, spread_all
from tests.people.test_exemptions import exempt

Calls = Callable[[Any], Api]


def ask(clock: FakeClock, *day: int) -> int:
    """Ask in the first minute of a local day."""
    clock.set(datetime(*day, 0, 1, tzinfo=SHANGHAI))  # type: ignore[misc]
    return remind_of_dues(timezone=SHANGHAI, now=clock())


def test_the_secretaries_are_told_once_a_month_from_the_25th_on(world: World, clock: FakeClock) -> None:
    assert ask(clock, 2026, 11, 24) == 0
    assert ask(clock, 2026, 11, 25) == 2
    assert ask(clock, 2026, 11, 25) == ask(clock, 2026, 11, 30) == ask(clock, 2026, 12, 1) == 0
    assert ask(clock, 2026, 12, 31) == 2  # late is not never
    spread_all(clock())
    assert readers() == ["周敏", "周敏", "孙立新", "孙立新"]


def test_what_is_written_down_is_not_asked_for(api: Calls, world: World, clock: FakeClock) -> None:
    for person in (world.member, world.second_member, world.volunteer):
        assert record(api, world.secretary, person).status == 201
    void = record(api, world.secretary, world.secretary).data[0]["id"]
    assert api(world.secretary).post(f"/dues/{void}/void", {"reason": "登记错误"}).status == 200
    assert ask(clock, 2026, 11, 25) == 2
    spread_all(clock())
    (message,) = InboxMessage.select().where(InboxMessage.account == world.secretary.account)
    assert "还有 1 名党员 11 月的党费没有登记" in message.body
    assert "孙立新" not in message.body


def test_nothing_is_said_where_all_is_written_down(api: Calls, world: World, clock: FakeClock) -> None:
    assert record(api, world.host_secretary, world.host_secretary, "NS-01").status == 201
    assert ask(clock, 2026, 11, 25) == 1


@pytest.mark.parametrize("why", ["closed", "empty", "left"])
def test_who_has_no_members_is_not_asked(world: World, clock: FakeClock, why: str) -> None:
    if why == "closed":
        Organization.update(closed_on=date(2026, 11, 1)).where(Organization.id == world.branch.id).execute()
    elif why == "empty":
        Membership.delete().where(Membership.organization == world.branch).execute()
    else:
        Membership.update(until_on=date(2026, 11, 24)).where(Membership.organization == world.branch).execute()
    assert ask(clock, 2026, 11, 25) == 1


def told(clock: FakeClock, *day: int) -> list[str]:
    """Who is reminded of his own dues in the afternoon of a local day, as if it had not been asked before."""
    seed_reminder_rules()
    ReminderRun.delete().execute()
    clock.set(datetime(*day, 14, tzinfo=SHANGHAI))  # type: ignore[misc]
    before = InboxMessage.select().count()
    remind(questions={"dues_own": REMINDERS["dues_own"]}, timezone=SHANGHAI, now=clock())
    spread_all(clock())
    fresh = InboxMessage.select().order_by(InboxMessage.id).offset(before).limit(99)
    return sorted(message.account.display_name for message in fresh)


def test_members_are_reminded_once_a_month_until_it_is_written_down(api: Calls, world: World, clock: FakeClock) -> None:
    assert record(api, world.secretary, world.secretary).status == 201
    assert told(clock, 2026, 11, 24) == []
    assert told(clock, 2026, 11, 25) == ["冯磊", "赵志强", "钱晓梅"]
    assert told(clock, 2026, 11, 25) == told(clock, 2026, 11, 26) == told(clock, 2026, 11, 30) == []
    for person in (world.member, world.volunteer):
        assert record(api, world.secretary, person, months=["2026-12"]).status == 201
    assert told(clock, 2026, 12, 26) == ["冯磊", "孙立新"]


def test_a_month_paid_as_a_guest_counts_and_the_exempt_are_left_in_peace(
    api: Calls, world: World, clock: FakeClock
) -> None:
    record(api, world.secretary, world.secretary)
    host(world.volunteer, world.host_branch)
    assert record(api, world.host_secretary, world.volunteer, "NS-01").status == 201
    exempt(api, world)
    # the host's own secretary is one of those whose branch writes dues down now
    assert told(clock, 2026, 11, 25) == ["冯磊", "周敏"]


def test_a_branch_that_writes_no_dues_down_reminds_nobody(api: Calls, world: World, clock: FakeClock) -> None:
    assert told(clock, 2026, 11, 25) == []
    record(api, world.secretary, world.secretary, months=["2026-07"], paid_on="2026-07-20")
    assert told(clock, 2026, 11, 25) == []
    record(api, world.secretary, world.secretary, months=["2026-08"], paid_on="2026-08-20")
    assert len(told(clock, 2026, 11, 25)) == 4


def test_a_branch_switches_the_reminder_off(api: Calls, world: World, clock: FakeClock) -> None:
    record(api, world.secretary, world.secretary)
    seed_reminder_rules()
    rule = "/organizations/DH-01-01/reminder-rules/dues_own"
    assert api(world.secretary).put(rule, {"enabled": False}).status == 200
    assert told(clock, 2026, 11, 25) == []
    shown = api(world.secretary).put(rule, {"enabled": True}).data
    assert shown["next_runs"] == []
    assert told(clock, 2026, 11, 25) == ["冯磊", "赵志强", "钱晓梅"]
    (event,) = OutboxEvent.select().where(OutboxEvent.topic == "reminder.dues")
    assert set(event.facts) == {"organization", "month", "due_on", "days", "late"}


def test_the_secretary_sees_whose_month_is_open(api: Calls, world: World, clock: FakeClock) -> None:
    record(api, world.secretary, world.secretary)
    exempt(api, world)
    path = "/organizations/DH-01-01/dues/open"
    found = api(world.secretary).get(path).data["items"]
    assert sorted((one["member_name"], one["exempt"]) for one in found) == [
        ("冯磊", False),
        ("赵志强", False),
        ("钱晓梅", True),
    ]
    first = api(world.secretary).get(path, limit=2).data
    rest = api(world.secretary).get(path, limit=2, cursor=first["next_cursor"]).data
    assert [*first["items"], *rest["items"]] == found
    assert len(api(world.secretary).get(path, month="2026-10").data["items"]) == 4
    assert api(world.member).get(path).status == 403
    assert api(world.host_secretary).get(path).status == 404
