"""The relay with the bulk sender: at least once, marked as it is settled, put back when it must stop."""

import itertools

import pytest
from flask import Flask

from backend.messaging import deliveries, spread
from backend.messaging.deliveries import LEASE
from backend.messaging.models import Channel, Delivery, DeliveryState, SubscriptionGrant
from backend.messaging.readers import Moment
from backend.people.models import Organization
from backend.wechat.gateway import Gateway
from bot.process import transports_for
from bot.relay import Relay
from bot.transports.carrier import Stopping
from tests.conftest import SHANGHAI, FakeClock
from tests.emulated import ROBOT_KEY, SEND, WEBHOOK, Platform
from tests.wechat.gateway.makers import enter_branch, enter_people, invite, notice_template, states

PEOPLE = 30


@pytest.fixture
def people(gateway: Gateway, platform: Platform, clock: FakeClock) -> list[int]:
    """People with one grant each."""
    return enter_people(platform, PEOPLE, notice_template(), credits=1, now=clock())


@pytest.fixture
def branch(gateway: Gateway, clock: FakeClock) -> Organization:
    """A branch with a robot in its group."""
    return enter_branch(clock(), robot_key=ROBOT_KEY)


def relay_of(app: Flask, gateway: Gateway, stopping: Stopping = lambda: False) -> Relay:
    """The bot's relay."""
    return Relay(transports_for(app.extensions["zhibu.settings"], gateway), SHANGHAI, stopping)


def test_all_are_sent_and_counted(
    app: Flask, gateway: Gateway, platform: Platform, people: list[int], branch: Organization, clock: FakeClock
) -> None:
    invite(branch, people, "a", now=clock())
    assert relay_of(app, gateway).deliver_due(now=clock()) == PEOPLE + 1
    assert states() == {"sent": PEOPLE + 1}
    ids = {row.platform_id for row in Delivery.select().where(Delivery.channel == Channel.SUBSCRIBE_MESSAGE)}
    assert ids == {one["msgid"] for one in platform.sent(channel="subscribe_message")}
    assert {row.credits for row in SubscriptionGrant.select()} == {0}
    assert len(platform.sent(channel="wecom_robot")) == 1


def test_each_fault_has_its_consequence(
    app: Flask, gateway: Gateway, platform: Platform, people: list[int], branch: Organization, clock: FakeClock
) -> None:
    for user, fault in {
        "p1": {"errcode": -1},
        "p2": {"errcode": 43101},
        "p3": {"errcode": 47003},
        "p4": {"drop": True, "after": True},
        "p5": {"errcode": 40164},
    }.items():
        platform.fault(SEND, user=user, **fault)
    invite(branch, people, "a", now=clock())
    relay = relay_of(app, gateway)
    relay.deliver_due(now=clock())
    assert states() == {"sent": PEOPLE - 4, "pending": 3, "skipped": 1, "dead": 1}
    assert Delivery.select().where(Delivery.maybe_twice).count() == 1
    clock.advance(minutes=10)
    platform.set_clock(clock())
    relay.deliver_due(now=clock())
    # the one whose answer was lost had been taken: without a grant it is not sent again
    assert states() == {"sent": PEOPLE - 2, "skipped": 2, "dead": 1}
    assert len({one["openid"] for one in platform.sent(channel="subscribe_message")}) == PEOPLE - 2


def test_what_was_not_begun_goes_back_untried(
    app: Flask, gateway: Gateway, people: list[int], branch: Organization, clock: FakeClock
) -> None:
    invite(branch, people, "a", now=clock())
    asked = itertools.count()
    relay_of(app, gateway, lambda: next(asked) > 20).deliver_due(now=clock())
    found = states()
    assert found["pending"] > 0
    assert found["sent"] > 0
    assert found["sent"] + found["pending"] == PEOPLE + 1
    assert {row.attempts for row in Delivery.select().where(Delivery.state == DeliveryState.PENDING)} == {0}
    relay_of(app, gateway).deliver_due(now=clock())
    assert states() == {"sent": PEOPLE + 1}


def test_what_a_dead_bot_had_in_hand_is_sent_again_and_marked(
    app: Flask, gateway: Gateway, platform: Platform, people: list[int], branch: Organization, clock: FakeClock
) -> None:
    invite(branch, people, "a", now=clock())
    spread.spread_due(10, Moment(clock(), SHANGHAI))
    assert len(deliveries.claim(500, now=clock())) == PEOPLE + 1  # and dies
    relay = relay_of(app, gateway)
    assert relay.deliver_due(now=clock()) == 0  # nobody else may touch them yet
    clock.advance(seconds=LEASE.total_seconds() + 1)
    platform.set_clock(clock())
    relay.deliver_due(now=clock())
    assert states() == {"sent": PEOPLE + 1}
    assert all(row.maybe_twice for row in Delivery.select())


def test_posts_that_wait_for_one_robot_come_one_by_one(
    app: Flask, gateway: Gateway, platform: Platform, branch: Organization, clock: FakeClock
) -> None:
    for number in range(25):
        invite(branch, [], f"a{number}", now=clock(), urgent=True)
    relay = relay_of(app, gateway)
    seconds = 0
    while states() != {"sent": 25}:
        relay.deliver_due(now=clock())
        clock.advance(seconds=1)
        platform.set_clock(clock())
        seconds += 1
        assert seconds < 120
    assert len(platform.sent(channel="wecom_robot")) == 25
    assert platform.look("errors") == []  # never too fast
    assert max(row.attempts for row in Delivery.select()) == 1


def test_a_robot_that_is_told_to_wait_waits(
    app: Flask, gateway: Gateway, platform: Platform, branch: Organization, clock: FakeClock
) -> None:
    platform.fault(WEBHOOK, errcode=45009)
    invite(branch, [], "a", now=clock())
    relay = relay_of(app, gateway)
    relay.deliver_due(now=clock())
    clock.advance(seconds=59)
    relay.deliver_due(now=clock())
    assert states() == {"pending": 1}
    clock.advance(seconds=2)
    relay.deliver_due(now=clock())
    assert states() == {"sent": 1}
