"""The mini program's calls, one by one: what comes back, and which faults they raise."""

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from backend.core.crypto import keyring
from backend.core.settings import FieldKey, Settings
from backend.wechat.faults import PlatformFault, Remedy
from backend.wechat.gateway import Gateway
from backend.wechat.miniprogram import CardProgress, MiniCode, SubscribeMessage, Template
from tests.conftest import FakeClock
from tests.emulated import SEND, STABLE_TOKEN, Platform

TEMPLATE = "tmpl-activity-notice-000000000000000000000001"
DATA = {"thing1": "主题党日", "time2": "2026年11月29日 08:00", "thing3": "会议室"}
DONE = "4A68CBB88A92B0A9311848DBA1E94A199B166463"


def message(platform: Platform, user: str = "member-qian", **changed: Any) -> SubscribeMessage:
    """A notification that the platform takes, once the user has accepted."""
    usual = {"template_id": TEMPLATE, "data": DATA, "page": "/pages/activity/detail?id=1"}
    return SubscribeMessage(openid=platform.openid(user), **{**usual, **changed})


def refusal(call: Any, *arguments: Any, **named: Any) -> PlatformFault:
    """The fault that a call raises."""
    with pytest.raises(PlatformFault) as caught:
        call(*arguments, **named)
    return caught.value


def test_a_session_is_known_until_its_key_is_renewed(gateway: Gateway, platform: Platform) -> None:
    program = gateway.miniprogram
    visitor = program.visitor(platform.login_code("member-qian"))
    key = str(visitor.session_key)
    assert program.knows_session(visitor.openid, key)
    renewed = program.renew_session(visitor.openid, key)
    assert renewed != key
    assert program.knows_session(visitor.openid, renewed)
    assert not program.knows_session(visitor.openid, key)


def test_a_user_without_session_has_none(gateway: Gateway, platform: Platform) -> None:
    assert not gateway.miniprogram.knows_session(platform.openid("county-wu"), "c29tZSBrZXk=")


def test_a_session_of_a_stranger_is_a_fault(gateway: Gateway) -> None:
    assert refusal(gateway.miniprogram.knows_session, "o-nobody", "key").errcode == 40003


def test_a_subscribe_message_arrives_with_state_language_and_page(gateway: Gateway, platform: Platform) -> None:
    platform.accept("member-qian", TEMPLATE)
    msgid = gateway.miniprogram.send_subscribe_message(message(platform))
    (sent,) = platform.sent(channel="subscribe_message")
    assert sent["msgid"] == msgid
    assert sent["page"] == "pages/activity/detail?id=1"
    assert sent["lines"][0] == ["活动主题", "主题党日"]


@pytest.mark.parametrize(
    ("changed", "errcode", "remedy"),
    [
        ({}, 43101, Remedy.DROP_GRANT),
        ({"template_id": "no-such-template"}, 40037, Remedy.CALL_A_PERSON),
        ({"data": {**DATA, "thing1": ""}}, 47003, Remedy.CALL_A_PERSON),
        ({"data": {**DATA, "thing3": "长" * 21}}, 47003, Remedy.CALL_A_PERSON),
    ],
)
def test_a_subscribe_message_that_cannot_be_sent_ever(
    gateway: Gateway, platform: Platform, changed: dict[str, Any], errcode: int, remedy: Remedy
) -> None:
    fault = refusal(gateway.miniprogram.send_subscribe_message, message(platform, **changed))
    assert (fault.errcode, fault.remedy, fault.permanent) == (errcode, remedy, True)
    assert platform.sent() == []


def test_a_page_that_is_not_published_calls_a_person(gateway: Gateway, platform: Platform) -> None:
    platform.control("settings", pages=["pages/index/index"])
    platform.accept("member-qian", TEMPLATE)
    fault = refusal(gateway.miniprogram.send_subscribe_message, message(platform))
    assert (fault.errcode, fault.remedy) == (41030, Remedy.CALL_A_PERSON)


def test_the_templates_tell_their_fields(gateway: Gateway) -> None:
    found = {template.id: template for template in gateway.miniprogram.templates()}
    assert found[TEMPLATE] == Template(TEMPLATE, "活动提醒", ("thing1", "time2", "thing3"))


def test_a_code_is_a_picture_of_its_width(gateway: Gateway) -> None:
    code = MiniCode(scene="a=123", page="pages/activity/check-in", width=430)
    picture = Image.open(io.BytesIO(gateway.miniprogram.code_image(code)))
    assert picture.width == picture.height
    assert 280 <= picture.width <= 560


@pytest.mark.parametrize(
    ("code", "errcode"),
    [
        (MiniCode(scene="x" * 33), 40169),
        (MiniCode(scene="签到"), 40129),
        (MiniCode(scene="a", page="/pages/index/index"), 41030),
        (MiniCode(scene="a", width=100), 40097),
    ],
)
def test_a_code_that_cannot_be_drawn(gateway: Gateway, code: MiniCode, errcode: int) -> None:
    assert refusal(gateway.miniprogram.code_image, code).errcode == errcode


def test_the_path_of_a_code_is_checked_only_when_asked(gateway: Gateway, platform: Platform) -> None:
    platform.control("settings", pages=["pages/index/index"])
    unpublished = {"scene": "a", "page": "pages/activity/check-in"}
    assert refusal(gateway.miniprogram.code_image, MiniCode(**unpublished)).errcode == 41030
    assert gateway.miniprogram.code_image(MiniCode(**unpublished, check_path=False))


def test_half_a_picture_is_no_picture(gateway: Gateway, platform: Platform) -> None:
    platform.fault("/wxa/getwxacodeunlimit", truncate=True, after=True)
    fault = refusal(gateway.miniprogram.code_image, MiniCode(scene="a"))
    assert (fault.errcode, fault.permanent) == (None, False)


def test_a_url_link_opens_a_page(gateway: Gateway) -> None:
    link = gateway.miniprogram.url_link("pages/order/detail", "number=123")
    assert link.startswith("https://wxaurl.cn/")


@pytest.mark.parametrize(("query", "days", "errcode"), [("a=签到", 30, 40212), ("a=1", 31, 85401)])
def test_a_url_link_beyond_the_rules(gateway: Gateway, query: str, days: int, errcode: int) -> None:
    assert refusal(gateway.miniprogram.url_link, "pages/index/index", query, days=days).errcode == errcode


def test_a_text_is_judged_while_its_author_is_there(gateway: Gateway, platform: Platform, clock: FakeClock) -> None:
    openid = gateway.miniprogram.visitor(platform.login_code("resident-li")).openid
    ask = gateway.miniprogram.check_text
    assert ask("楼道灯坏了", openid=openid, scene=2) == "pass"
    assert ask("这里有违禁词示例", openid=openid, scene=2) == "risky"
    assert ask("这里有待审词示例", openid=openid, scene=2) == "review"
    clock.advance(hours=2, seconds=1)
    platform.set_clock(clock())
    assert refusal(ask, "楼道灯坏了", openid=openid, scene=2).errcode == 61010


def test_the_end_of_a_long_text_is_judged_too(gateway: Gateway, platform: Platform) -> None:
    openid = gateway.miniprogram.visitor(platform.login_code("resident-li")).openid
    text = "灯" * 3000 + "违禁词示例" + "待审词示例"
    assert gateway.miniprogram.check_text(text, openid=openid, scene=2) == "risky"


def test_current_affairs_alone_refuse_nothing(gateway: Gateway, platform: Platform) -> None:
    platform.control("settings", words=[{"word": "党的二十大", "suggest": "risky", "label": 20001}])
    openid = gateway.miniprogram.visitor(platform.login_code("resident-li")).openid
    assert gateway.miniprogram.check_text("学习党的二十大精神", openid=openid, scene=3) == "review"


def test_a_picture_is_taken_for_checking(gateway: Gateway, platform: Platform) -> None:
    openid = gateway.miniprogram.visitor(platform.login_code("resident-li")).openid
    start = gateway.miniprogram.start_media_check
    assert start("https://zhibu.example/p.jpg", "picture", openid=openid, scene=2)
    assert refusal(start, "https://zhibu.example/p.jpg", "picture", openid="o-nobody", scene=2).errcode == 40003


def test_a_shared_card_counts_those_who_join_until_it_begins(
    gateway: Gateway, platform: Platform, clock: FakeClock
) -> None:
    program = gateway.miniprogram
    activity = program.open_activity()
    assert activity.expires_at - clock() == timedelta(hours=24)
    program.show_joining(activity.id, joined=3, room=20)
    program.show_begun(activity.id, page="pages/activity/detail?id=1")
    assert [one["text"] for one in platform.sent(channel="updatable_message")] == [
        "成员正在加入，当前 3/20 人",
        "已开始",
    ]
    assert refusal(program.show_joining, activity.id, joined=4, room=20).errcode == 47502


def test_a_chat_tool_card_names_who_has_acted(gateway: Gateway, platform: Platform) -> None:
    activity = gateway.miniprogram.open_activity()
    who = platform.control(
        "chat-tool", activity_id=activity.id, title="本周学习", publisher="孙立新", users=["member-qian"]
    )["group_openids"]
    gateway.miniprogram.show_progress(activity.id, CardProgress(DONE, 1, tuple(who.values())))
    (line,) = platform.sent(channel="chat_tool")
    assert line["text"] == "钱晓梅 已完成 孙立新 发布的 本周学习"


def test_a_card_ends_after_a_day(gateway: Gateway, platform: Platform, clock: FakeClock) -> None:
    activity = gateway.miniprogram.open_activity()
    clock.advance(hours=24, seconds=1)
    platform.set_clock(clock())
    assert refusal(gateway.miniprogram.show_joining, activity.id, joined=1, room=2).errcode == 47504
    assert refusal(gateway.miniprogram.show_progress, activity.id, CardProgress(DONE, 2)).errcode == 47504


def test_a_fault_after_the_send_is_ambiguous_and_one_before_it_is_not(gateway: Gateway, platform: Platform) -> None:
    platform.accept("member-qian", TEMPLATE, times=2)
    platform.fault(SEND, after=True, drop=True)
    assert refusal(gateway.miniprogram.send_subscribe_message, message(platform)).ambiguous
    platform.fault(SEND, errcode=-1)
    assert not refusal(gateway.miniprogram.send_subscribe_message, message(platform)).ambiguous


def test_a_token_sealed_with_a_key_that_is_gone_is_asked_for_anew(
    gateway: Gateway, platform: Platform, settings: Settings, clock: FakeClock
) -> None:
    gateway.miniprogram.templates()
    platform.count(STABLE_TOKEN)
    keyring.initialize(replace(settings, field_keys=(FieldKey(1, bytes(range(1, 33))),)))
    assert Gateway(settings, clock).miniprogram.templates()
    assert platform.calls(STABLE_TOKEN) == 1
