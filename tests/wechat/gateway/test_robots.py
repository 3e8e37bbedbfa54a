"""Robots of WeCom groups: eight kinds of posts, uploads, and what is refused before it costs anything."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from backend.wechat import robots
from backend.wechat.faults import PlatformFault, Remedy, Unsendable
from backend.wechat.gateway import Gateway
from backend.wechat.robots import Article, Card, Post
from tests.emulated import ROBOT_KEY, WEBHOOK, Platform
from tests.wechat.gateway.test_miniprogram import refusal

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 64
UPLOAD = "/cgi-bin/webhook/upload_media"
CARD = Card("主题党日", "https://zhibu.example/m/", "本周日", rows=[("时间", "08:00"), ("地点", "会议室")])

EIGHT: dict[str, Callable[[Gateway], Post]] = {
    "text": lambda _: robots.text("请准时参加", mentioned=["@all"], phones=["13800000001"]),
    "markdown": lambda _: robots.markdown("**主题党日** <font color='info'>08:00</font>"),
    "markdown_v2": lambda _: robots.markdown("| 时间 | 地点 |\n|--|--|\n| 08:00 | 会议室 |", version=2),
    "image": lambda _: robots.picture(PNG),
    "news": lambda _: robots.news([Article("党课更新", "https://zhibu.example/m/", "本周党课")]),
    "file": lambda g: robots.uploaded(g.robots.upload(ROBOT_KEY, "会议记录.pdf", b"%PDF-1.7"), "file"),
    "voice": lambda g: robots.uploaded(g.robots.upload(ROBOT_KEY, "a.amr", b"#!AMR\n", "voice"), "voice"),
    "template_card": lambda _: robots.card(CARD),
}


@pytest.mark.parametrize("kind", EIGHT)
def test_a_post_of_each_kind_reaches_the_group(gateway: Gateway, platform: Platform, kind: str) -> None:
    post = EIGHT[kind](gateway)
    assert post.kind == kind
    gateway.robots.post(ROBOT_KEY, post)
    (sent,) = platform.sent(channel="wecom_robot", robot=ROBOT_KEY)
    assert sent["text"]


def test_a_picture_carries_its_digest(gateway: Gateway) -> None:
    content = robots.picture(PNG).content
    assert base64.b64decode(content["base64"]) == PNG
    assert content["md5"] == hashlib.md5(PNG, usedforsecurity=False).hexdigest()


def test_a_card_may_lead_into_the_mini_program_and_show_a_picture(gateway: Gateway, platform: Platform) -> None:
    page = Card("报名", "pages/activity/detail?id=1", appid="wx1", picture_url="https://zhibu.example/p.png")
    post = robots.card(page)
    assert post.content["card_type"] == "news_notice"
    gateway.robots.post(ROBOT_KEY, post)
    (sent,) = platform.sent(channel="wecom_robot")
    assert sent["page"] == "pages/activity/detail?id=1"


def test_long_texts_are_cut_between_characters() -> None:
    content = robots.text("学" * 2000).content["content"]
    assert len(content.encode()) <= 2048
    assert content.endswith("学…")
    assert robots.text("短").content == {"content": "短"}


@pytest.mark.parametrize(
    ("make", "errcode"),
    [
        (lambda: robots.text("  "), 44004),
        (lambda: robots.markdown("字" * 1366), 40058),
        (lambda: robots.markdown(""), 44004),
        (lambda: robots.picture(b""), 40009),
        (lambda: robots.picture(b"x" * (2 * 1024 * 1024 + 1)), 40009),
        (lambda: robots.news([]), 40058),
        (lambda: robots.news([Article("a", "https://a.example")] * 9), 40058),
        (lambda: robots.news([Article("a", "")]), 40058),
        (lambda: robots.uploaded("", "file"), 44004),
        (lambda: robots.card(Card("", "https://a.example")), 44004),
        (lambda: robots.card(Card("a", "")), 44004),
        (lambda: robots.card(Card("a", "https://a.example", rows=[("a", "b")] * 7)), 40058),
    ],
)
def test_what_no_group_would_take_is_never_posted(make: Callable[[], Any], errcode: int) -> None:
    with pytest.raises(Unsendable) as caught:
        make()
    assert (caught.value.errcode, caught.value.permanent, caught.value.ambiguous) == (errcode, True, False)


def test_limits_are_met_exactly(gateway: Gateway) -> None:
    gateway.robots.post(ROBOT_KEY, robots.markdown("a" * 4096))
    gateway.robots.post(ROBOT_KEY, robots.text("a" * 2048))
    gateway.robots.post(ROBOT_KEY, robots.news([Article("学" * 60, "https://a.example", "课" * 300)] * 8))
    gateway.robots.post(ROBOT_KEY, robots.picture(b"x" * 2 * 1024 * 1024))


@pytest.mark.parametrize(
    ("kind", "size"), [("file", 4), ("file", 20 * 1024 * 1024 + 1), ("voice", 2 * 1024 * 1024 + 1)]
)
def test_a_file_of_the_wrong_size_is_never_uploaded(gateway: Gateway, platform: Platform, kind: Any, size: int) -> None:
    platform.count(UPLOAD)
    fault = refusal(gateway.robots.upload, ROBOT_KEY, "a", b"x" * size, kind)
    assert (fault.errcode, fault.permanent) == (40006, True)
    assert platform.calls(UPLOAD) == 0


def test_a_file_is_posted_as_what_it_was_uploaded_as(gateway: Gateway) -> None:
    media_id = gateway.robots.upload(ROBOT_KEY, "a.pdf", b"%PDF-1.7")
    assert refusal(gateway.robots.post, ROBOT_KEY, robots.uploaded(media_id, "voice")).errcode == 40007


@pytest.mark.parametrize("state", ["removed", "disabled"])
def test_a_robot_that_is_gone_disables_its_channel(gateway: Gateway, platform: Platform, state: str) -> None:
    assert gateway.robots.probe(ROBOT_KEY)
    platform.control("robots", key=ROBOT_KEY, **{state: True})
    for call in (lambda: gateway.robots.post(ROBOT_KEY, robots.text("a")), lambda: gateway.robots.probe(ROBOT_KEY)):
        fault = refusal(call)
        assert (fault.remedy, fault.permanent) == (Remedy.DISABLE_CHANNEL, True)
        assert "群机器人" in fault.advice
    assert platform.sent() == []


def test_a_burst_of_25_is_told_to_wait_a_minute(gateway: Gateway, platform: Platform) -> None:
    faults: list[PlatformFault] = []
    for number in range(25):
        try:
            gateway.robots.post(ROBOT_KEY, robots.text(f"第 {number} 条"))
        except PlatformFault as fault:
            faults.append(fault)
    assert len(platform.sent(channel="wecom_robot")) == 20
    assert {(fault.errcode, fault.retry_after, fault.permanent) for fault in faults} == {(45009, 60, False)}
    assert len(faults) == 5


def test_an_answer_without_errcode_is_no_answer(gateway: Gateway, platform: Platform) -> None:
    platform.fault(WEBHOOK, html=True, http=200)
    fault = refusal(gateway.robots.post, ROBOT_KEY, robots.text("a"))
    assert (fault.errcode, fault.ambiguous, fault.permanent) == (None, True, False)
