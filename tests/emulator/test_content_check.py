"""Content security: texts at once, media later by an event."""

import json
from typing import Any

import pytest
from wechatpy import WeChatClient
from wechatpy.crypto import WeChatCrypto

from tests.emulator.receiver import Receiver
from tests.emulator.speaking import MINI, Emulator, refused

TEXT, MEDIA = "/wxa/msg_sec_check", "/wxa/media_check_async"
PICTURE = "http://pictures.test/picture.jpg"


def check(emulator: Emulator, content: str = "楼道灯坏了", **changed: Any) -> dict[str, Any]:
    emulator.control("visit", user="resident-li")
    body = {"content": content, "version": 2, "scene": 2, "openid": emulator.openid("resident-li")}
    return emulator.wx(TEXT, body | changed)


def check_media(emulator: Emulator, **changed: Any) -> dict[str, Any]:
    emulator.control("visit", user="resident-li")
    body = {"media_url": PICTURE, "media_type": 2, "version": 2, "scene": 1}
    return emulator.wx(MEDIA, body | {"openid": emulator.openid("resident-li")} | changed)


def opened(push: Any) -> dict[str, Any]:
    """The message in a safe-mode JSON push, opened by wechatpy."""
    crypto = WeChatCrypto(MINI.token, MINI.aes_key, MINI.appid)
    query = push.query
    sealed = json.loads(push.body)
    text = crypto.decrypt_message(sealed, query["msg_signature"], query["timestamp"], query["nonce"])
    fields: dict[str, Any] = json.loads(text)
    return fields


def test_harmless_text_passes(emulator: Emulator) -> None:
    answer = check(emulator)
    assert answer["result"] == {"suggest": "pass", "label": 100}
    assert (answer["errcode"], answer["errmsg"]) == (0, "ok")
    (detail,) = answer["detail"]
    assert detail["strategy"] == "content_model"
    assert answer["trace_id"].startswith("6b039010-")


@pytest.mark.parametrize(
    ("content", "suggest", "label"),
    [("含违禁词示例的话", "risky", 20006), ("含待审词示例的话", "review", 20001)],
)
def test_text_with_a_known_word(emulator: Emulator, content: str, suggest: str, label: int) -> None:
    answer = check(emulator, content)
    assert answer["result"] == {"suggest": suggest, "label": label}
    assert [entry["strategy"] for entry in answer["detail"]] == ["content_model", "keyword"]


def test_text_with_both_kinds_of_words_is_risky(emulator: Emulator) -> None:
    assert check(emulator, "待审词示例与违禁词示例")["result"]["suggest"] == "risky"


def test_text_is_checked_with_its_title(emulator: Emulator) -> None:
    assert check(emulator, title="违禁词示例")["result"]["suggest"] == "risky"


def test_words_are_configurable(emulator: Emulator) -> None:
    emulator.control("settings", words=[{"word": "楼道灯", "suggest": "review", "label": 20003}])
    assert check(emulator)["result"] == {"suggest": "review", "label": 20003}


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"content": ""}, 44002),
        ({"content": "字" * 2501}, 47001),
        ({"content": "字" * 2500}, 0),
        ({"scene": 5}, 40129),
        ({"scene": None}, 40129),
        ({"openid": "o" + "x" * 27}, 40003),
        ({"openid": None}, 40003),
    ],
)
def test_text_refusals(emulator: Emulator, changed: dict[str, Any], errcode: int) -> None:
    assert check(emulator, **changed)["errcode"] == errcode


def test_text_by_an_author_of_another_app_is_refused(emulator: Emulator) -> None:
    assert check(emulator, openid=emulator.openid("resident-li", "official"))["errcode"] == 43104


def test_text_needs_an_author_seen_within_two_hours(emulator: Emulator) -> None:
    emulator.log_in("resident-li")
    body = {"content": "x", "version": 2, "scene": 2, "openid": emulator.openid("resident-li")}
    emulator.advance(7200)
    assert emulator.wx(TEXT, body)["errcode"] == 0
    emulator.advance(1)
    assert emulator.wx(TEXT, body)["errcode"] == 61010
    assert emulator.wx(TEXT, body | {"openid": emulator.openid("resident-wang")})["errcode"] == 61010


def test_text_of_version_1_through_wechatpy(mini: WeChatClient) -> None:
    assert mini.wxa.check_text_security("楼道灯坏了")["errcode"] == 0
    assert mini.wxa.check_text_security("待审词示例")["errcode"] == 0
    with refused(87014):
        mini.wxa.check_text_security("违禁词示例")


@pytest.mark.parametrize(
    ("path", "span", "used", "errcode"),
    [
        (TEXT, "minute", 4_000, 44991),
        (TEXT, "day", 2_000_000, 45009),
        (MEDIA, "minute", 2_000, 44991),
        (MEDIA, "day", 200_000, 45009),
    ],
)
def test_check_limits(emulator: Emulator, path: str, span: str, used: int, errcode: int) -> None:
    emulator.control("used", call=path, span=span, used=used)
    assert emulator.wx(path, {"content": "x"})["errcode"] == errcode


def test_media_result_comes_as_an_event_when_it_is_time(emulator: Emulator, receiver: Receiver) -> None:
    trace_id = check_media(emulator)["trace_id"]
    assert emulator.control("settle")["settled"]
    assert receiver.pushes == []
    emulator.advance(2)
    emulator.control("settle")
    (push,) = receiver.pushes
    event = opened(push)
    assert (event["Event"], event["trace_id"], event["appid"]) == ("wxa_media_check", trace_id, MINI.appid)
    assert (event["version"], event["errcode"]) == (2, 0)
    assert event["result"] == {"suggest": "pass", "label": 100}
    assert event["FromUserName"] == emulator.openid("resident-li")


def test_media_on_this_machine_is_really_fetched(emulator: Emulator, receiver: Receiver) -> None:
    receiver.answer = lambda callback: (200 if "there" in callback.query or callback.method == "POST" else 404, b"")
    for url in (f"{receiver.url}?there=1", f"{receiver.url}?gone=1"):
        check_media(emulator, media_url=url)
    assert [callback.query for callback in receiver.came] == [{"there": "1"}, {"gone": "1"}]
    emulator.advance(2)
    emulator.control("settle")
    assert sorted(opened(push)["errcode"] for push in receiver.pushes) == [-1008, 0]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://pictures.test/违禁词示例.jpg", {"errcode": 0, "result": {"suggest": "risky", "label": 20006}}),
        ("http://unreachable.test/a.jpg", {"errcode": -1008}),
    ],
    ids=["risky", "unreachable"],
)
def test_media_results(emulator: Emulator, receiver: Receiver, url: str, expected: dict[str, Any]) -> None:
    check_media(emulator, media_url=url)
    emulator.advance(2)
    emulator.control("settle")
    event = opened(receiver.pushes[0])
    assert {name: event[name] for name in expected} == expected
    assert ("result" in event) == ("result" in expected)


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"media_type": 3}, 40004),
        ({"media_url": ""}, 44002),
        ({"scene": 9}, 40129),
        ({"openid": "o" + "x" * 27}, 40003),
    ],
)
def test_media_refusals(emulator: Emulator, changed: dict[str, Any], errcode: int) -> None:
    assert check_media(emulator, **changed)["errcode"] == errcode


def test_media_of_version_1_through_wechatpy(mini: WeChatClient) -> None:
    assert mini.wxa.check_media_async(PICTURE, 2)["trace_id"]


def test_media_address_checked_too_often_is_refused(emulator: Emulator) -> None:
    emulator.control("settings", media_checks_per_url_per_minute=1)
    assert check_media(emulator)["errcode"] == 0
    assert check_media(emulator)["errcode"] == 87020
    assert check_media(emulator, media_url=f"{PICTURE}?2")["errcode"] == 0
