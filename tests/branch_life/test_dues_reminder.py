"""The monthly word about dues: to the secretaries, once, with a number and no name, and not before the 25th."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from backend.branch_life.dues.due import remind_of_dues
from backend.messaging.models import InboxMessage
from backend.people.models import Membership, Organization
from tests.branch_life.test_dues import record
from tests.cast import World
from tests.conftest import SHANGHAI, Api, FakeClock
from tests.messaging.makers import readers, spread_all

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
