"""What the system costs its users: counted by branch and day, shown as averages, never by person."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from backend.messaging import forwards
from backend.messaging.burden import CAPPED, INBOX, NOTIFIED, PROMPTED
from backend.messaging.models import Channel, Forward
from backend.messaging.rules import Purpose
from backend.messaging.texts.shape import Text
from backend.tally.counting import totals
from backend.tally.due import fold
from bot.relay import Relay
from tests.branch_life.makers import START, planned, scan
from tests.cast import World
from tests.conftest import SHANGHAI, Api, FakeClock
from tests.messaging.makers import claimed, grant, group, happen, spread_all, template

Calls = Callable[[Any], Api]


class Postman:
    """Takes everything."""

    def send(self, parcel: Any, *, now: datetime) -> None:
        """Take one."""


def counts(world: World, clock: FakeClock, place: str) -> dict[str, int]:
    """What is counted today at an organisation and below."""
    day = clock().astimezone(SHANGHAI).date()
    return totals([INBOX, NOTIFIED, CAPPED, PROMPTED], world.organizations[place].path, first=day, last=day)


@pytest.fixture
def told(world: World, clock: FakeClock) -> World:
    """The member was told seven times, the resident once; two of the seven fell to the cap."""
    card = template(Purpose.ORDER_PROGRESS)
    grant(world.member.account, card, 20, clock())
    for _ in range(7):
        happen("order.claimed", clock(), at=world.host_branch, people={"requester": [world.member.account.id]})
    happen("order.claimed", clock(), at=world.host_branch, people={"requester": [world.resident.account.id]})
    spread_all(clock())
    Relay(dict.fromkeys(Channel, Postman()), SHANGHAI, lambda: False, {}).deliver_due(now=clock())
    return world


def test_a_member_is_counted_at_home_and_anybody_else_where_he_was_told(told: World, clock: FakeClock) -> None:
    assert counts(told, clock, "branch") == {INBOX: 7, NOTIFIED: 5, CAPPED: 2, PROMPTED: 0}
    assert counts(told, clock, "host_branch") == {INBOX: 1, NOTIFIED: 0, CAPPED: 0, PROMPTED: 0}


def test_the_screen_shows_averages_with_the_caps_use(api: Calls, told: World, clock: FakeClock) -> None:
    prompt = {"prompts": [{"template": "t", "result": "accept"}]}
    api(told.member).post("/me/subscriptions", prompt)
    fold(now=clock())
    shown = api(told.secretary).get("/organizations/DH-01-01/burden")
    assert shown.status == 200, shown.body
    data = shown.data
    assert (data["messages"], data["notifications"], data["capped"], data["prompts"]) == (7, 5, 2, 1)
    assert data["members"] == 4
    assert data["messages_per_member_week"] == round(7 / (4 * 4), 2)
    assert data["capped_share"] == round(2 / 7, 4)
    assert (data["from"], data["to"]) == ("2026-10-27", "2026-11-23")
    assert "钱" not in str(shown.body)
    county = api(told.county_officer).get("/organizations/DH/burden", **{"from": "2026-11-23", "to": "2026-11-23"})
    assert county.data["messages"] == 8


def test_days_without_messages_and_places_without_members_are_nought(api: Calls, told: World) -> None:
    past = {"from": "2025-01-01", "to": "2025-01-07"}
    data = api(told.secretary).get("/organizations/DH-01-01/burden", **past).data
    assert (data["messages"], data["messages_per_member_week"], data["capped_share"]) == (0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("part", "code", "status"),
    [
        ("secretary", "DH-01-01", 200),
        ("host_secretary", "DH-01-01", 404),
        ("member", "DH-01-01", 404),
        ("resident", "DH-01-01", 404),
        ("secretary", "NOWHERE", 404),
    ],
)
def test_the_numbers_are_for_those_who_see_numbers(api: Calls, world: World, part: str, code: str, status: int) -> None:
    assert api(world.people[part]).get(f"/organizations/{code}/burden").status in {
        status,
        403 if status == 404 else 200,
    }


def test_days_in_the_wrong_order_are_refused(api: Calls, world: World) -> None:
    answer = api(world.secretary).get("/organizations/DH-01-01/burden", **{"from": "2026-11-23", "to": "2026-11-01"})
    assert answer.status == 422


def test_a_prompt_counts_once_for_each_time_it_is_shown(api: Calls, world: World, clock: FakeClock) -> None:
    for _ in range(2):
        api(world.member).post("/me/subscriptions", {"prompts": [{"template": "t", "result": "reject"}]})
        clock.advance(minutes=1)
    assert counts(world, clock, "branch")[PROMPTED] == 2


def test_taps_are_what_people_did_by_hand(api: Calls, told: World, clock: FakeClock) -> None:
    mine = api(told.member)
    first, second, *_ = mine.get("/me/inbox").data["items"]
    for message in (first, first, second):
        assert mine.post(f"/me/inbox/{message['id']}/read").status == 200
    mine.post("/me/subscriptions", {"prompts": [{"template": "t", "result": "reject"}]})
    group(told.branch, clock(), channel=Channel.MANUAL_FORWARD, key=None)
    happen("lesson.published", clock(), at=told.branch)
    spread_all(clock())
    (parcel,) = [one for one in claimed(clock()) if one.channel == Channel.MANUAL_FORWARD]
    forwards.prepare(parcel, Text("党课星期天", "本周党课"), now=clock())
    for _ in range(2):
        api(told.secretary).post(f"/forwards/{Forward.get().public_id}/done")
    activity = planned(api, told)
    clock.set(START)
    assert scan(api, told.member, activity, START).status == 201
    fold(now=clock())
    data = api(told.secretary).get("/organizations/DH-01-01/burden").data
    assert data["taps"] == 2 + 1 + 1 + 1
    assert data["taps_per_member_week"] == round(5 / (4 * 4), 2)
    assert "签到" in data["taps_rule"]
