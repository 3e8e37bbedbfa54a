"""Posts of group robots: eight kinds, their rules, and how many a minute."""

import base64
import hashlib
import re
from typing import Any

import pytest

from tests.emulator.speaking import DEMO, ROBOT, Emulator

PATH = "/qy/cgi-bin/webhook/send"
OTHER_ROBOT = DEMO.robots[1].key
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(100)
CARD = {
    "card_type": "text_notice",
    "main_title": {"title": "新诉求待接单", "desc": "大河社区"},
    "sub_title_text": "请认领",
    "horizontal_content_list": [{"keyname": "工单编号", "value": "DH-1"}],
    "card_action": {"type": 1, "url": "http://127.0.0.1/m/"},
}


def text(content: str, **more: Any) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": content} | more}


def picture(raw: bytes, md5: str | None = None) -> dict[str, Any]:
    digest = md5 or hashlib.md5(raw, usedforsecurity=False).hexdigest()
    return {"msgtype": "image", "image": {"base64": base64.b64encode(raw).decode(), "md5": digest}}


def news(count: int, **changed: Any) -> dict[str, Any]:
    article = {"title": "党课", "description": "周日八点", "url": "http://127.0.0.1/"} | changed
    return {"msgtype": "news", "news": {"articles": [article] * count}}


def card(**changed: Any) -> dict[str, Any]:
    return {"msgtype": "template_card", "template_card": CARD | changed}


def test_text_reaches_the_group(emulator: Emulator) -> None:
    body = text("本周党课已更新", mentioned_list=["@all", "zhao"], mentioned_mobile_list=["13800000001"])
    assert emulator.post_to_group(body) == {"errcode": 0, "errmsg": "ok"}
    (item,) = emulator.sent(channel="wecom_robot", robot=ROBOT)
    assert item["text"] == "本周党课已更新\n@所有人 @zhao @13800000001"
    assert item["group"] == "大河社区第一党支部工作群"
    assert item["data"] == body


@pytest.mark.parametrize(
    ("body", "title", "shown"),
    [
        ({"msgtype": "markdown", "markdown": {"content": "**好**"}}, "markdown", "**好**"),
        ({"msgtype": "markdown_v2", "markdown_v2": {"content": "# 好"}}, "markdown_v2", "# 好"),
        (picture(PICTURE), "image", "［图片］"),
        (news(2), "党课", "党课\n周日八点\n党课\n周日八点"),
        (card(), "新诉求待接单", "新诉求待接单\n大河社区\n请认领\n工单编号：DH-1"),
        (card(main_title={}), "请认领", "请认领\n工单编号：DH-1"),
    ],
    ids=["markdown", "markdown_v2", "image", "news", "card", "card without title"],
)
def test_other_kinds_reach_the_group(emulator: Emulator, body: dict[str, Any], title: str, shown: str) -> None:
    assert emulator.post_to_group(body)["errcode"] == 0
    (item,) = emulator.sent(robot="大河社区第一党支部工作群")
    assert (item["title"], item["text"]) == (title, shown)


@pytest.mark.parametrize("kind", ["file", "voice"])
def test_uploaded_media_reach_the_group(emulator: Emulator, kind: str) -> None:
    media_id = upload(emulator, kind, b"hello world").json()["media_id"]
    assert emulator.post_to_group({"msgtype": kind, kind: {"media_id": media_id}})["errcode"] == 0
    assert emulator.sent()[0]["text"].endswith("］lesson.mp3")


@pytest.mark.parametrize(
    ("body", "errcode", "words"),
    [
        (text(""), 44004, "empty content, hint: ["),
        ({"msgtype": "text"}, 44004, ""),
        ({"msgtype": "text", "text": {}}, 44004, ""),
        ({"msgtype": "poem", "poem": {"content": "x"}}, 40008, "invalid message type"),
        ({}, 40008, ""),
        ([], 40008, ""),
        (text("字" * 683), 40058, "text.content exceed max length 2048. invalid Request Parameter, hint: ["),
        (text("字" * 682), 0, "ok"),
        ({"msgtype": "markdown", "markdown": {"content": "x" * 4097}}, 40058, "markdown.content exceed max"),
        ({"msgtype": "markdown", "markdown": {"content": "x" * 4096}}, 0, ""),
        ({"msgtype": "markdown_v2", "markdown_v2": {"content": "x" * 4097}}, 40058, "markdown_v2.content"),
        ({"msgtype": "markdown", "markdown": {}}, 44004, ""),
        (picture(PICTURE, "0" * 32), 301019, ""),
        (picture(bytes(2 * 1024 * 1024 + 1)), 40009, ""),
        (picture(bytes(2 * 1024 * 1024)), 0, ""),
        ({"msgtype": "image", "image": {"base64": "!", "md5": "x"}}, 40009, ""),
        ({"msgtype": "image", "image": {"md5": "x"}}, 44004, ""),
        (news(0), 40058, ""),
        (news(9), 40058, ""),
        (news(8), 0, ""),
        (news(1, url=""), 41010, ""),
        (news(1, title=""), 44004, ""),
        (news(1, title="字" * 43), 40058, "news.articles.title exceed max length 128"),
        ({"msgtype": "news", "news": {"articles": ["x"]}}, 40058, ""),
        ({"msgtype": "file", "file": {"media_id": "unknown"}}, 40007, ""),
        ({"msgtype": "voice", "voice": {}}, 40007, ""),
        (card(card_type="poem"), 40058, ""),
        (card(card_action=None), 40058, ""),
        (card(card_action={"type": 1}), 40058, ""),
        (card(card_action={"type": 2}), 40058, ""),
        (card(card_action={"type": 2, "appid": "wx1", "pagepath": "pages/a"}), 0, ""),
        (card(main_title={}, sub_title_text=""), 40058, ""),
        (card(horizontal_content_list=[{}] * 7), 40058, ""),
        (card(jump_list=[{}] * 4), 40058, ""),
        (card(card_type="news_notice"), 40058, ""),
        (card(card_type="news_notice", card_image={"url": "http://127.0.0.1/a.jpg"}), 0, ""),
    ],
)
def test_post_rules(emulator: Emulator, body: Any, errcode: int, words: str) -> None:
    answer = emulator.post_to_group(body)
    assert answer["errcode"] == errcode
    assert answer["errmsg"].startswith(words)
    assert len(emulator.sent()) == (errcode == 0)


def test_long_descriptions_are_cut_not_refused(emulator: Emulator) -> None:
    assert emulator.post_to_group(news(1, description="字" * 200))["errcode"] == 0
    kept = emulator.sent()[0]["data"]["news"]["articles"][0]["description"]
    assert kept == "字" * 170


def test_broken_json_is_called_a_wrong_type(emulator: Emulator) -> None:
    answer = emulator.post(PATH, params={"key": ROBOT}, data=b'{"msgtype": "text\n"').json()
    assert answer["errcode"] == 40008
    assert "Warning: wrong json format." in answer["errmsg"]


def test_length_of_a_text_is_configurable(emulator: Emulator) -> None:
    emulator.control("settings", webhook_text_bytes=5120)
    assert emulator.post_to_group(text("x" * 5120))["errcode"] == 0
    assert "exceed max length 5120." in emulator.post_to_group(text("x" * 5121))["errmsg"]


@pytest.mark.parametrize("key", ["", "unknown"])
def test_unknown_key_is_refused(emulator: Emulator, key: str) -> None:
    answer = emulator.post(PATH, params={"key": key}, json=text("x"))
    body = answer.json()
    assert body["errcode"] == 93000
    wanted = (
        r"invalid webhook url, hint: \[1795395600\d{12}\], from ip: 127\.0\.0\.1,"
        r" more info at https://open\.work\.weixin\.qq\.com/devtool/query\?e=93000"
    )
    assert re.fullmatch(wanted, body["errmsg"])
    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert answer.headers["Error-Code"] == "93000"
    assert answer.headers["Error-Msg"] == body["errmsg"]


@pytest.mark.parametrize(("changed", "errcode"), [({"removed": True}, 93000), ({"disabled": True}, 93004)])
def test_robot_that_is_gone_is_refused(emulator: Emulator, changed: dict[str, bool], errcode: int) -> None:
    emulator.control("robots", key=ROBOT, **changed)
    assert emulator.post_to_group(text("x"))["errcode"] == errcode
    assert emulator.post_to_group(text("x"), OTHER_ROBOT)["errcode"] == 0


def test_post_by_get_is_refused(emulator: Emulator) -> None:
    assert emulator.get(PATH, params={"key": ROBOT}).json()["errcode"] == 43002


def test_burst_ends_after_twenty_and_blocks_a_minute(emulator: Emulator) -> None:
    codes = [emulator.post_to_group(text(str(number)))["errcode"] for number in range(25)]
    assert codes == [0] * 20 + [45009] * 5
    assert emulator.post_to_group(text("x"), OTHER_ROBOT)["errcode"] == 0
    emulator.advance(59)
    assert emulator.post_to_group(text("x"))["errcode"] == 45009
    emulator.advance(1)
    assert emulator.post_to_group(text("x"))["errcode"] == 0
    assert len(emulator.sent(robot=ROBOT)) == 21


def test_window_of_a_minute_slides(emulator: Emulator) -> None:
    for _ in range(10):
        emulator.post_to_group(text("early"))
    emulator.advance(40)
    for _ in range(10):
        emulator.post_to_group(text("late"))
    emulator.advance(20)  # the early ones have left the window
    codes = [emulator.post_to_group(text("x"))["errcode"] for _ in range(11)]
    assert codes == [0] * 10 + [45009]


def test_posts_three_seconds_apart_never_meet_the_limit(emulator: Emulator) -> None:
    codes = []
    for _ in range(45):
        codes.append(emulator.post_to_group(text("x"))["errcode"])
        emulator.advance(3)
    assert set(codes) == {0}


def test_limit_is_configurable(emulator: Emulator) -> None:
    emulator.control("settings", webhook_per_minute=2)
    assert [emulator.post_to_group(text("x"))["errcode"] for _ in range(3)] == [0, 0, 45009]


@pytest.mark.parametrize(
    ("name", "body", "usual"),
    [
        ("webhook_image_too_large", picture(bytes(2 * 1024 * 1024 + 1)), 40009),
        ("webhook_image_md5", picture(PICTURE, "0" * 32), 301019),
        ("webhook_news_count", news(9), 40058),
        ("webhook_news_url", news(1, url=""), 41010),
    ],
)
def test_unsourced_codes_are_configurable(emulator: Emulator, name: str, body: dict[str, Any], usual: int) -> None:
    assert emulator.post_to_group(body)["errcode"] == usual
    emulator.control("settings", codes={name: 99999})
    assert emulator.post_to_group(body)["errcode"] == 99999


def upload(emulator: Emulator, kind: str, raw: bytes | None, key: str = ROBOT) -> Any:
    files = {} if raw is None else {"media": ("lesson.mp3", raw, "application/octet-stream")}
    params = {"key": key, "type": kind}
    return emulator.post("/qy/cgi-bin/webhook/upload_media", params=params, files=files)


def test_upload_gives_a_media_id(emulator: Emulator) -> None:
    answer = upload(emulator, "file", b"hello").json()
    assert (answer["errcode"], answer["errmsg"], answer["type"]) == (0, "ok", "file")
    assert answer["created_at"] == "1795395600"
    assert len(answer["media_id"]) > 32


@pytest.mark.parametrize(
    ("kind", "size", "errcode"),
    [
        ("image", 10, 40004),
        ("file", None, 44001),
        ("file", 4, 40006),
        ("file", 20 * 1024 * 1024 + 1, 40006),
        ("file", 20 * 1024 * 1024, 0),
        ("voice", 2 * 1024 * 1024 + 1, 40006),
    ],
)
def test_upload_rules(emulator: Emulator, kind: str, size: int | None, errcode: int) -> None:
    raw = None if size is None else bytes(size)
    assert upload(emulator, kind, raw).json()["errcode"] == errcode


def test_upload_needs_a_living_robot(emulator: Emulator) -> None:
    assert upload(emulator, "file", b"hello", "unknown").json()["errcode"] == 93000


def test_uploaded_media_live_three_days_and_keep_their_kind(emulator: Emulator) -> None:
    media_id = upload(emulator, "file", b"hello").json()["media_id"]
    assert emulator.post_to_group({"msgtype": "voice", "voice": {"media_id": media_id}})["errcode"] == 40007
    emulator.advance(3 * 86_400 - 1)
    assert emulator.post_to_group({"msgtype": "file", "file": {"media_id": media_id}})["errcode"] == 0
    emulator.advance(1)
    assert emulator.post_to_group({"msgtype": "file", "file": {"media_id": media_id}})["errcode"] == 40007
