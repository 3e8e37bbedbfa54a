"""The application in WeCom: its token, its chats, and mass messages that a person has to confirm."""

from collections.abc import Iterator

import pytest

from backend.core.database import connected
from backend.wechat import robots
from backend.wechat.faults import Remedy
from backend.wechat.models import PlatformToken
from backend.wechat.robots import Article
from backend.wechat.wecom import MassMessage, MassResult, SendStatus, WeComApp
from tests.conftest import FakeClock
from tests.emulated import Platform
from tests.wechat.gateway.test_miniprogram import refusal

CORP, SECRET = "ww0d0e0a0b00000001", "7c5f2e3abd9f64a8ae2f3a4b5c6d7e8fa0b1c2d3"
GROUP = "wrDemoCustomerGroup0000000000001"
GET_TOKEN = "/cgi-bin/gettoken"
MEMBERS = ["secretary-sun", "member-zhao"]


def an_app(platform: Platform, clock: FakeClock, secret: str = SECRET, corp_id: str = CORP) -> WeComApp:
    """An application of the emulated organisation."""
    return WeComApp(corp_id, secret, f"{platform.url}/qy", clock)


@pytest.fixture
def wecom(app: object, platform: Platform, clock: FakeClock) -> Iterator[WeComApp]:
    """The application; the test runs with a connection open."""
    with connected():
        yield an_app(platform, clock)


def test_a_chat_is_opened_and_spoken_in(wecom: WeComApp, platform: Platform) -> None:
    chat = wecom.create_chat("支委会", MEMBERS, owner="secretary-sun", chat_id="committee1")
    assert chat == "committee1"
    wecom.send_to_chat(chat, robots.text("今晚七点开会"))
    wecom.send_to_chat(chat, robots.markdown("**今晚七点**"))
    wecom.send_to_chat(chat, robots.news([Article("议程", "https://zhibu.example/m/")]))
    wecom.send_to_chat(chat, robots.markdown("字" * 1000))
    sent = platform.sent(channel="wecom_appchat")
    assert [one["text"] for one in sent[:3]] == ["今晚七点开会", "**今晚七点**", "议程"]
    assert len(sent[3]["text"].encode()) <= 2048


def test_processes_share_one_token_and_applications_do_not(
    wecom: WeComApp, platform: Platform, clock: FakeClock
) -> None:
    platform.count(GET_TOKEN)
    first = wecom.access_token
    assert an_app(platform, clock).access_token == first
    assert platform.calls(GET_TOKEN) == 1
    fault = refusal(lambda: an_app(platform, clock, secret="x" * 43).access_token)
    assert (fault.errcode, fault.remedy) == (40001, Remedy.CALL_A_PERSON)
    assert PlatformToken.select().where(PlatformToken.name.startswith(CORP)).count() == 2
    assert all(SECRET not in row.name for row in PlatformToken.select())


def test_a_token_that_died_is_renewed_once(wecom: WeComApp, platform: Platform) -> None:
    wecom.create_chat("甲", MEMBERS, owner="secretary-sun", chat_id="c1")
    platform.fault("/cgi-bin/appchat/send", errcode=40014)
    platform.count(GET_TOKEN)
    wecom.send_to_chat("c1", robots.text("a"))
    assert platform.calls(GET_TOKEN) == 1
    assert len(platform.sent(channel="wecom_appchat")) == 1


def test_credentials_are_checked_without_the_store(wecom: WeComApp, platform: Platform, clock: FakeClock) -> None:
    wecom.check_credentials()
    assert refusal(an_app(platform, clock, corp_id="ww-other").check_credentials).errcode == 40013


@pytest.mark.parametrize(
    ("members", "owner", "errcode"),
    [(["secretary-sun"], "secretary-sun", 86006), (["secretary-sun", "nobody"], "secretary-sun", 86007)],
)
def test_a_chat_that_cannot_be_opened(wecom: WeComApp, members: list[str], owner: str, errcode: int) -> None:
    assert refusal(wecom.create_chat, "甲", members, owner=owner).errcode == errcode


def test_a_chat_that_is_gone_or_not_ours_is_a_channel_to_disable(wecom: WeComApp, platform: Platform) -> None:
    platform.control("wecom/chats", chatid="theirs", members=MEMBERS, ours=False)
    for chat, errcode in (("gone", 86003), ("theirs", 86008)):
        fault = refusal(wecom.send_to_chat, chat, robots.text("a"))
        assert (fault.errcode, fault.remedy) == (errcode, Remedy.DISABLE_CHANNEL)


def test_a_mass_message_reaches_nobody_until_its_sender_confirms(wecom: WeComApp, platform: Platform) -> None:
    task = wecom.ask_to_send(MassMessage("secretary-sun", (GROUP, "wrUnknown"), "周六便民服务"))
    assert task.refused == ("wrUnknown",)
    assert platform.sent() == []
    assert wecom.mass_results(task.id, sender="secretary-sun") == [MassResult(GROUP, SendStatus.UNSENT, None)]
    wecom.remind_sender(task.id)
    platform.control("wecom/confirm", msgid=task.id)
    (result,) = wecom.mass_results(task.id, sender="secretary-sun")
    assert result.status is SendStatus.SENT
    assert result.sent_at is not None
    assert [one["text"] for one in platform.sent(channel="wecom_customer_group")] == ["周六便民服务"]


def test_a_mass_message_over_the_limit_says_so(wecom: WeComApp, platform: Platform) -> None:
    for _ in range(31):
        task = wecom.ask_to_send(MassMessage("secretary-sun", (GROUP,), "通知"))
        platform.control("wecom/confirm", msgid=task.id)
    (result,) = wecom.mass_results(task.id, sender="secretary-sun")
    assert result.status is SendStatus.OVER_THE_LIMIT


def test_a_cancelled_task_is_never_sent(wecom: WeComApp, platform: Platform) -> None:
    task = wecom.ask_to_send(MassMessage("secretary-sun", (GROUP,), "通知"))
    wecom.cancel_task(task.id)
    platform.control("wecom/confirm", msgid=task.id)
    assert platform.sent() == []


@pytest.mark.parametrize(
    "message",
    [
        MassMessage("secretary-sun", (), "通知"),
        MassMessage("secretary-sun", (GROUP,) * 2001, "通知"),
        MassMessage("secretary-sun", (GROUP,), ""),
        MassMessage("secretary-sun", (GROUP,), "字" * 1334),
        MassMessage("secretary-sun", (GROUP,), "a", ({"msgtype": "image"},) * 10),
    ],
)
def test_a_mass_message_beyond_the_rules_makes_no_call(
    wecom: WeComApp, platform: Platform, message: MassMessage
) -> None:
    platform.count(GET_TOKEN)
    assert refusal(wecom.ask_to_send, message).errcode == 40058
    assert platform.calls(GET_TOKEN) == 0


def test_an_address_that_is_not_trusted_is_a_matter_of_set_up(wecom: WeComApp, platform: Platform) -> None:
    platform.fault(GET_TOKEN, errcode=60020)
    fault = refusal(wecom.check_credentials)
    assert (fault.remedy, fault.permanent) == (Remedy.CALL_A_PERSON, False)
    assert "可信 IP" in fault.advice
