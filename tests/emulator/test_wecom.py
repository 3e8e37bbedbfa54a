"""WeCom beyond robots: tokens, group chats of an application, mass messages to customer groups."""

from typing import Any

import pytest
from wechatpy.work import WeChatClient as WeComClient

from tests.emulator.speaking import DEMO, MINI, Emulator, refused

CORP = DEMO.wecom
CHAT = next(iter(CORP.customer_groups))
SEND = "/cgi-bin/externalcontact/add_msg_template"
RESULT = "/cgi-bin/externalcontact/get_groupmsg_send_result"
PAIR = ["secretary-sun", "member-zhao"]


def get_token(emulator: Emulator, **changed: str | None) -> dict[str, Any]:
    asked = {"corpid": CORP.corp_id, "corpsecret": CORP.secret} | changed
    params = {name: value for name, value in asked.items() if value is not None}
    fields: dict[str, Any] = emulator.get("/qy/cgi-bin/gettoken", params=params).json()
    return fields


def change_corp(emulator: Emulator, **changed: Any) -> None:
    emulator.control("wecom", **changed)


def test_token_stays_the_same_while_it_lives(emulator: Emulator) -> None:
    first = get_token(emulator)
    assert (first["errcode"], first["expires_in"]) == (0, 7200)
    emulator.advance(7199)
    second = get_token(emulator)
    assert (second["access_token"], second["expires_in"]) == (first["access_token"], 1)
    emulator.advance(1)
    assert get_token(emulator)["access_token"] != first["access_token"]


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"corpid": None}, 41002),
        ({"corpsecret": None}, 41004),
        ({"corpid": "ww0"}, 40013),
        ({"corpsecret": "wrong"}, 40001),
    ],
)
def test_token_refusals(emulator: Emulator, changed: dict[str, str | None], errcode: int) -> None:
    assert get_token(emulator, **changed)["errcode"] == errcode


def test_token_for_an_address_that_is_not_trusted(emulator: Emulator) -> None:
    change_corp(emulator, trusted_ips=["203.0.113.7"])
    answer = get_token(emulator)
    assert answer["errcode"] == 60020
    assert answer["errmsg"].startswith("not allow to access from your ip, hint: [")


@pytest.mark.parametrize(("token", "errcode"), [(None, 41001), ("", 40014), ("x", 40014)])
def test_bad_token_is_refused(emulator: Emulator, token: str | None, errcode: int) -> None:
    params = {} if token is None else {"access_token": token}
    assert emulator.get("/qy/cgi-bin/appchat/get", params=params).json()["errcode"] == errcode


def test_expired_token_and_that_of_an_app_are_refused(emulator: Emulator) -> None:
    token = emulator.token("wecom")
    params = {"access_token": emulator.token("miniprogram")}
    assert emulator.get("/qy/cgi-bin/appchat/get", params=params).json()["errcode"] == 40014
    emulator.advance(7200)
    assert emulator.get("/qy/cgi-bin/appchat/get", params={"access_token": token}).json()["errcode"] == 42001
    assert MINI.appid != CORP.corp_id


def test_chat_through_wechatpy(emulator: Emulator, wecom: WeComClient) -> None:
    wecom.appchat.create("branch1", "支部群", "secretary-sun", PAIR)
    assert wecom.appchat.get("branch1") == {
        "chatid": "branch1",
        "name": "支部群",
        "owner": "secretary-sun",
        "userlist": PAIR,
    }
    wecom.appchat.update("branch1", name="新名", add_user_list=["member-qian"], del_user_list=["member-zhao"])
    assert wecom.appchat.get("branch1")["userlist"] == ["secretary-sun", "member-qian"]
    wecom.appchat.send_text("branch1", "开会")
    (item,) = emulator.sent(channel="wecom_appchat", robot="branch1")
    assert (item["text"], item["group"]) == ("开会", "新名")


def test_chat_gets_a_name_and_an_owner_by_itself(emulator: Emulator) -> None:
    chatid = emulator.qy("/cgi-bin/appchat/create", {"userlist": PAIR})["chatid"]
    info = emulator.qy("/cgi-bin/appchat/get", chatid=chatid)["chat_info"]
    assert len(chatid) == 32
    assert info["owner"] == "secretary-sun"


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"userlist": ["secretary-sun"]}, 86006),
        ({"userlist": ["secretary-sun"] * 2001}, 86006),
        ({"userlist": None}, 86006),
        ({"userlist": ["secretary-sun", "stranger"]}, 86007),
        ({"owner": "member-qian"}, 86005),
        ({"chatid": "no-dash"}, 86001),
        ({"chatid": "x" * 33}, 86001),
        ({"chatid": "taken"}, 86001),
    ],
)
def test_chat_refusals(emulator: Emulator, changed: dict[str, Any], errcode: int) -> None:
    emulator.qy("/cgi-bin/appchat/create", {"userlist": PAIR, "chatid": "taken"})
    body = {"userlist": PAIR, "owner": "secretary-sun"} | changed
    assert emulator.qy("/cgi-bin/appchat/create", body)["errcode"] == errcode


def test_chat_of_an_app_without_the_right(emulator: Emulator) -> None:
    change_corp(emulator, root_visible=False)
    assert emulator.qy("/cgi-bin/appchat/create", {"userlist": PAIR})["errcode"] == 60011


def test_chat_update_keeps_the_rules(emulator: Emulator) -> None:
    emulator.qy("/cgi-bin/appchat/create", {"userlist": PAIR, "chatid": "c1"})
    path = "/cgi-bin/appchat/update"
    assert emulator.qy(path, {"chatid": "c1", "del_user_list": ["member-zhao"]})["errcode"] == 86006
    assert emulator.qy(path, {"chatid": "c1", "owner": "stranger"})["errcode"] == 86005
    assert emulator.qy(path, {"chatid": "unknown"})["errcode"] == 86003


def test_chats_of_a_day_end_at_a_thousand(emulator: Emulator) -> None:
    emulator.control("used", call="appchat/create", span="day", used=1_000)
    assert emulator.qy("/cgi-bin/appchat/create", {"userlist": PAIR})["errcode"] == 45009


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"chatid": "unknown"}, 86003),
        ({"chatid": "foreign"}, 86008),
        ({"msgtype": "poem", "poem": {}}, 40008),
        ({"text": "x"}, 40008),
        ({"text": {"content": ""}}, 44004),
        ({"text": {"content": "字" * 683}}, 45002),
        ({"text": {"content": "字" * 682}}, 0),
        ({"msgtype": "markdown", "markdown": {"content": "**x**"}}, 0),
        ({"msgtype": "textcard", "textcard": {"title": "a", "description": "b", "url": "c"}}, 0),
        ({"msgtype": "news", "news": {"articles": [{"title": "a"}]}}, 0),
        ({"msgtype": "image", "image": {"media_id": "m"}}, 0),
    ],
)
def test_chat_message_rules(emulator: Emulator, body: dict[str, Any], errcode: int) -> None:
    emulator.qy("/cgi-bin/appchat/create", {"userlist": PAIR, "chatid": "c1"})
    emulator.control("wecom/chats", chatid="foreign", members=PAIR, ours=False)
    asked = {"chatid": "c1", "msgtype": "text", "text": {"content": "x"}} | body
    assert emulator.qy("/cgi-bin/appchat/send", asked)["errcode"] == errcode


def test_chat_messages_count_each_member(emulator: Emulator) -> None:
    emulator.qy("/cgi-bin/appchat/create", {"userlist": PAIR, "chatid": "c1"})
    emulator.control("used", call="appchat/send", span="minute", used=19_997)
    body = {"chatid": "c1", "msgtype": "text", "text": {"content": "x"}}
    assert [emulator.qy("/cgi-bin/appchat/send", body)["errcode"] for _ in range(2)] == [0, 45009]


def task(emulator: Emulator, **changed: Any) -> dict[str, Any]:
    body = {"chat_type": "group", "sender": "secretary-sun", "chat_id_list": [CHAT], "text": {"content": "开会"}}
    return emulator.qy(SEND, body | changed)


def status_of(emulator: Emulator, msgid: str) -> list[dict[str, Any]]:
    answer = emulator.qy(RESULT, {"msgid": msgid, "userid": "secretary-sun"})
    assert (answer["errcode"], answer["next_cursor"]) == (0, "")
    listed: list[dict[str, Any]] = answer["send_list"]
    return listed


def test_mass_message_waits_for_its_sender(emulator: Emulator, wecom: WeComClient) -> None:
    template = {"chat_type": "group", "sender": "secretary-sun", "text": {"content": "周六义务巡河"}}
    answer = wecom.external_contact.add_msg_template(template)
    assert answer["fail_list"] == []
    assert emulator.sent() == []
    waiting = {"chat_id": CHAT, "userid": "secretary-sun", "status": 0}
    assert status_of(emulator, answer["msgid"]) == [waiting]
    assert emulator.control("wecom/confirm", msgid=answer["msgid"]) == {"status": {CHAT: 1}}
    (item,) = emulator.sent(channel="wecom_customer_group")
    assert (item["text"], item["group"]) == ("周六义务巡河", "大河社区便民服务群")
    assert status_of(emulator, answer["msgid"]) == [waiting | {"status": 1, "send_time": 1_795_395_600}]
    older = wecom.external_contact.get_group_msg_result(answer["msgid"])
    assert older["detail_list"][0]["status"] == 1


def test_mass_message_is_sent_once_however_often_confirmed(emulator: Emulator) -> None:
    msgid = task(emulator)["msgid"]
    emulator.control("wecom/confirm", msgid=msgid)
    emulator.control("wecom/confirm", msgid=msgid)
    assert len(emulator.sent()) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"chat_type": "single"},
        {"sender": ""},
        {"chat_id_list": ["x"] * 2001},
        {"text": {}},
        {"text": {"content": "字" * 1334}},
        {"attachments": [{"msgtype": "link"}] * 10},
    ],
)
def test_mass_message_refusals(emulator: Emulator, changed: dict[str, Any]) -> None:
    assert task(emulator, **changed)["errcode"] == 40058


def test_mass_message_names_groups_that_are_none(emulator: Emulator) -> None:
    assert task(emulator, chat_id_list=[CHAT, "stranger"])["fail_list"] == ["stranger"]


def test_mass_message_of_attachments_only(emulator: Emulator) -> None:
    msgid = task(emulator, text=None, attachments=[{"msgtype": "miniprogram"}])["msgid"]
    emulator.control("wecom/confirm", msgid=msgid)
    assert emulator.sent()[0]["text"] == "［小程序］"


@pytest.mark.parametrize(
    ("limit", "most", "later"),
    [("month", 30, "2026-12-01"), ("week", 7, "2026-11-30"), ("day", 1, "2026-11-24")],
)
def test_group_gets_so_many_mass_messages(emulator: Emulator, limit: str, most: int, later: str) -> None:
    change_corp(emulator, group_limit=limit)

    def confirmed() -> int:
        answer = emulator.control("wecom/confirm", msgid=task(emulator)["msgid"])
        return int(answer["status"][CHAT])

    assert [confirmed() for _ in range(most + 1)] == [1] * most + [3]
    emulator.control("clock", at=f"{later}T00:00:00+08:00")
    assert confirmed() == 1


def test_mass_message_result_refusals_and_pages(emulator: Emulator) -> None:
    change_corp(emulator, customer_groups={CHAT: "甲", "wr2": "乙"})
    msgid = task(emulator, chat_id_list=[CHAT, "wr2"])["msgid"]
    assert emulator.qy(RESULT, {"msgid": "x", "userid": "secretary-sun"})["errcode"] == 40058
    assert emulator.qy(RESULT, {"msgid": msgid, "userid": "stranger"})["errcode"] == 40058
    first = emulator.qy(RESULT, {"msgid": msgid, "userid": "secretary-sun", "limit": 1})
    asked = {"msgid": msgid, "userid": "secretary-sun", "limit": 1, "cursor": first["next_cursor"]}
    second = emulator.qy(RESULT, asked)
    assert [entry["chat_id"] for entry in first["send_list"] + second["send_list"]] == [CHAT, "wr2"]
    assert second["next_cursor"] == ""


def test_mass_message_can_be_confirmed_for_some_groups(emulator: Emulator) -> None:
    change_corp(emulator, customer_groups={CHAT: "甲", "wr2": "乙"})
    msgid = task(emulator, chat_id_list=[])["msgid"]
    assert emulator.control("wecom/confirm", msgid=msgid, chat_ids=["wr2"])["status"] == {CHAT: 0, "wr2": 1}


def test_cancelled_mass_message_is_never_sent(emulator: Emulator) -> None:
    msgid = task(emulator)["msgid"]
    assert emulator.qy("/cgi-bin/externalcontact/cancel_groupmsg_send", {"msgid": msgid})["errcode"] == 0
    emulator.control("wecom/confirm", msgid=msgid)
    assert emulator.sent() == []
    (listed,) = emulator.get("/_control/wecom/tasks").json()
    assert listed["cancelled"] is True


def test_sender_is_reminded_three_times_a_day(emulator: Emulator) -> None:
    msgid = task(emulator)["msgid"]
    path = "/cgi-bin/externalcontact/remind_groupmsg_send"
    assert [emulator.qy(path, {"msgid": msgid})["errcode"] for _ in range(4)] == [0, 0, 0, 45009]
    emulator.advance(86_400)
    assert emulator.qy(path, {"msgid": msgid})["errcode"] == 0


def test_task_says_whether_its_sender_acted(emulator: Emulator) -> None:
    msgid = task(emulator)["msgid"]
    path = "/cgi-bin/externalcontact/get_groupmsg_task"
    assert emulator.qy(path, {"msgid": msgid})["task_list"] == [{"userid": "secretary-sun", "status": 0}]
    emulator.control("wecom/confirm", msgid=msgid)
    assert emulator.qy(path, {"msgid": msgid})["task_list"] == [{"userid": "secretary-sun", "status": 2}]


def test_refusal_is_told_by_wechatpy(wecom: WeComClient) -> None:
    with refused(86003):
        wecom.appchat.get("unknown")
