"""The relay itself: whatever a transport does, each delivery is accounted for and the others go on."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import pytest

from backend.core.database import in_unit_of_work
from backend.messaging import deliveries
from backend.messaging.deliveries import BACK_OFF, LEASE, Parcel
from backend.messaging.models import Channel, Delivery, DeliveryState, OutboxEvent
from backend.wechat.faults import PlatformFault
from bot.relay import BATCH, Relay
from bot.transports.carrier import NotNow, Outcome, Skipped, Stopping
from tests.cast import World
from tests.conftest import SHANGHAI, FakeClock
from tests.messaging.makers import group, happen, spread_all

Act = Callable[[Parcel, datetime], str | None]


class Scripted:
    """A transport that does what it is told, and remembers what it was given."""

    def __init__(self, act: Act = lambda _parcel, _now: None) -> None:
        self.act = act
        self.sent: list[int] = []

    def send(self, parcel: Parcel, *, now: datetime) -> str | None:
        """Act first; what is acted out without an exception was sent."""
        given = self.act(parcel, now)
        self.sent.append(parcel.id)
        return given


def relay_of(transport: Scripted, stopping: Callable[[], bool] = lambda: False) -> Relay:
    """A relay whose groups are reached by this transport."""
    return Relay({Channel.WECOM_ROBOT: transport}, SHANGHAI, stopping)


@pytest.fixture
def owed(world: World, clock: FakeClock) -> list[int]:
    """Six posts owed to the group of a branch, in their order."""
    group(world.branch, clock())
    for number in range(6):
        happen("activity.cancelled", clock(), at=world.branch, title=f"第 {number} 类")
    spread_all(clock())
    return [row.id for row in Delivery.select().order_by(Delivery.id)]


def row(delivery: int) -> Delivery:
    """A delivery as it lies in the database."""
    found: Delivery = Delivery.get_by_id(delivery)
    return found


def fail_on(chosen: int, error: BaseException) -> Act:
    """Raise when the chosen delivery comes."""

    def act(parcel: Parcel, _now: datetime) -> None:
        if parcel.id == chosen:
            raise error

    return act


def test_each_is_sent_once_in_its_order(owed: list[int], clock: FakeClock) -> None:
    transport = Scripted(lambda parcel, _now: f"id-{parcel.id}")
    assert relay_of(transport).deliver_due(now=clock()) == 6
    assert transport.sent == owed
    assert [row(one).platform_id for one in owed] == [f"id-{one}" for one in owed]
    clock.advance(days=1)
    assert relay_of(transport).deliver_due(now=clock()) == 0


def test_each_message_of_a_long_tick_is_sent_at_its_own_instant(owed: list[int], clock: FakeClock) -> None:
    began, at = clock(), list[datetime]()

    def act(_parcel: Parcel, now: datetime) -> None:
        at.append(now)
        clock.advance(seconds=3)

    Relay({Channel.WECOM_ROBOT: Scripted(act)}, SHANGHAI, lambda: False, clock=clock).deliver_due(now=clock())
    assert [(one - began).total_seconds() for one in at] == [0, 3, 6, 9, 12, 15]


def test_what_happened_is_spread_and_sent_in_one_tick(world: World, clock: FakeClock) -> None:
    group(world.branch, clock())
    happen("activity.cancelled", clock(), at=world.branch)
    transport = Scripted()
    assert relay_of(transport).deliver_due(now=clock()) == 1
    assert len(transport.sent) == 1


def test_a_bot_that_dies_between_sending_and_marking_sends_that_one_again_and_says_so(
    owed: list[int], clock: FakeClock
) -> None:
    dying = Scripted(fail_on(owed[2], KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        relay_of(dying).deliver_due(now=clock())
    assert dying.sent == owed[:2]
    assert [row(one).state for one in owed] == ["sent"] * 2 + ["sending"] * 4
    heir = Scripted()
    assert relay_of(heir).deliver_due(now=clock()) == 0  # not before the lease has run out
    clock.at += LEASE
    relay_of(heir).deliver_due(now=clock())
    assert heir.sent == owed[2:]
    assert [(row(one).state, row(one).maybe_twice) for one in owed] == [("sent", False)] * 2 + [("sent", True)] * 4


@pytest.mark.parametrize("error", [ValueError("13812345678"), KeyError("title"), AssertionError(), RecursionError()])
def test_a_message_that_nobody_can_send_holds_up_no_other_and_ends_as_a_dead_letter(
    owed: list[int], clock: FakeClock, error: Exception
) -> None:
    transport = Scripted(fail_on(owed[1], error))
    relay_of(transport).deliver_due(now=clock())
    assert transport.sent == [owed[0], *owed[2:]]
    kept = row(owed[1])
    assert (kept.state, kept.fault, kept.maybe_twice) == (DeliveryState.PENDING, type(error).__name__, True)
    for pause in BACK_OFF:
        clock.at += pause
        relay_of(transport).deliver_due(now=clock())
    assert row(owed[1]).state == DeliveryState.DEAD


def test_a_busy_channel_gets_it_back_untried(owed: list[int], clock: FakeClock) -> None:
    later = clock() + timedelta(seconds=7)
    transport = Scripted(fail_on(owed[0], NotNow(later)))
    relay_of(transport).deliver_due(now=clock())
    kept = row(owed[0])
    assert (kept.state, kept.attempts, kept.available_at, kept.maybe_twice) == ("pending", 0, later, False)
    assert transport.sent == owed[1:]
    transport.act = lambda _parcel, _now: None
    clock.at = later
    assert relay_of(transport).deliver_due(now=clock()) == 1


def test_what_is_rightly_not_sent_is_skipped_with_its_reason(owed: list[int], clock: FakeClock) -> None:
    relay_of(Scripted(fail_on(owed[0], Skipped("no grant left")))).deliver_due(now=clock())
    assert (row(owed[0]).state, row(owed[0]).fault) == (DeliveryState.SKIPPED, "no grant left")


def test_faults_of_the_platform_are_settled_by_what_they_mean(owed: list[int], clock: FakeClock) -> None:
    faults = {owed[0]: PlatformFault(-1, "x"), owed[1]: PlatformFault(40003, "x"), owed[2]: PlatformFault(None, "x")}

    def act(parcel: Parcel, _now: datetime) -> None:
        if parcel.id in faults:
            raise faults[parcel.id]

    relay_of(Scripted(act)).deliver_due(now=clock())
    found = [(row(one).state, row(one).maybe_twice) for one in owed[:3]]
    assert found == [("pending", False), ("dead", False), ("pending", True)]


def test_a_channel_without_a_transport_stops_nobody(owed: list[int], clock: FakeClock) -> None:
    Delivery.update(channel=Channel.MANUAL_FORWARD).where(Delivery.id == owed[0]).execute()
    transport = Scripted()
    relay_of(transport).deliver_due(now=clock())
    assert transport.sent == owed[1:]
    assert (row(owed[0]).state, row(owed[0]).fault) == (DeliveryState.PENDING, "KeyError")


def test_a_stopping_bot_finishes_what_is_in_hand_and_gives_back_the_rest(owed: list[int], clock: FakeClock) -> None:
    transport = Scripted()
    relay_of(transport, lambda: len(transport.sent) >= 2).deliver_due(now=clock())
    assert transport.sent == owed[:2]
    assert [row(one).state for one in owed] == ["sent"] * 2 + ["pending"] * 4
    assert [(row(one).attempts, row(one).lease, row(one).maybe_twice) for one in owed[2:]] == [(0, None, False)] * 4
    assert {row(one).available_at for one in owed[2:]} == {OutboxEvent.get().created_at}  # in its old place
    assert relay_of(Scripted()).deliver_due(now=clock()) == 4


def test_a_bot_told_to_stop_begins_nothing(owed: list[int], world: World, clock: FakeClock) -> None:
    happen("activity.cancelled", clock(), at=world.branch)
    transport = Scripted()
    assert relay_of(transport, lambda: True).deliver_due(now=clock()) == 0
    assert transport.sent == []
    assert OutboxEvent.select().where(OutboxEvent.spread_at.is_null()).count() == 1


class Bulk:
    """Service notifications, all taken at once."""

    def __init__(self) -> None:
        self.done = threading.Event()

    def send_many(self, parcels: Sequence[Parcel], *, now: datetime, stopping: Stopping) -> Iterator[list[Outcome]]:
        """Take them all."""
        yield [Outcome(parcel, platform_id=f"id-{parcel.id}") for parcel in parcels]
        self.done.set()


def test_a_robot_that_takes_its_time_holds_up_nobody_else(world: World, clock: FakeClock) -> None:
    slow, swift = group(world.branch, clock()), group(world.branch, clock())
    happen("activity.cancelled", clock(), at=world.branch, title="甲")
    spread_all(clock())
    bulk, seen = Bulk(), list[tuple[int | None, str]]()
    told_again = threading.Event()

    def act(parcel: Parcel, now: datetime) -> None:
        if parcel.group_chat_id == slow.id:
            assert bulk.done.wait(10), "a person waits for a robot"
            assert told_again.wait(10), "a group waits for another group's robot"
        elif parcel.facts["title"] == "甲":  # and what happens meanwhile is told meanwhile
            happen("activity.cancelled", clock(), at=world.branch, title="乙")
        else:
            told_again.set()
        seen.append((parcel.group_chat_id, parcel.facts["title"]))

    owe_notifications(world, clock)
    relay = Relay({Channel.WECOM_ROBOT: Scripted(act), Channel.SUBSCRIBE_MESSAGE: bulk}, SHANGHAI, lambda: False)
    relay.deliver_due(now=clock())
    assert seen == [(swift.id, "甲"), (swift.id, "乙"), (slow.id, "甲")]
    clock.advance(seconds=2)
    relay.deliver_due(now=clock())
    assert seen[3:] == [(slow.id, "乙")]  # in its order, not beside the first
    assert {row.state for row in Delivery.select()} == {DeliveryState.SENT}


def owe_notifications(world: World, clock: FakeClock) -> None:
    """One service notification, due now."""
    event = OutboxEvent.get()
    row = {"event": event.id, "rule": "order.claimed/requester", "channel": Channel.SUBSCRIBE_MESSAGE}
    account = world.people["resident"].account
    Delivery.create(**row, account=account, target=f"account:{account.id}", available_at=clock())


def test_a_post_does_not_overtake_an_earlier_one_that_another_bot_has_in_hand(
    owed: list[int], clock: FakeClock
) -> None:
    elsewhere = deliveries.claim(2, now=clock())
    assert [parcel.id for parcel in elsewhere] == owed[:2]
    transport = Scripted()
    relay_of(transport).deliver_due(now=clock())
    assert transport.sent == []
    assert [(row(one).state, row(one).attempts) for one in owed[2:]] == [(DeliveryState.PENDING, 0)] * 4
    in_unit_of_work(lambda: deliveries.mark_sent([(elsewhere[0], None)], now=clock()))
    deliveries.mark_later(elsewhere[1], "no answer", ambiguous=True, retry_after=0, now=clock())
    clock.advance(seconds=2)
    relay_of(transport).deliver_due(now=clock())
    assert transport.sent == owed[2:]  # what failed does not hold up the rest of its group


def test_more_than_one_batch_is_sent_in_one_tick(world: World, clock: FakeClock) -> None:
    event = happen("activity.cancelled", clock(), at=world.branch)
    OutboxEvent.update(spread_at=clock()).execute()
    rule = {"rule": "activity.cancelled/groups", "channel": Channel.CONTENT_CHECK}
    rows = [{**rule, "event": event.id, "target": str(n), "available_at": clock()} for n in range(BATCH + 100)]
    for start in range(0, len(rows), 300):
        Delivery.insert_many(rows[start : start + 300]).execute()
    transport = Scripted()
    relay = Relay({Channel.CONTENT_CHECK: transport}, SHANGHAI, lambda: False)
    assert relay.deliver_due(now=clock()) == BATCH + 100
    assert len(set(transport.sent)) == BATCH + 100
