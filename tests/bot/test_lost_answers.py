"""When the database's answer to COMMIT is lost: nothing is lost with it, and nothing doubled in silence."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest

from backend.branch_life.activities.models import Activity, CheckIn
from backend.core import idempotency
from backend.core.errors import Unconfirmed
from backend.core.settings import Settings
from backend.messaging import deliveries
from backend.messaging.deliveries import LEASE, Parcel
from backend.messaging.models import Channel, Delivery, DeliveryState, InboxMessage
from bot.relay import Relay, _settle
from bot.transports.carrier import Outcome
from tests.branch_life.makers import START, planned, scan
from tests.branch_life.makers import plan as activity_of
from tests.cast import Person, World
from tests.conftest import SHANGHAI, Api, FakeClock
from tests.lines import Line, line_to
from tests.messaging.makers import group, happen, spread_all

pytestmark = pytest.mark.mariadb

Calls = Callable[[Person | None], Api]
AFTER = pytest.mark.parametrize("after", [False, True], ids=["before the server heard it", "after it was done"])


@pytest.fixture
def line(settings: Settings, world: World) -> Iterator[Line]:
    """A line to the database that can be cut."""
    if not settings.database_url.startswith("mysql"):
        pytest.skip("about MariaDB itself: TEST_DATABASE_URL is not set")
    with line_to(settings.database_url) as found:
        yield found


class Post:
    """A transport that remembers what it sent."""

    def __init__(self) -> None:
        self.sent: list[int] = []

    def send(self, parcel: Parcel, *, now: datetime) -> str | None:
        """Send."""
        self.sent.append(parcel.id)
        return None


def relay_of(post: Post) -> Relay:
    """A relay whose groups are reached by this transport."""
    return Relay({Channel.WECOM_ROBOT: post}, SHANGHAI, lambda: False)


@pytest.fixture
def owed(world: World, clock: FakeClock) -> list[int]:
    """Three posts owed to the group of a branch."""
    group(world.branch, clock())
    for number in range(3):
        happen("activity.cancelled", clock(), at=world.branch, title=f"第 {number} 类")
    spread_all(clock())
    return [row.id for row in Delivery.select().order_by(Delivery.id)]


@AFTER
def test_a_request_with_a_key_is_told_to_look_and_done_once(
    api: Calls, world: World, line: Line, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    monkeypatch.setattr(idempotency, "WAIT_STEPS", 2)
    line.cut("COMMIT", after=after)
    first = api(world.secretary).post("/activities", activity_of(), key="k1")
    assert (first.status, first.code) == (503, "unconfirmed")
    assert "请刷新查看" in first.message
    again = api(world.secretary).post("/activities", activity_of(), key="k1")
    assert (again.status, again.code) == ((409, "idempotency_unfinished") if after else (201, "ok"))
    assert (line.cuts, Activity.select().count()) == (1, 1)


@AFTER
def test_a_request_without_a_key_is_all_or_nothing(api: Calls, world: World, line: Line, after: bool) -> None:
    line.cut("COMMIT", after=after)
    assert api(world.secretary).post("/activities", activity_of()).code == "unconfirmed"
    assert Activity.select().count() == int(after)


@AFTER
def test_a_check_in_sent_again_is_there_once(
    api: Calls, world: World, line: Line, clock: FakeClock, after: bool
) -> None:
    activity = planned(api, world)
    clock.set(START)
    line.cut("COMMIT", after=after)
    nonce: dict[str, Any] = {"nonce": "n" * 20}
    assert scan(api, world.member, activity, START, **nonce).code == "unconfirmed"
    again = scan(api, world.member, activity, START, **nonce)
    assert again.status in {200, 201}
    assert CheckIn.select().count() == 1
    assert again.data["id"] == CheckIn.get().public_id


def test_a_read_whose_connection_breaks_is_asked_to_come_again(api: Calls, world: World, line: Line) -> None:
    line.cut("SELECT")
    assert (api(world.member).get("/me").status, line.cuts) == (503, 1)
    assert api(world.member).get("/me").status == 200


@AFTER
def test_a_mark_whose_answer_was_lost_is_made_once(owed: list[int], line: Line, clock: FakeClock, after: bool) -> None:
    parcels = deliveries.claim(10, now=clock())
    line.cut("COMMIT", after=after)
    _settle([Outcome(parcel) for parcel in parcels], SHANGHAI, clock())
    assert line.cuts == 1
    post = Post()
    clock.advance(seconds=LEASE.total_seconds() + 1)
    relay_of(post).deliver_due(now=clock())
    assert post.sent == []
    assert {row.state for row in Delivery.select()} == {DeliveryState.SENT}
    assert not Delivery.select().where(Delivery.maybe_twice).exists()


@AFTER
def test_a_claim_that_lost_its_connection_at_work_is_made_again_at_once(
    owed: list[int], line: Line, clock: FakeClock, after: bool
) -> None:
    line.cut("UPDATE `delivery` SET `state`", after=after)
    post = Post()
    relay_of(post).deliver_due(now=clock())
    assert (line.cuts, post.sent) == (1, owed)


@AFTER
def test_whatever_commit_of_a_tick_is_lost_each_post_is_sent_and_none_doubled_in_silence(
    world: World, line: Line, clock: FakeClock, after: bool
) -> None:
    """Spread, claim, let out, mark: the line is cut at each COMMIT in turn."""
    group(world.branch, clock())
    for number in range(12):
        happen("activity.cancelled", clock(), at=world.branch, title=f"第 {number} 类")
        post, cuts = Post(), line.cuts
        line.cut("COMMIT", after=after, skip=number)
        for _ in range(3):
            with suppress(Unconfirmed):  # the beat writes it down, and the next one asks again
                relay_of(post).deliver_due(now=clock())
            clock.advance(seconds=LEASE.total_seconds() + 1)
        told = list(Delivery.select().where(Delivery.channel == Channel.WECOM_ROBOT))
        assert len(told) == number + 1
        assert {row.state for row in told} == {DeliveryState.SENT}
        assert len(post.sent) == 1 or told[-1].maybe_twice
        line.cut("")
        assert line.cuts - cuts <= 1
    assert line.cuts >= 3
    told_people = InboxMessage.select(InboxMessage.event, InboxMessage.account)
    assert told_people.count() == told_people.distinct().count()
