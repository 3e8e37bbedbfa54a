"""Posts to groups: WeCom robots at their pace, WeChat groups by a person's hand, and texts that are checked."""

from collections.abc import Callable
from datetime import timedelta
from itertools import chain, repeat
from types import SimpleNamespace
from typing import Any

import pytest

from backend.messaging.models import (
    Channel,
    Delivery,
    DeliveryState,
    Forward,
    GroupChat,
    InboxMessage,
    OutboxEvent,
    RateBucket,
)
from backend.messaging.rates import interval_for
from backend.wechat.gateway import Gateway
from bot.relay import Relay
from bot.transports import wecom_robot
from bot.transports.content_check import ContentChecks
from tests.bot.conftest import USERS
from tests.cast import APPID, World
from tests.conftest import SHANGHAI, FakeClock
from tests.emulated import ROBOT_KEY, WEBHOOK, Platform
from tests.messaging.makers import group, happen, spread_all
from tests.messaging.samples import DESCRIPTION, PERSON, PHONE, PLACE

Tick = Callable[..., int]


@pytest.fixture
def chat(known: World, clock: FakeClock) -> GroupChat:
    """The group of the branch, whose robot the platform knows."""
    return group(known.branch, clock(), key=ROBOT_KEY)


def posts(platform: Platform) -> list[str]:
    """What the groups have read, in order."""
    return [item["text"] for item in platform.sent(channel="wecom_robot")]


def refusals(platform: Platform) -> list[int]:
    """What the platform refused."""
    return [one["errcode"] for one in platform.look("errors")]


def announce(known: World, clock: FakeClock, *kinds: str) -> None:
    """Something that cannot wait, one of each kind."""
    for kind in kinds:
        happen("activity.cancelled", clock(), at=known.branch, title=kind)


def test_a_group_reads_the_kind_and_nothing_personal(
    known: World, chat: GroupChat, tick: Tick, platform: Platform, clock: FakeClock
) -> None:
    happen("order.dispatched", clock(), at=known.branch, service_type="设施维修")
    tick()
    (text,) = posts(platform)
    assert text == "【群众点单】大河社区第一党支部有 1 件“设施维修”已派单，感谢接单的同志。"
    raw = str(platform.sent())
    assert [secret for secret in (PHONE, PERSON, PLACE, DESCRIPTION) if secret in raw] == []


def test_a_robot_keeps_its_pace_and_its_order_and_is_never_told_to_slow_down(
    known: World, chat: GroupChat, tick: Tick, platform: Platform, clock: FakeClock
) -> None:
    kinds = [f"第 {number} 类" for number in range(25)]
    announce(known, clock, *kinds)
    start, ticks = clock(), 0
    while Delivery.select().where(Delivery.state == DeliveryState.PENDING).exists() or ticks == 0:
        tick(1 if ticks else 0)
        ticks += 1
        assert ticks < 150
    assert [text.partition("“")[2].partition("”")[0] for text in posts(platform)] == kinds
    assert refusals(platform) == []
    assert clock() - start < timedelta(seconds=110)
    assert Delivery.select().where(Delivery.attempts > 1).count() == 0


def test_a_robot_that_was_told_to_wait_waits_a_minute_and_loses_nothing(
    known: World, chat: GroupChat, tick: Tick, platform: Platform, clock: FakeClock
) -> None:
    platform.fault(WEBHOOK, errcode=45009)
    announce(known, clock, "一", "二")
    for _ in range(59):
        tick(1)
    assert posts(platform) == []
    for _ in range(10):
        tick(1)
    assert len(posts(platform)) == 2
    assert not Delivery.select().where(Delivery.maybe_twice).exists()


def test_two_robots_do_not_wait_for_each_other(
    known: World, chat: GroupChat, tick: Tick, platform: Platform, clock: FakeClock
) -> None:
    group(known.host_branch, clock(), key="8e2a1b4f-6c75-4d2f-8b63-1d7a2f3e4b52")
    happen("lesson.published", clock(), at=known.county)
    tick()
    assert len(posts(platform)) == 2


@pytest.mark.parametrize("change", [{"removed": True}, {"disabled": True}])
def test_a_robot_that_was_removed_is_disabled_and_its_secretary_told_once(
    known: World, chat: GroupChat, tick: Tick, platform: Platform, clock: FakeClock, change: dict[str, Any]
) -> None:
    platform.control("robots", key=ROBOT_KEY, **change)
    announce(known, clock, "一", "二", "三")
    for _ in range(5):
        tick(5)
    kept = GroupChat.get_by_id(chat.id)
    assert kept.disabled_at is not None
    assert kept.disabled_reason in {"93000", "93004"}
    assert {row.state for row in Delivery.select()} == {DeliveryState.SKIPPED}
    assert OutboxEvent.select().where(OutboxEvent.topic == "group.robot_disabled").count() == 1
    (told,) = InboxMessage.select()
    assert told.account_id == known.secretary.account.id
    assert kept.disabled_reason in told.body
    announce(known, clock, "四")
    tick(5)
    assert Delivery.select().count() == 3  # nothing is owed to a group that is disabled
    assert posts(platform) == []


def test_a_robot_without_a_key_is_skipped(known: World, tick: Tick, platform: Platform, clock: FakeClock) -> None:
    group(known.branch, clock(), key=None)
    announce(known, clock, "一")
    tick()
    assert [(row.state, row.fault) for row in Delivery.select()] == [("skipped", "the robot is disabled")]


def test_the_key_of_a_robot_is_in_no_row_of_the_queue(
    known: World, chat: GroupChat, tick: Tick, platform: Platform, clock: FakeClock
) -> None:
    platform.fault(WEBHOOK, drop=True, times=None)
    announce(known, clock, "一")
    tick()
    (kept,) = Delivery.select().dicts()
    (event,) = OutboxEvent.select().dicts()
    assert ROBOT_KEY not in str(kept) + str(event)


def test_a_wechat_group_gets_its_post_by_the_secretarys_hand(
    known: World, tick: Tick, platform: Platform, clock: FakeClock
) -> None:
    group(known.branch, clock(), channel=Channel.MANUAL_FORWARD, key=None)
    happen("order.dispatched", clock(), at=known.branch, service_type="设施维修")
    tick()
    tick(1)
    (post,) = Forward.select()
    assert post.text.startswith("【群众点单】")
    assert post.done_at is None
    assert Delivery.get().state == DeliveryState.SENT
    (told,) = InboxMessage.select()
    assert (told.account_id, told.title) == (known.secretary.account.id, "有一条消息待转发")
    assert platform.sent() == []


# ---------------------------------------------------------------- content checks


@pytest.fixture
def verdicts(known: World, gateway: Gateway) -> list[tuple[int, str]]:
    """What the rooms were told, as (id, verdict)."""
    return []


@pytest.fixture
def check(
    known: World, gateway: Gateway, platform: Platform, clock: FakeClock, verdicts: list[tuple[int, str]]
) -> Callable[..., None]:
    """Let the platform check a text of somebody and run the relay."""
    subjects = {"note": lambda number, verdict, *, now: verdicts.append((number, verdict))}
    relay = Relay(
        {Channel.CONTENT_CHECK: ContentChecks(gateway, APPID, subjects, "http://127.0.0.1")}, SHANGHAI, lambda: False
    )

    def checking(text: str, part: str = "resident") -> None:
        facts = {"subject": "note", "id": 17, "text": text, "scene": 1, "account_id": known.people[part].account.id}
        happen("content.check", clock(), at=known.branch, **facts)
        spread_all(clock())
        relay.deliver_due(now=clock())

    return checking


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("三号楼楼道灯不亮", "pass"),
        ("这里有违禁词示例", "risky"),
        ("这里有待审词示例", "review"),
    ],
)
def test_a_verdict_goes_back_to_the_room_that_asked(
    check: Callable[..., None], platform: Platform, verdicts: list[tuple[int, str]], text: str, verdict: str
) -> None:
    platform.control("visit", user=USERS["resident"])
    check(text)
    assert verdicts == [(17, verdict)]
    assert Delivery.get().state == DeliveryState.SENT


def test_an_author_who_was_not_there_for_two_hours_goes_to_a_person(
    check: Callable[..., None], platform: Platform, verdicts: list[tuple[int, str]], clock: FakeClock
) -> None:
    platform.control("visit", user=USERS["resident"])
    clock.advance(hours=3)
    platform.set_clock(clock())
    check("三号楼楼道灯不亮")
    assert verdicts == [(17, "review")]


def test_an_author_whom_the_platform_never_saw_goes_to_a_person(
    check: Callable[..., None], known: World, verdicts: list[tuple[int, str]]
) -> None:
    known.stranger.account.wechatidentity_set.get().delete_instance()
    check("三号楼楼道灯不亮", part="stranger")
    assert verdicts == [(17, "review")]


def test_a_check_that_got_no_answer_is_asked_again(
    check: Callable[..., None], platform: Platform, verdicts: list[tuple[int, str]]
) -> None:
    platform.control("visit", user=USERS["resident"])
    platform.fault("/wxa/msg_sec_check", http=502)
    check("三号楼楼道灯不亮")
    assert (verdicts, Delivery.get().state) == ([], DeliveryState.PENDING)


def test_a_post_that_was_long_on_its_way_keeps_the_next_one_waiting(
    known: World, chat: GroupChat, tick: Tick, platform: Platform, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else two posts may come to the platform closer together than they left."""
    passing = chain([0.0, 2.5], repeat(2.5))  # before and after the first post
    monkeypatch.setattr(wecom_robot, "time", SimpleNamespace(monotonic=lambda: next(passing)))
    announce(known, clock, "一", "二")
    bucket, start = RateBucket.select().where(RateBucket.name.startswith("robot:")), clock()
    tick()
    pause = interval_for(20)
    assert [row.next_at - start for row in bucket] == [timedelta(seconds=2.5) + pause]
