"""What becomes of people's messages when the platform misbehaves: nothing lost, nothing sent twice without trace."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from backend.core.database import in_unit_of_work
from backend.messaging.deliveries import BACK_OFF
from backend.messaging.models import Channel, Delivery, DeliveryState, GroupChat, OutboxEvent
from backend.messaging.outbox import enqueue
from backend.people.models import Account, WeChatIdentity
from backend.wechat.gateway import Gateway
from bot.process import transports_for
from bot.relay import Relay
from bot.transports.content_check import ContentChecks
from tests.cast import Person
from tests.conftest import SHANGHAI, Api, FakeClock
from tests.emulated import CREDENTIALS, ROBOT_KEY, SEND, WEBHOOK, Platform
from tests.wechat.gateway.makers import enter_branch, enter_people, invite, notice_template, states
from tests.wechat.gateway.test_matrix import TROUBLES

CHECK = "/wxa/msg_sec_check"
LOGIN, PHONE = "/sns/jscode2session", "/wxa/business/getuserphonenumber"
ALL_TRIES = len(BACK_OFF) + 1


@dataclass(frozen=True)
class End:
    """How a delivery ends, how often it was received, and whether it is marked as perhaps sent twice."""

    state: str
    received: int
    marked: bool = False
    tries: int = 1


ONCE, MARKED, TWICE = End("sent", 1, tries=2), End("sent", 1, True, 2), End("sent", 2, True, 2)
NEVER = End("dead", 0, tries=ALL_TRIES)

OF_A_NOTIFICATION: dict[str, End] = {
    "busy once": ONCE,
    "too fast": NEVER,
    "quota spent": NEVER,
    "token rotated by a rival": End("sent", 1),
    "token malformed": End("sent", 1),
    "token expired": End("sent", 1),
    "token refused for ever": NEVER,
    "no grant": End("skipped", 0),
    "not permitted": NEVER,
    "unheard-of code": End("dead", 0),
    "answer lost after it was accepted": TWICE,
    "connection reset": MARKED,
    "page of a proxy": MARKED,
    "page of a proxy that says 200": MARKED,
    "half an answer": TWICE,
}
OF_A_POST = OF_A_NOTIFICATION | {
    "token rotated by a rival": ONCE,
    "token malformed": ONCE,
    "token expired": ONCE,
    "no grant": End("dead", 0),  # a code that has no meaning there drops no grant, and the post is not lost in silence
}


@dataclass
class Bot:
    """The bot's relay, on a clock that it shares with the platform."""

    relay: Relay
    platform: Platform
    clock: FakeClock

    def work(self) -> None:
        """Go on until nothing is pending, at the times at which something is due."""
        while True:
            self.relay.deliver_due(now=self.clock())
            waiting = Delivery.select().where(Delivery.state == DeliveryState.PENDING)
            due = min((row.available_at for row in waiting), default=None)
            if due is None:
                return
            self.clock.set(due)
            self.platform.set_clock(due)


@pytest.fixture
def bot(app: Flask, gateway: Gateway, platform: Platform, clock: FakeClock) -> Bot:
    """The bot."""
    transports = transports_for(app.extensions["zhibu.settings"], gateway)
    # there is no such activity, which is told in other tests
    return Bot(Relay(transports, SHANGHAI, lambda: False, {}), platform, clock)


def end_of(channel: Channel, received: int) -> End:
    """How the one delivery of a channel ended."""
    (row,) = Delivery.select().where(Delivery.channel == channel)
    return End(row.state, received, row.maybe_twice, row.attempts)


@pytest.mark.parametrize("what", TROUBLES)
def test_a_notification_that_meets_trouble(bot: Bot, platform: Platform, clock: FakeClock, what: str) -> None:
    people = enter_people(platform, 1, notice_template(), credits=3, now=clock())
    platform.fault(SEND, **TROUBLES[what].order)
    invite(enter_branch(clock()), people, "a", now=clock())
    bot.work()
    received = len(platform.sent(channel="subscribe_message"))
    assert end_of(Channel.SUBSCRIBE_MESSAGE, received) == OF_A_NOTIFICATION[what]


@pytest.mark.parametrize("what", TROUBLES)
def test_a_post_that_meets_trouble(bot: Bot, platform: Platform, clock: FakeClock, what: str) -> None:
    platform.fault(WEBHOOK, **TROUBLES[what].order)
    invite(enter_branch(clock(), robot_key=ROBOT_KEY), [], "a", now=clock())
    bot.work()
    received = len(platform.sent(channel="wecom_robot"))
    assert end_of(Channel.WECOM_ROBOT, received) == OF_A_POST[what]


def test_a_revoked_robot_is_disabled_and_its_secretary_told(bot: Bot, platform: Platform, clock: FakeClock) -> None:
    platform.control("robots", key=ROBOT_KEY, removed=True)
    branch = enter_branch(clock(), robot_key=ROBOT_KEY)
    invite(branch, [], "a", now=clock(), urgent=True)
    invite(branch, [], "b", now=clock(), urgent=True)
    bot.work()
    assert states() == {"skipped": 2}
    assert GroupChat.get().disabled_at is not None
    assert GroupChat.get().disabled_reason == "93000"
    assert OutboxEvent.select().where(OutboxEvent.topic == "group.robot_disabled").count() == 1


def test_grants_that_end_in_the_middle_lose_nobody(bot: Bot, platform: Platform, clock: FakeClock) -> None:
    people = enter_people(platform, 12, notice_template(), credits=1, now=clock())
    for user in ("p2", "p5", "p7"):
        platform.fault(SEND, errcode=43101, user=user)
    invite(enter_branch(clock()), people, "a", now=clock())
    bot.work()
    assert states() == {"sent": 9, "skipped": 3}


@pytest.fixture
def author(platform: Platform, gateway: Gateway, clock: FakeClock) -> Account:
    """Somebody who has just been in the mini program."""
    account: Account = Account.create(public_id="a" * 16, display_name="李桂芳", created_at=clock())
    visitor = gateway.miniprogram.visitor(platform.login_code("resident-li"))
    WeChatIdentity.create(account=account, appid=visitor.appid, openid=visitor.openid, visited_at=clock())
    return account


@pytest.mark.parametrize(
    ("what", "verdict", "within_s"),
    [
        ("busy once", "pass", 5),
        ("too fast", "review", 120),
        ("token refused for ever", "review", 35),
        ("not permitted", "review", 0),
        ("unheard-of code", "review", 0),
        ("answer lost after it was accepted", "pass", 5),
        ("page of a proxy", "pass", 5),
        ("half an answer", "pass", 5),
    ],
)
def test_a_text_gets_its_verdict_whatever_the_platform_does(
    bot: Bot,
    platform: Platform,
    gateway: Gateway,
    author: Account,
    clock: FakeClock,
    what: str,
    verdict: str,
    within_s: int,
) -> None:
    verdicts: list[tuple[int, str]] = []

    def record(subject_id: int, found: str, *, now: object) -> None:
        verdicts.append((subject_id, found))

    checks = ContentChecks(gateway, CREDENTIALS["MINIPROGRAM_APPID"], {"service_order": record}, "http://127.0.0.1")
    bot.relay = Relay({Channel.CONTENT_CHECK: checks}, SHANGHAI, lambda: False)
    platform.fault(CHECK, **TROUBLES[what].order)
    asked_at = clock()
    facts = {"subject": "service_order", "id": 7, "text": "楼道灯坏了", "scene": 2, "account_id": author.id}
    in_unit_of_work(lambda: enqueue("content.check", facts, key="c", organization_id=None, now=clock()))
    bot.work()
    assert verdicts == [(7, verdict)]
    assert (clock() - asked_at).total_seconds() == within_s


BUSY = (503, "wechat_unavailable", "暂时连不上微信，请稍后再试")
SPENT = (401, "bad_login_code", "登录码无效或已用过，请重新打开再试")


@pytest.fixture
def visitor(app: Flask, platform: Platform, api: Callable[..., Api]) -> Callable[[], tuple[int, str, str]]:
    """Logs in and gives what the person sees."""

    def log_in() -> tuple[int, str, str]:
        code = platform.login_code("resident-li")
        answer = api(None).post("/auth/wechat", {"code": code, "channel": "miniprogram"})
        return answer.status, answer.code, answer.message

    return log_in


@pytest.mark.parametrize("what", TROUBLES)
def test_whoever_logs_in_is_told_to_come_again(
    visitor: Callable[[], tuple[int, str, str]], platform: Platform, what: str
) -> None:
    platform.fault(LOGIN, **TROUBLES[what].order)
    assert visitor() == BUSY
    platform.forget_faults()
    assert visitor()[0] == 200


@pytest.mark.parametrize("errcode", [40029, 40163, 40226])
def test_a_code_that_is_no_good_is_told_apart(
    visitor: Callable[[], tuple[int, str, str]], platform: Platform, errcode: int
) -> None:
    platform.fault(LOGIN, errcode=errcode)
    assert visitor() == SPENT


@pytest.mark.parametrize("what", TROUBLES)
def test_whoever_gives_a_phone_number_is_told_to_come_again(
    gateway: Gateway, platform: Platform, api: Callable[..., Any], what: str
) -> None:
    login = api(None).post("/auth/wechat", {"code": platform.login_code("resident-li"), "channel": "miniprogram"})
    person = Person("李桂芳", Account.get(), login.data["token"])
    platform.fault(PHONE, **TROUBLES[what].order)
    code = platform.control("phone-code", user="resident-li")["code"]
    answer = api(person).post("/auth/phone", {"code": code})
    heals = TROUBLES[what].heals and TROUBLES[what].seen in {40001, 40014, 42001}
    assert (answer.status, answer.code) == ((200, "ok") if heals else BUSY[:2])


@pytest.mark.parametrize("errcode", [40029, 40163, 40013])
def test_a_phone_code_that_is_no_good_is_told_apart(
    gateway: Gateway, platform: Platform, api: Callable[..., Any], errcode: int
) -> None:
    login = api(None).post("/auth/wechat", {"code": platform.login_code("resident-li"), "channel": "miniprogram"})
    platform.fault(PHONE, errcode=errcode)
    answer = api(Person("李桂芳", Account.get(), login.data["token"])).post("/auth/phone", {"code": "x" * 20})
    assert (answer.status, answer.body["errors"][0]["code"]) == (422, "bad_phone_code")
