"""Groups: added with a sealed key, tried out, muted, switched off and on, by those who manage them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from backend.messaging.models import Channel, Delivery, GroupChat, OutboxEvent
from bot.relay import Relay
from tests.cast import World
from tests.conftest import SHANGHAI, Api, FakeClock
from tests.messaging.makers import group, happen, spread_all

Calls = Callable[[Any], Api]
PATH = "/organizations/DH-01-01/group-chats"
KEY = "693a91f6-7a6c-4dfe-9d07-b1c2d3e4f5a6"
ADDRESS = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"


class Postman:
    """Takes everything."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def send(self, parcel: Any, *, now: datetime) -> None:
        """Take one."""
        self.taken.append(parcel.rule.write(parcel.facts).body)


def relayed(clock: FakeClock) -> list[str]:
    """What the bot posts now."""
    postman = Postman()
    spread_all(clock())
    Relay(dict.fromkeys(Channel, postman), SHANGHAI, lambda: False, {}).deliver_due(now=clock())
    return postman.taken


@pytest.mark.parametrize("given", [KEY, ADDRESS, f" {ADDRESS} "])
def test_a_robots_group_is_added_with_its_key_which_is_never_shown(api: Calls, world: World, given: str) -> None:
    answer = api(world.secretary).post(PATH, {"name": "工作群", "kind": "robot", "robot_key": given})
    assert answer.status == 201, answer.body
    assert KEY not in str(answer.body) + str(api(world.secretary).get(PATH).body)
    (kept,) = GroupChat.select()
    assert kept.robot_key.open() == KEY
    assert (kept.channel, answer.data["kind"], answer.data["last_post"]) == (Channel.WECOM_ROBOT, "robot", None)


@pytest.mark.parametrize("kind", ["wechat", "customer"])
def test_other_groups_get_their_posts_by_a_persons_hand(api: Calls, world: World, kind: str) -> None:
    answer = api(world.secretary).post(PATH, {"name": "居民群", "kind": kind})
    assert (answer.status, answer.data["kind"], answer.data["channel"]) == (201, kind, "manual_forward")


@pytest.mark.parametrize(
    "body",
    [
        {"name": "群", "kind": "robot"},
        {"name": "群", "kind": "wechat", "robot_key": KEY},
        {"name": "群", "kind": "robot", "robot_key": "https://elsewhere.example/send?key=" + KEY},
        {"name": "群", "kind": "robot", "robot_key": "short"},
        {"name": "", "kind": "wechat"},
        {"name": "群", "kind": "telegram"},
    ],
)
def test_a_group_that_makes_no_sense_is_refused(api: Calls, world: World, body: dict[str, Any]) -> None:
    assert api(world.secretary).post(PATH, body).status == 422
    assert GroupChat.select().count() == 0


def test_a_test_post_goes_out_once_a_minute_and_its_fate_is_shown(api: Calls, world: World, clock: FakeClock) -> None:
    chat = group(world.branch, clock())
    for _ in range(2):
        assert api(world.secretary).post(f"/group-chats/{chat.public_id}/test").status == 200
        clock.advance(seconds=1)
    assert relayed(clock) == ["【测试】大河社区第一党支部的通知会发到这里。看到这条就说明设置好了。"]
    (shown,) = api(world.secretary).get(PATH).data
    assert (shown["last_post"]["state"], shown["last_post"]["fault"]) == ("sent", None)
    assert OutboxEvent.select().count() == 1


def test_a_disabled_group_gets_nothing_until_it_is_enabled_with_its_new_key(
    api: Calls, world: World, clock: FakeClock
) -> None:
    chat = group(world.branch, clock())
    shown = api(world.secretary).post(f"/group-chats/{chat.public_id}/disable").data
    assert (shown["disabled"], shown["disabled_reason"]) == (True, "switched off by hand")
    answer = api(world.secretary).post(f"/group-chats/{chat.public_id}/test")
    assert (answer.status, answer.code) == (409, "group_chat_disabled")
    happen("activity.cancelled", clock(), at=world.branch)
    assert relayed(clock) == []
    shown = api(world.secretary).post(f"/group-chats/{chat.public_id}/enable", {"robot_key": ADDRESS}).data
    assert (shown["disabled"], shown["disabled_reason"]) == (False, None)
    assert GroupChat.get_by_id(chat.id).robot_key.open() == KEY
    happen("activity.cancelled", clock(), at=world.branch)
    assert len(relayed(clock)) == 1


def test_a_muted_group_is_left_in_peace_until_then(api: Calls, world: World, clock: FakeClock) -> None:
    chat = group(world.branch, clock())
    until = clock() + timedelta(hours=2)
    path = f"/group-chats/{chat.public_id}/mute"
    assert api(world.secretary).post(path, {"until": until.isoformat()}).data["muted_until"] is not None
    happen("activity.cancelled", clock(), at=world.branch)
    assert relayed(clock) == []
    assert [(row.state, row.fault) for row in Delivery.select()] == [("skipped", "the group is muted")]
    clock.set(until)
    happen("activity.cancelled", clock(), at=world.branch)
    assert len(relayed(clock)) == 1
    assert api(world.secretary).post(path, {}).data["muted_until"] is None
    assert api(world.secretary).post(path, {"until": "2026-11-23T10:00:00"}).status == 422


def test_an_ordinary_group_has_no_key(api: Calls, world: World, clock: FakeClock) -> None:
    chat = group(world.branch, clock(), channel=Channel.MANUAL_FORWARD, key=None)
    answer = api(world.secretary).post(f"/group-chats/{chat.public_id}/enable", {"robot_key": KEY})
    assert answer.status == 422


@pytest.mark.parametrize("action", ["test", "disable", "enable", "mute", "owner"])
@pytest.mark.parametrize(
    ("part", "status"), [("host_secretary", 404), ("member", 403), ("resident", 404), ("county_officer", 404)]
)
def test_groups_are_tended_by_their_own_branch(
    api: Calls, world: World, clock: FakeClock, action: str, part: str, status: int
) -> None:
    chat = group(world.branch, clock())
    body = None if action in {"test", "disable"} else {}
    assert api(world.people[part]).post(f"/group-chats/{chat.public_id}/{action}", body).status == status
    assert api(world.people[part]).post(PATH, {"name": "群", "kind": "wechat"}).status in {403, 404}
    assert api(world.secretary).post(f"/group-chats/nobody/{action}", body).code == "group_chat_not_found"
    assert GroupChat.select().count() == 1
