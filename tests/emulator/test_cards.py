"""Updatable messages and chat-tool cards."""

from typing import Any

import pytest

from tests.emulator.speaking import MINI, Emulator

CREATE = "/cgi-bin/message/wxopen/activityid/create"
UPDATE = "/cgi-bin/message/wxopen/updatablemsg/send"
CHAT = "/cgi-bin/message/wxopen/chattoolmsg/send"
DONE = "4A68" + "0" * 30 + "6463"
JOINED = "2A84" + "0" * 30 + "B607"


def activity(emulator: Emulator) -> str:
    return str(emulator.wx(CREATE)["activity_id"])


def joining(activity_id: str, state: Any = 0, **values: str) -> dict[str, Any]:
    named = {"member_count": "3", "room_limit": "10"} if state == 0 else {"path": "pages/a"}
    listed = [{"name": name, "value": value} for name, value in (named | values).items()]
    return {"activity_id": activity_id, "target_state": state, "template_info": {"parameter_list": listed}}


def test_activity_lives_a_day(emulator: Emulator) -> None:
    answer = emulator.wx(CREATE)
    assert answer["expiration_time"] == 1_795_395_600 + 86_400
    emulator.advance(86_399)
    assert emulator.wx(UPDATE, joining(answer["activity_id"]))["errcode"] == 0
    emulator.advance(1)
    assert emulator.wx(UPDATE, joining(answer["activity_id"]))["errcode"] == 47504


def test_update_says_who_is_joining_and_that_it_began(emulator: Emulator) -> None:
    number = activity(emulator)
    assert emulator.wx(UPDATE, joining(number))["errcode"] == 0
    assert emulator.wx(UPDATE, joining(number, 1))["errcode"] == 0
    texts = [item["text"] for item in emulator.sent(channel="updatable_message")]
    assert texts == ["成员正在加入，当前 3/10 人", "已开始"]


def test_update_never_goes_back(emulator: Emulator) -> None:
    number = activity(emulator)
    emulator.wx(UPDATE, joining(number, 1))
    assert emulator.wx(UPDATE, joining(number, 0))["errcode"] == 47502


def test_update_that_begins_gives_a_day_more(emulator: Emulator) -> None:
    number = activity(emulator)
    emulator.advance(80_000)
    emulator.wx(UPDATE, joining(number, 1))
    emulator.advance(86_399)
    assert emulator.wx(UPDATE, joining(number, 1))["errcode"] == 0
    emulator.advance(1)
    assert emulator.wx(UPDATE, joining(number, 1))["errcode"] == 47504


def test_update_refusals(emulator: Emulator) -> None:
    number = activity(emulator)
    assert emulator.wx(UPDATE, joining("unknown"))["errcode"] == 47501
    assert emulator.wx(UPDATE, joining(number, 2))["errcode"] == 47502
    assert emulator.wx(UPDATE, joining(number, 1, version_type="beta"))["errcode"] == 47503
    assert emulator.wx(UPDATE, joining(number, 0, room_limit=""))["errcode"] == 47001
    assert emulator.wx(UPDATE, joining(number) | {"template_info": None})["errcode"] == 47001


def chat_card(number: str, *openids: str, **changed: Any) -> dict[str, Any]:
    listed = [{"group_openid": openid, "state": 1} for openid in openids]
    body = {"activity_id": number, "target_state": 1, "template_id": DONE, "participator_info_list": listed}
    return body | {"version_type": 0} | changed


@pytest.mark.parametrize(("template", "verb"), [(DONE, "已完成"), (JOINED, "已参与")])
def test_chat_card_leaves_a_line_in_the_group(emulator: Emulator, template: str, verb: str) -> None:
    number = activity(emulator)
    people = emulator.control(
        "chat-tool",
        activity_id=number,
        title="主题党日报名",
        publisher="孙立新",
        chat="支部群",
        users=["member-zhao"],
    )["group_openids"]
    answer = emulator.wx(CHAT, chat_card(number, people["member-zhao"], template_id=template))
    assert answer["errcode"] == 0
    (item,) = emulator.sent(channel="chat_tool")
    assert item["text"] == f"赵志强 {verb} 孙立新 发布的 主题党日报名"
    assert item["group"] == "支部群"


def test_chat_card_refusals(emulator: Emulator) -> None:
    number = activity(emulator)
    people = emulator.control("chat-tool", activity_id=number, users=["member-zhao"])["group_openids"]
    someone = people["member-zhao"]
    assert emulator.wx(CHAT, chat_card("unknown", someone))["errcode"] == 47501
    assert emulator.wx(CHAT, chat_card(number, someone, target_state=4))["errcode"] == 47502
    assert emulator.wx(CHAT, chat_card(number, someone, template_id="x"))["errcode"] == 40097
    assert emulator.wx(CHAT, chat_card(number, someone, version_type=3))["errcode"] == 40097
    assert emulator.wx(CHAT, chat_card(number, "stranger"))["errcode"] == 40097
    emulator.advance(86_400)
    assert emulator.wx(CHAT, chat_card(number, someone))["errcode"] == 47504


def test_chat_card_of_another_app_is_refused(emulator: Emulator) -> None:
    number = activity(emulator)
    twin = {"appid": "wx0d0e0a0b00000009", "secret": "s" * 32, "kind": "miniprogram"}
    emulator.control("apps", **twin)
    asked = {"grant_type": "client_credential", "appid": twin["appid"], "secret": twin["secret"]}
    token = emulator.post("/wx/cgi-bin/stable_token", json=asked).json()["access_token"]
    assert emulator.wx(CHAT, chat_card(number), access_token=token)["errcode"] == 40013
    assert emulator.wx(UPDATE, joining(number), access_token=token)["errcode"] == 40013
    assert MINI.appid != twin["appid"]
