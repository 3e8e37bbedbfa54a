"""Customer groups of WeCom: the owner is asked to send, what he did is asked for, and nothing is lost or doubled."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from backend.core.database import database
from backend.core.settings import Settings
from backend.messaging.models import CustomerPost, Delivery, Forward, InboxMessage
from backend.rooms import STILL_TRUE
from backend.wechat.gateway import Gateway
from backend.wechat.wecom import MassMessage
from bot.process import transports_for
from bot.relay import Relay
from bot.transports.customer_group import look_after_posts
from tests.cast import World
from tests.conftest import SHANGHAI, Api, FakeClock
from tests.emulated import Platform
from tests.messaging.makers import happen

Calls = Callable[[Any], Api]
Tick = Callable[..., int]
GROUPS = "/organizations/DH-01-01/group-chats"
CHAT, OWNER = "wrDemoCustomerGroup0000000000001", "secretary-sun"
CORP: dict[str, Any] = {
    "wecom_corp_id": "ww0d0e0a0b00000001",
    "wecom_secret": "7c5f2e3abd9f64a8ae2f3a4b5c6d7e8fa0b1c2d3",
}
ADD = "/cgi-bin/externalcontact/add_msg_template"
RESULT = "/cgi-bin/externalcontact/get_groupmsg_send_result"
CANCEL = "/cgi-bin/externalcontact/cancel_groupmsg_send"
DAY = 86_400


@pytest.fixture
def gateway(app: object, settings: Settings, clock: FakeClock) -> Gateway:
    """The gateway to the emulator, with an application in WeCom."""
    return Gateway(replace(settings, **CORP), clock)


@pytest.fixture
def look(gateway: Gateway, platform: Platform, clock: FakeClock) -> Callable[..., int]:
    """Turn both clocks by some seconds and ask what the owners did."""

    def turn(seconds: float = 0) -> int:
        clock.advance(seconds=seconds)
        platform.set_clock(clock())
        return look_after_posts(gateway=gateway, still_true=STILL_TRUE, now=clock())

    return turn


@pytest.fixture
def secretary(api: Calls, known: World) -> Api:
    """The secretary, whose branch has a customer group that is linked to WeCom."""
    added = api(known.secretary).post(GROUPS, {"name": "便民群", "kind": "customer", "chat_id": CHAT, "owner": OWNER})
    assert (added.status, added.data["channel"], added.data["linked"]) == (201, "customer_group", True), added.body
    return api(known.secretary)


def read(platform: Platform) -> list[str]:
    """What the group has read."""
    return [one["text"] for one in platform.sent(channel="wecom_customer_group")]


def tasks(platform: Platform) -> list[dict[str, Any]]:
    """What the owner was asked to send."""
    return list(platform.look("wecom/tasks"))


def shown(secretary: Api) -> tuple[str, list[str]]:
    """The state of the last post, and of every post that was handed to the owner."""
    (chat,) = secretary.get(GROUPS).data
    return chat["last_post"]["state"], [one["state"] for one in chat["posts"]]


def waiting(secretary: Api) -> list[str]:
    """Why each post that waits for a person does."""
    return [one["reason"] for one in secretary.get("/me/forwards").data["items"]]


def asked(known: World, tick: Tick, clock: FakeClock) -> None:
    """Something happens, and the bot tells the group."""
    happen("activity.cancelled", clock(), at=known.branch)
    tick()


def test_the_owner_is_asked_once_and_his_tap_is_seen(
    secretary: Api, known: World, platform: Platform, tick: Tick, look: Tick, clock: FakeClock
) -> None:
    asked(known, tick, clock)
    (task,) = tasks(platform)
    assert (read(platform), shown(secretary)) == ([], ("asked", ["asked"]))
    assert (look(60), look(240)) == (0, 0)
    platform.control("wecom/confirm", msgid=task["msgid"])
    assert look(300) == 0  # not due yet: the pauses grow
    assert look(300) == 1
    assert shown(secretary) == ("owner_sent", ["sent"])
    assert "【取消】" in read(platform)[0]
    assert (look(3 * DAY), waiting(secretary), len(tasks(platform))) == (0, [], 1)


def test_the_owners_account_is_sealed_and_shown_to_nobody(
    secretary: Api, known: World, tick: Tick, clock: FakeClock
) -> None:
    asked(known, tick, clock)
    stored = database.execute_sql("SELECT g.owner_user, p.sender FROM group_chat g, customer_post p").fetchone()
    assert OWNER not in str(stored)
    assert OWNER not in str(secretary.get(GROUPS).body)
    assert CustomerPost.get().sender.open() == OWNER


def test_a_post_that_is_not_confirmed_in_two_days_is_withdrawn_and_forwarded_by_hand(
    secretary: Api, known: World, platform: Platform, tick: Tick, look: Tick, clock: FakeClock
) -> None:
    asked(known, tick, clock)
    (task,) = tasks(platform)
    platform.count(RESULT)
    for _ in range(48 * 6 - 1):
        look(600)
    assert (platform.calls(RESULT) < 20, waiting(secretary)) == (True, [])
    assert (look(600), look(600)) == (1, 0)
    assert (waiting(secretary), shown(secretary)) == (["群主两天内没有发"], ("to_forward", ["handed_over"]))
    platform.control("wecom/confirm", msgid=task["msgid"])
    assert read(platform) == []  # withdrawn: the owner cannot send it beside the person
    tick()
    (told,) = InboxMessage.select().where(InboxMessage.page == "pages/forward/list")
    assert (told.account_id, "群主两天内没有发" in told.body) == (known.secretary.account.id, True)


def test_a_tap_in_the_last_minute_counts(
    secretary: Api, known: World, platform: Platform, tick: Tick, look: Tick, clock: FakeClock
) -> None:
    asked(known, tick, clock)
    platform.control("wecom/confirm", msgid=tasks(platform)[0]["msgid"])
    assert (look(2 * DAY), shown(secretary), waiting(secretary)) == (1, ("owner_sent", ["sent"]), [])


def test_when_the_platform_does_not_say_a_person_is_told_to_look_first(
    secretary: Api, known: World, platform: Platform, tick: Tick, look: Tick, clock: FakeClock
) -> None:
    asked(known, tick, clock)
    platform.fault(RESULT, errcode=-1, times=None)
    assert (look(DAY), look(DAY)) == (0, 1)
    assert "先看看群里" in waiting(secretary)[0]


def test_an_answer_that_was_lost_leads_to_a_second_task_that_is_marked(
    secretary: Api, known: World, platform: Platform, tick: Tick, look: Tick, clock: FakeClock
) -> None:
    platform.fault(ADD, after=True)
    asked(known, tick, clock)
    assert shown(secretary) == ("pending", ["asking"])
    tick(5)
    assert len(tasks(platform)) == 2
    (chat,) = secretary.get(GROUPS).data
    assert [(one["state"], one["maybe_twice"]) for one in chat["posts"]] == [("asked", True)]
    assert CustomerPost.get().task_id == Delivery.get().platform_id == tasks(platform)[1]["msgid"]
    # the first task cannot be withdrawn, its id was in the lost answer: who forwards is told to look first
    assert look(2 * DAY) == 1
    assert [one["cancelled"] for one in tasks(platform)] == [False, True]
    assert "先看看群里" in waiting(secretary)[0]


def test_a_bot_that_died_after_the_task_was_kept_asks_nobody_again(
    secretary: Api, known: World, platform: Platform, tick: Tick, clock: FakeClock
) -> None:
    asked(known, tick, clock)
    Delivery.update(state="sending", lease="dead", platform_id=None, available_at=clock()).execute()
    tick(61)
    assert (len(tasks(platform)), CustomerPost.select().count()) == (1, 1)
    assert Delivery.get().platform_id == tasks(platform)[0]["msgid"]


def test_one_post_a_day_goes_to_the_owner_and_the_next_to_a_person(
    secretary: Api, known: World, platform: Platform, tick: Tick, clock: FakeClock
) -> None:
    for _ in range(2):
        asked(known, tick, clock)
    assert (len(tasks(platform)), waiting(secretary)) == (1, ["这个客户群今天已经交给群主一条了"])
    (chat,) = secretary.get(GROUPS).data
    assert (chat["last_post"]["state"], chat["last_post"]["fault"]) == (
        "to_forward",
        "这个客户群今天已经交给群主一条了",
    )
    tick(DAY)
    asked(known, tick, clock)
    assert (len(tasks(platform)), len(waiting(secretary))) == (2, 1)


def test_what_the_platform_counts_as_too_much_is_forwarded_by_hand(
    secretary: Api, known: World, platform: Platform, tick: Tick, look: Tick, clock: FakeClock, gateway: Gateway
) -> None:
    for _ in range(30):
        gateway.wecom.ask_to_send(MassMessage(OWNER, (CHAT,), "别的应用发的"))
    for task in tasks(platform):
        platform.control("wecom/confirm", msgid=task["msgid"])
    asked(known, tick, clock)
    platform.control("wecom/confirm", msgid=tasks(platform)[-1]["msgid"])
    assert (look(600), waiting(secretary)) == (1, ["企业微信说这个客户群的群发次数已用完"])


@pytest.mark.parametrize(("errcode", "word"), [(60011, "没有接收"), (40058, "没有接收"), (40001, "没有应答")])
def test_what_the_platform_refuses_is_forwarded_by_hand(
    secretary: Api, known: World, platform: Platform, tick: Tick, clock: FakeClock, errcode: int, word: str
) -> None:
    platform.fault(ADD, errcode=errcode, times=None)
    asked(known, tick, clock)
    for _ in range(6):
        tick(3600)
    assert [word in one for one in waiting(secretary)] == [True]
    assert (tasks(platform), Delivery.get(Delivery.channel == "customer_group").state) == ([], "sent")


def test_a_group_that_wecom_does_not_know_is_forwarded_to_by_hand(
    secretary: Api, known: World, platform: Platform, tick: Tick, clock: FakeClock
) -> None:
    chat = secretary.get(GROUPS).data[0]["id"]
    answer = secretary.post(f"/group-chats/{chat}/owner", {"chat_id": "wrNobodyKnowsThisGroup", "owner": OWNER})
    assert answer.data["linked"] is True
    asked(known, tick, clock)
    assert ["不认识这个客户群" in one for one in waiting(secretary)] == [True]


def test_without_credentials_and_without_ids_a_person_forwards(
    secretary: Api, known: World, settings: Settings, platform: Platform, tick: Tick, clock: FakeClock
) -> None:
    bare = replace(settings, wecom_corp_id="", wecom_secret="")
    happen("activity.cancelled", clock(), at=known.branch)
    Relay(transports_for(bare, Gateway(bare, clock)), SHANGHAI, lambda: False).deliver_due(now=clock())
    assert (waiting(secretary), tasks(platform)) == (["系统没有接通企业微信"], [])
    chat = secretary.get(GROUPS).data[0]["id"]
    answer = secretary.post(f"/group-chats/{chat}/owner", {})
    assert (answer.data["linked"], answer.data["channel"]) == (False, "manual_forward")
    asked(known, tick, clock)
    assert (waiting(secretary), tasks(platform)) == (["系统没有接通企业微信", None], [])
    assert Forward.select().count() == 2


def test_a_group_that_was_switched_off_meanwhile_gets_nothing_more(
    secretary: Api, known: World, platform: Platform, tick: Tick, look: Tick, clock: FakeClock
) -> None:
    asked(known, tick, clock)
    chat = secretary.get(GROUPS).data[0]["id"]
    assert secretary.post(f"/group-chats/{chat}/disable").status == 200
    assert (look(2 * DAY), waiting(secretary), shown(secretary)) == (1, [], ("lapsed", ["lapsed"]))


def test_what_was_skipped_before_the_platform_took_it_is_not_said_to_be_on_its_way(
    secretary: Api, known: World, platform: Platform, tick: Tick, clock: FakeClock
) -> None:
    platform.fault(ADD, errcode=-1, times=None)
    asked(known, tick, clock)
    assert shown(secretary) == ("pending", ["asking"])
    chat = secretary.get(GROUPS).data[0]["id"]
    assert secretary.post(f"/group-chats/{chat}/disable").status == 200
    tick(5)
    assert (shown(secretary), waiting(secretary)) == (("skipped", []), [])


def test_what_is_over_by_then_is_not_given_to_a_person(
    secretary: Api, known: World, tick: Tick, clock: FakeClock, gateway: Gateway
) -> None:
    asked(known, tick, clock)
    clock.advance(seconds=2 * DAY)
    over = {"activity.cancelled": lambda facts, *, now: False}
    assert look_after_posts(gateway=gateway, still_true=over, now=clock()) == 1
    assert (waiting(secretary), shown(secretary)) == ([], ("lapsed", ["lapsed"]))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "customer", "chat_id": CHAT}, "owner"),
        ({"kind": "customer", "owner": OWNER}, "chat_id"),
        ({"kind": "wechat", "chat_id": CHAT, "owner": OWNER}, "chat_id"),
        ({"kind": "customer", "chat_id": "群", "owner": OWNER}, "chat_id"),
    ],
)
def test_ids_that_make_no_sense_are_refused(api: Calls, known: World, body: dict[str, Any], field: str) -> None:
    answer = api(known.secretary).post(GROUPS, {"name": "群", **body})
    assert (answer.status, field in str(answer.body)) == (422, True)
    assert api(known.secretary).get(GROUPS).data == []


def test_a_post_is_looked_after_for_two_days_and_no_longer(
    secretary: Api, known: World, tick: Tick, look: Tick, clock: FakeClock
) -> None:
    asked(known, tick, clock)
    begun = clock()
    for _ in range(60):
        look(3600)
    post = CustomerPost.get()
    assert (post.look_at, post.settled_at) == (None, begun + timedelta(hours=48))
