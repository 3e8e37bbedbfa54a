"""Service notifications from event to phone: each once, grants as the platform has them, nothing lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from backend.messaging.deliveries import BACK_OFF
from backend.messaging.models import Delivery, DeliveryState, InboxMessage, MessageTemplate
from backend.messaging.rules import Purpose
from tests.bot.conftest import USERS
from tests.cast import World
from tests.conftest import FakeClock
from tests.emulated import SEND, Platform
from tests.messaging.makers import credits_of, grant, happen, template

Tick = Callable[..., int]


@pytest.fixture
def card(known: World) -> MessageTemplate:
    """The template for progress of orders."""
    return template(Purpose.ORDER_PROGRESS)


@pytest.fixture
def owe(known: World, card: MessageTemplate, platform: Platform, clock: FakeClock) -> Callable[..., None]:
    """Something to tell to some people, who have accepted so many messages on both sides' books."""

    def owing(*parts: str, credits: int = 1, at_platform: int | None = None, **facts: Any) -> None:
        for part in parts:
            grant(known.people[part].account, card, credits, clock())
            platform.accept(USERS[part], card.template_id, credits if at_platform is None else at_platform)
        people = {"requester": [known.people[part].account.id for part in parts]}
        happen("order.claimed", clock(), at=known.branch, people=people, **facts)

    return owing


def states() -> list[str]:
    """What became of the deliveries."""
    return [row.state for row in Delivery.select().order_by(Delivery.id)]


def arrived(platform: Platform) -> list[str]:
    """Who got something, in order."""
    return [item["user"] for item in platform.sent(channel="subscribe_message")]


def only() -> Delivery:
    """The one delivery there is."""
    (row,) = Delivery.select()
    found: Delivery = row
    return found


def test_what_happened_arrives_once_as_it_should_read(
    owe: Callable[..., None], tick: Tick, platform: Platform, known: World, card: MessageTemplate, clock: FakeClock
) -> None:
    owe("resident")
    assert tick() == 1
    (item,) = platform.sent()
    assert (item["user"], item["template_id"]) == ("resident-li", card.template_id)
    assert item["page"] == "pages/order/detail?number=261123-483920"
    assert dict(item["lines"])["当前状态"] == "已接单"
    kept = only()
    assert (kept.state, kept.platform_id, kept.sent_at) == (DeliveryState.SENT, item["msgid"], clock())
    assert credits_of(known.resident.account, card) == 0
    for _ in range(3):
        assert tick(60) == 0
    assert len(platform.sent()) == 1


def test_the_inbox_has_it_whatever_the_platform_does(
    owe: Callable[..., None], tick: Tick, platform: Platform, known: World
) -> None:
    platform.fault(SEND, http=502, times=None)
    owe("resident", "neighbour")
    tick()
    assert InboxMessage.select().count() == 2


def test_a_refusal_in_the_middle_of_a_batch_concerns_one_person(
    owe: Callable[..., None], tick: Tick, platform: Platform, known: World, card: MessageTemplate
) -> None:
    owe("resident", "neighbour", "member", credits=2)
    platform.control(
        "subscribe", user="resident-wang", template_id=card.template_id, result="reject", source="settings"
    )
    tick()
    assert sorted(arrived(platform)) == ["member-qian", "resident-li"]
    skipped = Delivery.get(Delivery.account == known.neighbour.account)
    assert (skipped.state, skipped.attempts) == (DeliveryState.SKIPPED, 1)
    assert "43101" in skipped.fault
    assert credits_of(known.neighbour.account, card) == 0
    assert credits_of(known.resident.account, card) == credits_of(known.member.account, card) == 1


@pytest.mark.parametrize("errcode", [47003, 40037, 41030, 45168, 43107])
def test_what_can_never_be_sent_is_a_dead_letter_at_once_and_costs_no_grant(
    owe: Callable[..., None], tick: Tick, platform: Platform, known: World, card: MessageTemplate, errcode: int
) -> None:
    platform.fault(SEND, errcode=errcode)
    owe("resident")
    tick()
    assert (only().state, only().attempts) == (DeliveryState.DEAD, 1)
    assert str(errcode) in only().fault
    assert credits_of(known.resident.account, card) == 1


@pytest.mark.parametrize("fault", [{"errcode": -1}, {"errcode": 45011}, {"errcode": 45009}, {"errcode": 43108}])
def test_a_passing_refusal_costs_no_grant_and_is_tried_again(
    owe: Callable[..., None],
    tick: Tick,
    platform: Platform,
    known: World,
    card: MessageTemplate,
    clock: FakeClock,
    fault: dict[str, Any],
) -> None:
    platform.fault(SEND, **fault)
    owe("resident")
    tick()
    assert (only().state, only().maybe_twice) == (DeliveryState.PENDING, False)
    assert credits_of(known.resident.account, card) == 1
    tick((only().available_at - clock()).total_seconds())
    assert arrived(platform) == ["resident-li"]
    assert (only().state, only().attempts) == (DeliveryState.SENT, 2)
    assert credits_of(known.resident.account, card) == 0


@pytest.mark.parametrize("fault", [{"http": 502}, {"truncate": True}, {"drop": True}, {"html": True}])
def test_no_answer_loses_no_message_even_if_it_was_the_last_grant(
    owe: Callable[..., None], tick: Tick, platform: Platform, known: World, fault: dict[str, Any]
) -> None:
    platform.fault(SEND, **fault)
    owe("resident")
    tick()
    assert (only().state, only().maybe_twice) == (DeliveryState.PENDING, True)
    tick(61)
    assert arrived(platform) == ["resident-li"]
    assert (only().state, only().maybe_twice) == (DeliveryState.SENT, True)


def test_an_answer_that_was_lost_sends_twice_only_within_the_grants_and_says_so(
    owe: Callable[..., None], tick: Tick, platform: Platform, known: World, card: MessageTemplate
) -> None:
    platform.fault(SEND, after=True)
    owe("resident")
    tick()
    assert arrived(platform) == ["resident-li"]
    tick(61)
    assert arrived(platform) == ["resident-li"]  # the platform knew that the grant was used up
    assert (only().state, only().maybe_twice) == (DeliveryState.SKIPPED, True)
    assert credits_of(known.resident.account, card) == 0


def test_a_platform_that_stays_down_is_asked_ever_more_rarely_and_then_no_more(
    owe: Callable[..., None], tick: Tick, platform: Platform, known: World, card: MessageTemplate, clock: FakeClock
) -> None:
    platform.fault(SEND, errcode=-1, times=None)
    owe("resident")
    tick()
    for tries, pause in enumerate(BACK_OFF, start=1):
        assert (only().state, only().attempts) == (DeliveryState.PENDING, tries)
        assert only().available_at == clock() + pause
        assert tick((pause - timedelta(seconds=1)).total_seconds()) == 0
        assert tick(1) == 1
    assert (only().state, only().attempts) == (DeliveryState.DEAD, len(BACK_OFF) + 1)
    assert tick(86_400) == 0
    assert credits_of(known.resident.account, card) == 1


def test_two_messages_for_one_grant_are_one_message(
    owe: Callable[..., None], tick: Tick, platform: Platform, known: World, card: MessageTemplate, clock: FakeClock
) -> None:
    owe("resident")
    happen("order.claimed", clock(), at=known.branch, people={"requester": [known.resident.account.id]})
    tick()
    assert arrived(platform) == ["resident-li"]
    assert sorted(states()) == ["sent", "skipped"]
    assert credits_of(known.resident.account, card) == 0


def test_without_a_grant_nothing_is_tried(
    owe: Callable[..., None], tick: Tick, platform: Platform, known: World, card: MessageTemplate
) -> None:
    owe("resident", credits=0, at_platform=1)
    platform.count(SEND)
    tick()
    assert (states(), platform.calls(SEND)) == ([], 0)


def test_whoever_never_came_to_the_mini_program_has_his_inbox(
    known: World, card: MessageTemplate, tick: Tick, platform: Platform, clock: FakeClock
) -> None:
    grant(known.stranger.account, card, 1, clock())
    known.stranger.account.wechatidentity_set.get().delete_instance()
    happen("order.claimed", clock(), at=known.branch, people={"requester": [known.stranger.account.id]})
    tick()
    assert (only().state, platform.sent()) == (DeliveryState.SKIPPED, [])


def test_a_text_without_a_time_for_its_field_is_not_sent_half(
    known: World, tick: Tick, platform: Platform, clock: FakeClock
) -> None:
    task = template(Purpose.ORDER_TASK)
    grant(known.volunteer.account, task, 1, clock())
    people = {"offered": [known.volunteer.account.id]}
    happen("order.dispatched", clock(), at=known.branch, people=people, due_at=None)
    tick()
    assert (only().state, only().fault) == (DeliveryState.SKIPPED, "no value for time4")
    assert platform.sent() == []
    assert credits_of(known.volunteer.account, task) == 1


def test_a_template_that_was_taken_away_skips_what_was_owed(
    owe: Callable[..., None], tick: Tick, platform: Platform, card: MessageTemplate
) -> None:
    owe("resident")
    MessageTemplate.update(purpose="other").execute()
    tick()
    assert platform.sent() == []


def test_a_token_that_a_rival_renewed_costs_one_more_call(
    owe: Callable[..., None], tick: Tick, platform: Platform, known: World, clock: FakeClock
) -> None:
    owe("resident", credits=2)
    tick()
    platform.fault(SEND, errcode=40001)
    happen("order.claimed", clock(), at=known.branch, people={"requester": [known.resident.account.id]})
    tick(1)
    assert arrived(platform) == ["resident-li"] * 2
    assert states() == ["sent", "sent"]
