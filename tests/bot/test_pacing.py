"""When a message leaves: quiet hours, the cap a day, what a person turned off, and one digest for a group."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from backend.messaging.due import post_digests
from backend.messaging.limits import load_limits, seed_limits
from backend.messaging.models import (
    Channel,
    Delivery,
    DeliveryState,
    InboxMessage,
    MessageLimit,
    MessageTemplate,
    NotificationOptOut,
)
from backend.messaging.rules import Purpose
from bot.relay import Relay
from tests.cast import World
from tests.conftest import SHANGHAI, FakeClock
from tests.messaging.makers import grant, group, happen, spread_all, template

LATE_EVENING = datetime(2026, 11, 23, 21, 30, tzinfo=SHANGHAI)
MORNING = datetime(2026, 11, 24, 7, 30, tzinfo=SHANGHAI)
ONE_SECOND = timedelta(seconds=1)


class Postman:
    """Takes everything, and remembers the texts in their order."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def send(self, parcel: Any, *, now: datetime) -> None:
        """Take one."""
        self.taken.append(parcel.rule.write(parcel.facts).body)


@pytest.fixture
def postman() -> Postman:
    """Carries notifications and posts alike."""
    return Postman()


def relay_of(postman: Postman, still_true: Mapping[str, Any] | None = None) -> Relay:
    """A relay whose every channel is the postman."""
    return Relay(dict.fromkeys(Channel, postman), SHANGHAI, lambda: False, still_true or {})


def claimed_order(world: World, clock: FakeClock, *, part: str = "resident", **facts: Any) -> None:
    """Something that its requester is told by service notification, spread out already."""
    people = {"requester": [world.people[part].account.id]}
    happen("order.claimed", clock(), at=world.branch, people=people, **facts)
    spread_all(clock())


@pytest.fixture
def granted(world: World, clock: FakeClock) -> World:
    """The resident may get twenty notifications of the progress of his orders."""
    grant(world.resident.account, template(Purpose.ORDER_PROGRESS), 20, clock())
    return world


def states() -> list[tuple[str, str | None]]:
    """What became of the deliveries."""
    return [(row.state, row.fault) for row in Delivery.select().order_by(Delivery.id)]


# ---------------------------------------------------------------- quiet hours


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (LATE_EVENING - ONE_SECOND, None),
        (LATE_EVENING, MORNING),
        (datetime(2026, 11, 23, 23, 59, 59, tzinfo=SHANGHAI), MORNING),
        (datetime(2026, 11, 24, 0, 0, tzinfo=SHANGHAI), MORNING),
        (MORNING - ONE_SECOND, MORNING),
        (MORNING, None),
    ],
)
def test_the_quiet_hours_begin_and_end_on_their_second(world: World, at: datetime, opens: datetime | None) -> None:
    assert load_limits().opens_at(at, SHANGHAI) == opens


def test_what_happens_at_night_is_told_in_the_morning_and_is_in_the_inbox_at_once(
    granted: World, clock: FakeClock, postman: Postman
) -> None:
    clock.set(LATE_EVENING)
    claimed_order(granted, clock)
    assert InboxMessage.select().count() == 1
    relay_of(postman).deliver_due(now=clock())
    clock.set(MORNING - ONE_SECOND)
    relay_of(postman).deliver_due(now=clock())
    assert postman.taken == []
    clock.set(MORNING)
    relay_of(postman).deliver_due(now=clock())
    assert len(postman.taken) == 1


def test_what_was_owed_by_day_but_comes_up_at_night_waits_too(
    granted: World, clock: FakeClock, postman: Postman
) -> None:
    claimed_order(granted, clock)
    clock.set(LATE_EVENING)
    relay_of(postman).deliver_due(now=clock())
    assert (postman.taken, states()) == ([], [("pending", "quiet hours")])
    (row,) = Delivery.select()
    assert (row.available_at, row.attempts, row.lease) == (MORNING, 0, None)


def test_an_urgent_order_wakes_people(granted: World, clock: FakeClock, postman: Postman) -> None:
    clock.set(LATE_EVENING)
    claimed_order(granted, clock, urgent=True)
    relay_of(postman).deliver_due(now=clock())
    assert len(postman.taken) == 1


@pytest.mark.parametrize(("true", "state"), [(True, "sent"), (False, "skipped")])
def test_what_was_held_back_is_told_only_if_it_is_still_so(
    granted: World, clock: FakeClock, postman: Postman, true: bool, state: str
) -> None:
    clock.set(LATE_EVENING)
    claimed_order(granted, clock)
    clock.set(MORNING)
    relay_of(postman, {"order.claimed": lambda facts, *, now: true}).deliver_due(now=clock())
    assert states() == [(state, None if true else "no longer true")]
    assert InboxMessage.select().count() == 1


def test_what_is_told_in_time_is_not_asked_about(granted: World, clock: FakeClock, postman: Postman) -> None:
    claimed_order(granted, clock)
    clock.advance(minutes=60)
    relay_of(postman, {"order.claimed": lambda facts, *, now: False}).deliver_due(now=clock())
    assert states() == [("sent", None)]


def test_a_group_sleeps_too_and_a_check_of_content_never_does(world: World, clock: FakeClock, postman: Postman) -> None:
    group(world.branch, clock())
    clock.set(LATE_EVENING)
    happen("activity.cancelled", clock(), at=world.branch)
    happen("content.check", clock(), at=world.branch, account_id=world.resident.account.id, text="灯")
    spread_all(clock())
    due = {row.channel: row.available_at for row in Delivery.select()}
    assert due == {Channel.WECOM_ROBOT: MORNING, Channel.CONTENT_CHECK: LATE_EVENING}


def test_the_hours_are_those_of_the_installation(world: World) -> None:
    MessageLimit.create(code="quiet_from", value="20:00", unit="时刻", source="县委办通知")
    at = datetime(2026, 11, 23, 20, 0, tzinfo=SHANGHAI)
    assert load_limits().opens_at(at, SHANGHAI) == MORNING


# ---------------------------------------------------------------- the cap, and what is turned off


def test_a_person_gets_so_many_a_day_and_the_rest_in_the_inbox(
    granted: World, clock: FakeClock, postman: Postman
) -> None:
    for _ in range(7):
        claimed_order(granted, clock)
    relay_of(postman).deliver_due(now=clock())
    assert states() == [("sent", None)] * 5 + [("skipped", "daily cap (5)")] * 2
    clock.advance(minutes=5)
    claimed_order(granted, clock)
    relay_of(postman).deliver_due(now=clock())
    assert states()[-1] == ("skipped", "daily cap (5)")
    assert InboxMessage.select().count() == 8
    clock.set(MORNING)
    claimed_order(granted, clock)
    relay_of(postman).deliver_due(now=clock())
    assert states()[-1] == ("sent", None)


def test_what_another_bot_has_in_hand_counts(granted: World, clock: FakeClock, postman: Postman) -> None:
    for _ in range(6):
        claimed_order(granted, clock)
    first = [row.id for row in Delivery.select().order_by(Delivery.id).limit(5)]
    Delivery.update(state=DeliveryState.SENDING, available_at=clock() + timedelta(seconds=60), lease="another").where(
        Delivery.id.in_(first)
    ).execute()
    relay_of(postman).deliver_due(now=clock())
    assert states()[-1] == ("skipped", "daily cap (5)")


def test_an_urgent_order_is_told_beyond_the_cap(granted: World, clock: FakeClock, postman: Postman) -> None:
    for _ in range(5):
        claimed_order(granted, clock)
    claimed_order(granted, clock, urgent=True)
    relay_of(postman).deliver_due(now=clock())
    assert len(postman.taken) == 6


def test_one_persons_cap_is_not_anothers(granted: World, clock: FakeClock, postman: Postman) -> None:
    MessageLimit.create(code="daily_cap", value="1", unit="条/人/天", source="县委办通知")
    grant(granted.neighbour.account, MessageTemplate.get(), 20, clock())
    for part in ("resident", "resident", "neighbour"):
        claimed_order(granted, clock, part=part)
    relay_of(postman).deliver_due(now=clock())
    assert [state for state, _ in states()] == ["sent", "skipped", "sent"]


def test_what_was_turned_off_meanwhile_is_skipped(granted: World, clock: FakeClock, postman: Postman) -> None:
    claimed_order(granted, clock)
    NotificationOptOut.create(account=granted.resident.account, purpose=Purpose.ACTIVITY_NOTICE, at=clock())
    claimed_order(granted, clock)
    NotificationOptOut.create(account=granted.resident.account, purpose=Purpose.ORDER_PROGRESS, at=clock())
    relay_of(postman).deliver_due(now=clock())
    assert states() == [("skipped", "turned off by its reader")] * 2
    assert InboxMessage.select().count() == 2


# ---------------------------------------------------------------- digests


def dispatched(world: World, clock: FakeClock, *kinds: str) -> None:
    """Posts that are in no hurry."""
    for kind in kinds:
        happen("order.dispatched", clock(), at=world.branch, service_type=kind)
    spread_all(clock())


def test_the_first_unhurried_post_of_a_day_goes_out_and_the_others_become_one(
    world: World, clock: FakeClock, postman: Postman
) -> None:
    group(world.branch, clock())
    dispatched(world, clock, "设施维修", "助老")
    relay_of(postman).deliver_due(now=clock())
    clock.advance(minutes=10)
    dispatched(world, clock, "环境卫生", "助老")
    relay_of(postman).deliver_due(now=clock())
    assert len(postman.taken) == 1
    evening = datetime(2026, 11, 23, 18, 0, tzinfo=SHANGHAI)
    held = Delivery.select().where(Delivery.state == DeliveryState.HELD)
    assert {(row.available_at, row.fault) for row in held} == {(evening, "waits for the digest")}
    assert post_digests(now=evening - ONE_SECOND) == 0
    clock.set(evening)
    assert (post_digests(now=clock()), post_digests(now=clock())) == (1, 0)
    spread_all(clock())
    relay_of(postman).deliver_due(now=clock())
    assert postman.taken[1:] == [
        "【今日汇总】\n"
        "1. 【群众点单】大河社区第一党支部有 1 件“助老”已派单，感谢接单的同志。\n"
        "2. 【群众点单】大河社区第一党支部有 1 件“环境卫生”已派单，感谢接单的同志。"
    ]
    assert [fault for _, fault in states()].count("told in the digest") == 3


def test_what_comes_after_the_digest_is_told_in_the_morning(world: World, clock: FakeClock, postman: Postman) -> None:
    group(world.branch, clock())
    dispatched(world, clock, "设施维修")
    relay_of(postman).deliver_due(now=clock())
    clock.set(datetime(2026, 11, 23, 19, 0, tzinfo=SHANGHAI))
    dispatched(world, clock, "助老")
    relay_of(postman).deliver_due(now=clock())
    (held,) = Delivery.select().where(Delivery.state == DeliveryState.HELD)
    assert held.available_at == MORNING


def test_groups_do_not_wait_for_each_other_nor_the_hurried_for_a_digest(
    world: World, clock: FakeClock, postman: Postman
) -> None:
    group(world.branch, clock())
    group(world.branch, clock(), channel=Channel.MANUAL_FORWARD, key=None)
    dispatched(world, clock, "设施维修")
    happen("activity.cancelled", clock(), at=world.branch)
    spread_all(clock())
    relay_of(postman).deliver_due(now=clock())
    assert len(postman.taken) == 4


def test_the_figures_are_rows_that_are_written_once(world: World) -> None:
    assert (seed_limits(), seed_limits()) == (4, 0)
    assert {row.code: row.value for row in MessageLimit.select()} == {
        "quiet_from": "21:30",
        "quiet_until": "07:30",
        "daily_cap": "5",
        "digest_at": "18:00",
    }
