"""Pushes to the app's server: every mode and format, attempts, spoiled deliveries."""

import json
import threading
from typing import Any

import pytest
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.events import SubscribeMsgPopupEvent
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.utils import check_signature

from tests.emulator.receiver import Callback, Receiver
from tests.emulator.speaking import LESSON, MINI, OFFICIAL, TASK, Emulator

MODES, FORMATS = ["plain", "compat", "safe"], ["json", "xml"]


def configure(emulator: Emulator, mode: str, form: str, appid: str = MINI.appid) -> None:
    emulator.control("apps", appid=appid, mode=mode, format=form)


def opened(push: Callback, appid: str = MINI.appid) -> str:
    """The text of the message, decrypted by wechatpy where it is encrypted."""
    if "encrypt_type" not in push.query:
        return push.body.decode()
    crypto = WeChatCrypto(MINI.token, MINI.aes_key, appid)
    body: Any = json.loads(push.body) if push.body.startswith(b"{") else push.body
    query = push.query
    return str(crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"]))


def push(emulator: Emulator, kind: str, **body: Any) -> list[dict[str, Any]]:
    deliveries: list[dict[str, Any]] = emulator.control("push", kind=kind, **body)["deliveries"]
    return deliveries


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("mode", MODES)
def test_text_arrives_in_every_mode_and_format(emulator: Emulator, receiver: Receiver, mode: str, form: str) -> None:
    configure(emulator, mode, form, OFFICIAL.appid)
    (delivery,) = push(emulator, "text", user="resident-li", content="点单 <&]]> 帮忙")
    assert (delivery["outcome"], delivery["attempts"]) == ("delivered", ["200"])
    (callback,) = receiver.pushes
    assert callback.query["openid"] == emulator.openid("resident-li", "official")
    text = opened(callback, OFFICIAL.appid)
    if form == "xml":
        message = parse_message(text)
        assert (message.type, message.content) == ("text", "点单 <&]]> 帮忙")
        assert message.source == emulator.openid("resident-li", "official")
    else:
        fields = json.loads(text)
        assert (fields["MsgType"], fields["Content"]) == ("text", "点单 <&]]> 帮忙")
        assert fields["MsgId"] > 0


@pytest.mark.parametrize("mode", MODES)
def test_push_is_signed_as_wechatpy_checks(emulator: Emulator, receiver: Receiver, mode: str) -> None:
    configure(emulator, mode, "json")
    push(emulator, "subscribe_popup", user="resident-li", template_id=LESSON)
    query = receiver.pushes[0].query
    check_signature(MINI.token, query["signature"], query["timestamp"], query["nonce"])
    assert ("msg_signature" in query) == (mode != "plain")


@pytest.mark.parametrize(("form", "kind"), [("json", "application/json"), ("xml", "text/xml")])
def test_safe_mode_shows_nothing_but_the_addressee(
    emulator: Emulator, receiver: Receiver, form: str, kind: str
) -> None:
    configure(emulator, "safe", form)
    push(emulator, "text", user="resident-li", content="秘密", channel="miniprogram")
    (callback,) = receiver.pushes
    assert callback.content_type == kind
    assert "秘密" not in callback.body.decode()
    assert MINI.original_id in callback.body.decode()


@pytest.mark.parametrize("form", FORMATS)
def test_compat_mode_shows_both(emulator: Emulator, receiver: Receiver, form: str) -> None:
    configure(emulator, "compat", form)
    push(emulator, "text", user="resident-li", content="公开", channel="miniprogram")
    (callback,) = receiver.pushes
    assert "公开" in callback.body.decode()
    assert "公开" in opened(callback)


def test_accepting_is_told_with_an_object_for_one_and_a_list_for_several(
    emulator: Emulator, receiver: Receiver
) -> None:
    emulator.accept("resident-li", LESSON)
    emulator.accept("resident-li", LESSON, TASK)
    one, several = (json.loads(opened(callback)) for callback in receiver.pushes)
    assert one["Event"] == "subscribe_msg_popup_event"
    entry = {"TemplateId": LESSON, "SubscribeStatusString": "accept", "PopupScene": "0"}
    assert one["List"] == entry
    assert several["List"] == [entry, entry | {"TemplateId": TASK}]
    assert isinstance(one["CreateTime"], str)


def test_accepting_is_told_in_xml_as_wechatpy_reads_it(emulator: Emulator, receiver: Receiver) -> None:
    configure(emulator, "plain", "xml")
    emulator.accept("resident-li", LESSON, TASK)
    message = parse_message(receiver.pushes[0].body.decode())
    assert isinstance(message, SubscribeMsgPopupEvent)
    assert b"<SubscribeMsgPopupEvent><List><TemplateId>" in receiver.pushes[0].body
    assert receiver.pushes[0].body.count(b"<List>") == 2


@pytest.mark.parametrize(("result", "source"), [("reject", "popup"), ("reject", "settings"), ("accept", "settings")])
def test_choices_are_told_as_the_platform_tells_them(
    emulator: Emulator, receiver: Receiver, result: str, source: str
) -> None:
    emulator.control("subscribe", user="resident-li", template_id=LESSON, result=result, source=source)
    names = [json.loads(opened(callback))["Event"] for callback in receiver.pushes]
    told = {"popup": ["subscribe_msg_popup_event"], "settings": ["subscribe_msg_change_event"]}[source]
    assert names == (told if result == "reject" else [])


def test_sent_message_is_confirmed_by_an_event(emulator: Emulator, receiver: Receiver) -> None:
    emulator.accept("member-zhao", LESSON)
    msgid = emulator.send_lesson("member-zhao")["msgid"]
    emulator.control("settle")
    event = json.loads(opened(receiver.pushes[-1]))
    assert event["Event"] == "subscribe_msg_sent_event"
    assert event["List"] == {
        "TemplateId": LESSON,
        "MsgID": str(msgid),
        "ErrorCode": "0",
        "ErrorStatus": "success",
    }


def test_sent_events_can_be_switched_off(emulator: Emulator, receiver: Receiver) -> None:
    emulator.control("settings", sent_events=False)
    emulator.accept("member-zhao", LESSON)
    emulator.send_lesson("member-zhao")
    emulator.control("settle")
    assert len(receiver.pushes) == 1


def test_verification_wants_the_echo(emulator: Emulator, receiver: Receiver) -> None:
    receiver.answer = lambda callback: (200, callback.query["echostr"].encode())
    assert emulator.control("push", kind="verify")["verified"] is True
    (callback,) = receiver.came
    query = callback.query
    check_signature(MINI.token, query["signature"], query["timestamp"], query["nonce"])
    receiver.answer = lambda callback: (200, b"ok")
    assert emulator.control("push", kind="verify")["verified"] is False
    receiver.answer = lambda callback: (403, callback.query["echostr"].encode())
    assert emulator.control("push", kind="verify")["verified"] is False


def test_failing_server_is_tried_three_times_with_the_same_message(emulator: Emulator, receiver: Receiver) -> None:
    receiver.answer = lambda _callback: (500, b"")
    (delivery,) = push(emulator, "text", user="resident-li", content="x")
    assert (delivery["outcome"], delivery["attempts"]) == ("failed", ["500", "500", "500"])
    texts = {opened(callback, OFFICIAL.appid) for callback in receiver.pushes}
    assert len(receiver.pushes) == 3
    assert len(texts) == 1


def test_server_that_comes_back_stops_the_attempts(emulator: Emulator, receiver: Receiver) -> None:
    receiver.answer = lambda _callback: (200, b"") if len(receiver.came) == 2 else (503, b"")
    (delivery,) = push(emulator, "text", user="resident-li", content="x")
    assert (delivery["outcome"], delivery["attempts"]) == ("delivered", ["503", "200"])


def test_slow_server_is_a_timeout(emulator: Emulator, receiver: Receiver) -> None:
    emulator.control("settings", callback_timeout_s=0.05)
    end = threading.Event()

    def slow(_callback: Callback) -> tuple[int, bytes]:
        end.wait(10)
        return 200, b""

    receiver.answer = slow
    (delivery,) = push(emulator, "text", user="resident-li", content="x")
    end.set()
    assert delivery["attempts"] == ["timeout"] * 3


def test_absent_server_is_a_failure(emulator: Emulator) -> None:
    emulator.control("apps", appid=OFFICIAL.appid, callback_url="http://127.0.0.1:9/x")
    (delivery,) = push(emulator, "text", user="resident-li", content="x")
    assert delivery["attempts"] == ["ConnectionRefusedError"] * 3


def test_app_without_callback_cannot_be_pushed_to(emulator: Emulator) -> None:
    answer = emulator.post("/_control/push", json={"kind": "text", "user": "resident-li"})
    assert answer.status_code == 409
    assert emulator.control("subscribe", user="resident-li", template_id=LESSON)["callback"] is None


def test_duplicates_bear_the_same_message_id(emulator: Emulator, receiver: Receiver) -> None:
    deliveries = push(emulator, "text", user="resident-li", content="x", times=3)
    assert [delivery["outcome"] for delivery in deliveries] == ["delivered"] * 3
    assert len({opened(callback, OFFICIAL.appid) for callback in receiver.pushes}) == 1
    assert len({callback.query["nonce"] for callback in receiver.pushes}) == 3


def test_replay_is_the_same_to_the_byte(emulator: Emulator, receiver: Receiver) -> None:
    push(emulator, "text", user="resident-li", content="x", times=2, replay=True)
    first, second = receiver.pushes
    assert (first.query, first.body) == (second.query, second.body)


def test_old_time_stamp_is_signed_rightly(emulator: Emulator, receiver: Receiver) -> None:
    push(emulator, "text", user="resident-li", content="x", timestamp_offset_s=-600)
    query = receiver.pushes[0].query
    assert int(query["timestamp"]) == 1_795_395_000
    check_signature(MINI.token, query["signature"], query["timestamp"], query["nonce"])


def test_wrong_signature_is_wrong(emulator: Emulator, receiver: Receiver) -> None:
    push(emulator, "text", user="resident-li", content="x", wrong_signature=True)
    with pytest.raises(InvalidSignatureException):
        opened(receiver.pushes[0], OFFICIAL.appid)


def test_oversize_message_is_large(emulator: Emulator, receiver: Receiver) -> None:
    push(emulator, "text", user="resident-li", content="x", oversize_bytes=300_000)
    assert len(receiver.pushes[0].body) > 300_000


def test_batch_arrives_out_of_order(emulator: Emulator, receiver: Receiver) -> None:
    configure(emulator, "plain", "json")
    late = {"kind": "subscribe_change", "user": "resident-li", "template_id": LESSON}
    early = {"kind": "subscribe_popup", "user": "resident-li", "template_id": LESSON}
    batch = [late, early | {"create_time_offset_s": -60}]
    assert len(emulator.control("push", batch=batch)["deliveries"]) == 2
    times = [int(json.loads(callback.body)["CreateTime"]) for callback in receiver.pushes]
    assert times == [1_795_395_600, 1_795_395_540]


@pytest.mark.parametrize(
    ("kind", "body", "wanted"),
    [
        ("follow", {}, {"Event": "subscribe"}),
        ("unfollow", {}, {"Event": "unsubscribe"}),
        ("menu_click", {"key": "MY_ORDERS"}, {"Event": "CLICK", "EventKey": "MY_ORDERS"}),
        ("menu_view", {"key": "http://127.0.0.1/"}, {"Event": "VIEW", "EventKey": "http://127.0.0.1/"}),
        ("scan", {"scene": "7"}, {"Event": "SCAN", "EventKey": "7"}),
        ("scan", {"scene": "7", "new_follower": True}, {"Event": "subscribe", "EventKey": "qrscene_7"}),
        ("image", {"media_id": "m"}, {"MsgType": "image", "MediaId": "m"}),
        ("voice", {}, {"MsgType": "voice", "Format": "amr"}),
        ("location", {"lat": 30.5, "lng": 114.3}, {"MsgType": "location", "Location_X": 30.5}),
        ("subscribe_sent", {"template_id": LESSON, "errcode": 43101}, {"Event": "subscribe_msg_sent_event"}),
        ("media_check", {"trace_id": "t", "suggest": "risky", "label": 20002}, {"trace_id": "t"}),
        ("event", {"event": "ENTER", "fields": {"Extra": "1"}}, {"Event": "ENTER", "Extra": "1"}),
        ("raw", {"message": {"Event": "anything"}}, {"Event": "anything"}),
    ],
)
def test_every_kind_of_push(
    emulator: Emulator, receiver: Receiver, kind: str, body: dict[str, Any], wanted: dict[str, Any]
) -> None:
    for app in (MINI, OFFICIAL):
        configure(emulator, "plain", "json", app.appid)
    push(emulator, kind, user="resident-wang", **body)
    fields = json.loads(receiver.pushes[0].body)
    assert {name: fields.get(name) for name in wanted} == wanted


def test_unknown_kind_of_push_is_named(emulator: Emulator, receiver: Receiver) -> None:
    answer = emulator.post("/_control/push", json={"kind": "telepathy"})
    assert answer.status_code == 400
    assert "telepathy" in answer.json()["error"]
    assert receiver.came == []


def test_deliveries_are_listed(emulator: Emulator, receiver: Receiver) -> None:
    push(emulator, "text", user="resident-li", content="x")
    (delivery,) = emulator.get("/_control/deliveries").json()
    assert (delivery["event"], delivery["user"], delivery["app"]) == ("text", "resident-li", "official")
