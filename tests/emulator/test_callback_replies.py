"""What the app's server answers to a message, and what the user then sees."""

import time
from typing import Any

import pytest
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import ArticlesReply, ImageReply

from emulator.callbacks.replies import OUT_OF_SERVICE
from tests.emulator.receiver import Callback, Receiver
from tests.emulator.speaking import OFFICIAL, Emulator

CRYPTO = WeChatCrypto(OFFICIAL.token, OFFICIAL.aes_key, OFFICIAL.appid)


def say(emulator: Emulator, content: str = "进度") -> dict[str, Any]:
    deliveries = emulator.control("push", kind="text", user="resident-li", content=content)["deliveries"]
    delivery: dict[str, Any] = deliveries[0]
    return delivery


def incoming(callback: Callback) -> Any:
    query = callback.query
    text = CRYPTO.decrypt_message(callback.body, query["msg_signature"], query["timestamp"], query["nonce"])
    return parse_message(text)


def answered_by(make: Any) -> Any:
    """An encrypted reply as wechatpy writes it."""

    def answer(callback: Callback) -> tuple[int, bytes]:
        reply = make(incoming(callback)).render()
        return 200, CRYPTO.encrypt_message(reply, "7", str(int(time.time()))).encode()

    return answer


def shown(emulator: Emulator) -> list[str]:
    return [item["text"] for item in emulator.sent(channel="official_reply", user="resident-li")]


def test_text_reply_reaches_the_user(emulator: Emulator, receiver: Receiver) -> None:
    receiver.answer = answered_by(lambda message: create_reply(f"收到：{message.content}", message))
    assert say(emulator)["outcome"] == "replied"
    assert shown(emulator) == ["收到：进度"]
    (own,) = emulator.sent(channel="official_message")
    assert (own["text"], own["user"]) == ("进度", "resident-li")


def test_article_reply_is_read(emulator: Emulator, receiver: Receiver) -> None:
    def article(message: Any) -> ArticlesReply:
        reply = ArticlesReply(message=message)
        reply.add_article({"title": "本周党课", "description": "周日八点", "url": "http://127.0.0.1/"})
        return reply

    receiver.answer = answered_by(article)
    assert say(emulator)["outcome"] == "replied"
    assert shown(emulator) == ["本周党课\n周日八点\nhttp://127.0.0.1/"]


def test_image_reply_is_named(emulator: Emulator, receiver: Receiver) -> None:
    receiver.answer = answered_by(lambda message: ImageReply(message=message, media_id="m"))
    say(emulator)
    assert shown(emulator) == ["［图片］"]


def test_plain_reply_is_right_in_plain_mode_only(emulator: Emulator, receiver: Receiver) -> None:
    emulator.control("apps", appid=OFFICIAL.appid, mode="plain")
    receiver.answer = lambda callback: (200, create_reply("好", parse_message(callback.body)).render().encode())
    assert say(emulator)["outcome"] == "replied"
    emulator.control("apps", appid=OFFICIAL.appid, mode="safe")
    receiver.answer = lambda callback: (200, create_reply("好", incoming(callback)).render().encode())
    assert say(emulator)["outcome"] == "unanswered"
    assert shown(emulator) == ["好", OUT_OF_SERVICE]


def test_silence_shows_nothing(emulator: Emulator, receiver: Receiver) -> None:
    assert say(emulator)["outcome"] == "delivered"
    assert shown(emulator) == []


@pytest.mark.parametrize(
    "answer",
    [
        b"ok",
        b"<xml></xml>",
        b"<html>error</html>",
        b"{}",
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><MsgType>&a;</MsgType></xml>',
        b"<xml><Encrypt>AAAA</Encrypt><MsgSignature>0</MsgSignature></xml>",
    ],
    ids=["word", "empty", "page", "json", "entity", "signature"],
)
def test_answer_that_nobody_understands(emulator: Emulator, receiver: Receiver, answer: bytes) -> None:
    receiver.answer = lambda _callback: (200, answer)
    assert say(emulator)["outcome"] == "unanswered"
    assert shown(emulator) == [OUT_OF_SERVICE]


def test_server_that_is_down_is_told_to_the_user(emulator: Emulator, receiver: Receiver) -> None:
    receiver.answer = lambda _callback: (502, b"")
    assert say(emulator)["outcome"] == "failed"
    assert shown(emulator) == [OUT_OF_SERVICE]


def test_user_of_a_mini_program_is_told_nothing(emulator: Emulator, receiver: Receiver) -> None:
    receiver.answer = lambda _callback: (200, b"nonsense")
    body = {"kind": "subscribe_popup", "user": "resident-li", "template_id": "x"}
    (delivery,) = emulator.control("push", **body)["deliveries"]
    assert delivery["outcome"] == "unanswered"
    assert emulator.sent() == []
