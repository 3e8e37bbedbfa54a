"""Deliveries: claimed under a lease, marked one by one, never lost, and never sent twice in silence."""

import threading
from datetime import datetime, timedelta

import pytest

from backend.core.database import connected, in_unit_of_work
from backend.messaging.deliveries import (
    BACK_OFF,
    LEASE,
    mark_dead,
    mark_later,
    mark_sent,
    mark_skipped,
    put_back,
    record_platform_failure,
)
from backend.messaging.models import Channel, Delivery, DeliveryState, OutboxEvent
from backend.messaging.rules import BY_NAME
from tests.cast import World
from tests.conftest import FakeClock
from tests.messaging.makers import claimed, group, happen, spread_all

SECOND = timedelta(seconds=1)


@pytest.fixture
def owed(world: World, clock: FakeClock) -> list[int]:
    """Five posts owed to the branch's group, in their order."""
    group(world.branch, clock())
    for number in range(5):
        happen("lesson.published", clock(), at=world.branch, title=f"第 {number} 课")
    spread_all(clock())
    return [row.id for row in Delivery.select().order_by(Delivery.id)]


def row(delivery: int) -> Delivery:
    """A delivery as it lies in the database."""
    found: Delivery = Delivery.get_by_id(delivery)
    return found


def test_a_parcel_has_all_that_its_transport_needs(owed: list[int], world: World, clock: FakeClock) -> None:
    (parcel,) = claimed(clock(), 1)
    assert parcel.id == owed[0]
    assert parcel.rule is BY_NAME["lesson.published/groups_below"]
    assert (parcel.topic, parcel.channel, parcel.attempts) == ("lesson.published", Channel.WECOM_ROBOT, 1)
    assert parcel.facts["title"] == "第 0 课"
    assert (parcel.account_id, parcel.organization_id) == (None, world.branch.id)
    assert parcel.group_chat is not None
    assert parcel.group_chat.robot_key.open() == "robot-key"


def test_what_is_claimed_is_nobody_elses_until_the_lease_runs_out(owed: list[int], clock: FakeClock) -> None:
    mine = claimed(clock(), 3)
    assert [parcel.id for parcel in mine] == owed[:3]
    assert [parcel.id for parcel in claimed(clock())] == owed[3:]
    clock.advance(seconds=LEASE.total_seconds() - 1)
    assert claimed(clock()) == []
    clock.advance(seconds=1)
    again = claimed(clock())
    assert sorted(parcel.id for parcel in again) == owed
    assert {parcel.attempts for parcel in again} == {2}
    assert all(row(one).maybe_twice for one in owed)


def test_what_may_have_been_sent_by_a_dead_bot_goes_first(owed: list[int], clock: FakeClock) -> None:
    claimed(clock(), 2)
    clock.advance(seconds=LEASE.total_seconds())
    assert [parcel.id for parcel in claimed(clock(), 3)] == owed[:3]
    assert [row(one).maybe_twice for one in owed] == [True, True, False, False, False]


def test_only_what_is_due_is_claimed_oldest_first(owed: list[int], clock: FakeClock) -> None:
    for one, seconds in zip(owed, (30, 0, -10, 1, 0), strict=True):
        due = clock() + timedelta(seconds=seconds)
        Delivery.update(available_at=due).where(Delivery.id == one).execute()
    assert sorted(parcel.id for parcel in claimed(clock())) == [owed[1], owed[2], owed[4]]
    clock.advance(seconds=1)
    assert [parcel.id for parcel in claimed(clock())] == [owed[3]]


def test_sent_is_final(owed: list[int], clock: FakeClock) -> None:
    (parcel,) = claimed(clock(), 1)
    in_unit_of_work(lambda: mark_sent([(parcel, "msg-1")], now=clock()))
    kept = row(parcel.id)
    assert (kept.state, kept.sent_at, kept.platform_id, kept.lease, kept.fault) == (
        DeliveryState.SENT,
        clock(),
        "msg-1",
        None,
        None,
    )
    clock.advance(days=1)
    assert parcel.id not in [one.id for one in claimed(clock())]


def test_skipped_and_dead_keep_their_reason(owed: list[int], clock: FakeClock) -> None:
    skipped, dead = claimed(clock(), 2)
    mark_skipped(skipped, "no grant left" + "!" * 300)
    mark_dead(dead, "47003" + "!" * 300, now=clock())
    assert (row(skipped.id).state, row(dead.id).state) == (DeliveryState.SKIPPED, DeliveryState.DEAD)
    assert row(skipped.id).fault.startswith("no grant left")
    assert len(row(dead.id).fault) == 200
    clock.advance(days=1)
    assert not {skipped.id, dead.id} & {one.id for one in claimed(clock())}


def test_each_try_waits_longer_and_the_last_one_is_a_dead_letter(owed: list[int], clock: FakeClock) -> None:
    Delivery.delete().where(Delivery.id != owed[0]).execute()
    pauses = []
    for _ in BACK_OFF:
        (parcel,) = claimed(clock())
        mark_later(parcel, "-1", ambiguous=False, retry_after=0, now=clock())
        pauses.append(row(parcel.id).available_at - clock())
        clock.at += pauses[-1] - SECOND
        assert claimed(clock()) == []
        clock.at += SECOND
    assert tuple(pauses) == BACK_OFF
    assert not row(owed[0]).maybe_twice
    (parcel,) = claimed(clock())
    mark_later(parcel, "-1", ambiguous=False, retry_after=0, now=clock())
    assert (row(parcel.id).state, row(parcel.id).fault) == (DeliveryState.DEAD, "-1")


def test_what_the_platform_asks_for_counts_if_it_is_longer(owed: list[int], clock: FakeClock) -> None:
    (parcel,) = claimed(clock(), 1)
    mark_later(parcel, "45009", ambiguous=False, retry_after=60, now=clock())
    assert row(parcel.id).available_at == clock() + timedelta(seconds=60)


def test_no_answer_marks_what_may_come_twice(owed: list[int], clock: FakeClock) -> None:
    (parcel,) = claimed(clock(), 1)
    mark_later(parcel, "no answer", ambiguous=True, retry_after=0, now=clock())
    assert row(parcel.id).maybe_twice


def test_what_is_put_back_was_not_tried(owed: list[int], clock: FakeClock) -> None:
    (parcel,) = claimed(clock(), 1)
    put_back([parcel], at=clock() + SECOND)
    kept = row(parcel.id)
    assert (kept.state, kept.attempts, kept.lease, kept.maybe_twice) == (DeliveryState.PENDING, 0, None, False)
    clock.advance(seconds=1)
    assert parcel.id in [one.id for one in claimed(clock())]


def test_a_slow_bot_does_not_overwrite_what_its_successor_did(owed: list[int], clock: FakeClock) -> None:
    slow = claimed(clock(), 1)[0]
    clock.advance(seconds=LEASE.total_seconds())
    (quick,) = [parcel for parcel in claimed(clock()) if parcel.id == slow.id]
    marks = (
        lambda: mark_later(slow, "late", ambiguous=True, retry_after=0, now=clock()),
        lambda: mark_dead(slow, "late", now=clock()),
        lambda: put_back([slow], at=clock()),
        lambda: in_unit_of_work(lambda: mark_sent([(slow, "late")], now=clock())),
    )
    for mark in marks:
        mark()
        assert (row(slow.id).state, row(slow.id).lease) == (DeliveryState.SENDING, quick.lease)
    in_unit_of_work(lambda: mark_sent([(quick, "quick")], now=clock()))
    mark_dead(slow, "late", now=clock())
    assert (row(slow.id).state, row(slow.id).platform_id) == (DeliveryState.SENT, "quick")


def test_a_rule_or_channel_of_an_older_version_becomes_a_dead_letter_and_stops_nobody(
    owed: list[int], clock: FakeClock
) -> None:
    Delivery.update(rule="weather.changed/groups").where(Delivery.id == owed[0]).execute()
    Delivery.update(channel="pigeon").where(Delivery.id == owed[1]).execute()
    assert [parcel.id for parcel in claimed(clock())] == owed[2:]
    assert [row(one).state for one in owed[:2]] == [DeliveryState.DEAD] * 2
    assert all("no such" in row(one).fault for one in owed[:2])


def test_claims_of_several_bots_never_meet(owed: list[int], world: World, clock: FakeClock) -> None:
    template = {"rule": "lesson.published/groups_below", "channel": Channel.WECOM_ROBOT, "available_at": clock()}
    event = OutboxEvent.get().id
    rows = [{**template, "event": event, "target": f"copy:{number}"} for number in range(300)]
    Delivery.insert_many(rows).execute()
    gate, taken = threading.Barrier(4), list[int]()

    def run(now: datetime) -> None:
        with connected():
            gate.wait()
            while parcels := claimed(now):
                taken.extend(parcel.id for parcel in parcels)

    threads = [threading.Thread(target=run, args=(clock(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 305


def test_the_platforms_later_word_is_kept_with_the_delivery(owed: list[int], clock: FakeClock) -> None:
    first, second = claimed(clock(), 2)
    in_unit_of_work(lambda: mark_sent([(first, "m1"), (second, "m2")], now=clock()))
    assert record_platform_failure("m1", 43101, "user refuse", now=clock())
    assert (row(first.id).state, row(first.id).fault) == (DeliveryState.DEAD, "43101 user refuse")
    assert row(second.id).state == DeliveryState.SENT
    assert record_platform_failure("m1", 43101, "user refuse", now=clock())  # told twice
    assert not record_platform_failure("unknown", 43101, "user refuse", now=clock())
