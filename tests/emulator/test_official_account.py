"""The official account: templates, subscriptions, customer service, mass sending, menu, codes, tickets."""

import json
from typing import Any

import pytest
from wechatpy import WeChatClient
from wechatpy.crypto import WeChatCrypto

from tests.emulator.receiver import Receiver
from tests.emulator.speaking import OFFICIAL, Emulator, refused

TEMPLATE = {"id": "official-1", "title": "办理进度", "fields": {"thing1": "事项", "time2": "时间"}, "use": "template"}
DATA = {"thing1": {"value": "楼道灯"}, "time2": {"value": "15:01"}}


@pytest.fixture
def templates(emulator: Emulator) -> None:
    emulator.control("templates", **TEMPLATE)
    emulator.control("templates", **TEMPLATE | {"id": "official-2", "use": "bizsend"})


def openid(emulator: Emulator, user: str = "resident-li") -> str:
    return emulator.openid(user, "official")


def official_call(emulator: Emulator, path: str, body: dict[str, Any]) -> dict[str, Any]:
    return emulator.wx(path, body, app="official")


@pytest.mark.usefixtures("templates")
def test_template_message_through_wechatpy(emulator: Emulator, official: WeChatClient) -> None:
    answer = official.message.send_template(openid(emulator), "official-1", DATA, url="http://127.0.0.1/")
    (item,) = emulator.sent(channel="official_template")
    assert item["msgid"] == str(answer["msgid"])
    assert (item["user"], item["text"]) == ("resident-li", "办理进度\n事项：楼道灯\n时间：15:01")
    assert item["page"] == "http://127.0.0.1/"


@pytest.mark.usefixtures("templates")
def test_template_message_is_confirmed_by_an_event(emulator: Emulator, receiver: Receiver) -> None:
    emulator.control("apps", appid=OFFICIAL.appid, mode="plain", format="json")
    body = {"touser": openid(emulator), "template_id": "official-1", "data": DATA}
    msgid = official_call(emulator, "/cgi-bin/message/template/send", body)["msgid"]
    emulator.control("settle")
    event = json.loads(receiver.pushes[0].body)
    assert (event["Event"], event["MsgID"], event["Status"]) == ("TEMPLATESENDJOBFINISH", msgid, "success")


@pytest.mark.usefixtures("templates")
@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"touser": "o" + "x" * 27}, 40003),
        ({"template_id": "official-2"}, 40037),
        ({"template_id": "x"}, 40037),
        ({"data": DATA | {"thing1": {"value": "x" * 21}}}, 47003),
        ({"data": {}}, 47003),
    ],
)
def test_template_message_refusals(emulator: Emulator, changed: dict[str, Any], errcode: int) -> None:
    body = {"touser": openid(emulator), "template_id": "official-1", "data": DATA} | changed
    assert official_call(emulator, "/cgi-bin/message/template/send", body)["errcode"] == errcode


@pytest.mark.usefixtures("templates")
def test_template_message_to_one_who_does_not_follow(emulator: Emulator, official: WeChatClient) -> None:
    emulator.control("users", name="resident-li", follows=False)
    with refused(43004):
        official.message.send_template(openid(emulator), "official-1", DATA)


@pytest.mark.usefixtures("templates")
def test_template_message_with_the_same_id_is_sent_once_in_ten_minutes(emulator: Emulator) -> None:
    body = {"touser": openid(emulator), "template_id": "official-1", "data": DATA, "client_msg_id": "m1"}
    first, second = (official_call(emulator, "/cgi-bin/message/template/send", body) for _ in range(2))
    assert first == second
    assert len(emulator.sent()) == 1
    emulator.advance(600)
    assert official_call(emulator, "/cgi-bin/message/template/send", body)["msgid"] != first["msgid"]
    assert len(emulator.sent()) == 2


def test_template_message_quota(emulator: Emulator) -> None:
    path = "/cgi-bin/message/template/send"
    emulator.control("used", call=path, owner=OFFICIAL.appid, span="day", used=100_000)
    assert official_call(emulator, path, {"touser": "x"})["errcode"] == 45009


@pytest.mark.usefixtures("templates")
def test_subscription_uses_up_its_own_grants(emulator: Emulator, official: WeChatClient) -> None:
    with refused(43101):
        official.message.send_subscribe_message(openid(emulator), "official-2", DATA)
    emulator.accept("resident-li", "official-2")
    assert official.message.send_subscribe_message(openid(emulator), "official-2", DATA)["errcode"] == 0
    with refused(43101):
        official.message.send_subscribe_message(openid(emulator), "official-2", DATA)
    assert [item["channel"] for item in emulator.sent()] == ["official_subscribe"]


@pytest.mark.usefixtures("templates")
def test_subscription_refuses_templates_of_another_kind(emulator: Emulator) -> None:
    body = {"touser": openid(emulator), "template_id": "official-1", "data": DATA}
    assert official_call(emulator, "/cgi-bin/message/subscribe/bizsend", body)["errcode"] == 40037


def test_templates_are_listed(emulator: Emulator, official: WeChatClient, templates: None) -> None:
    (listed,) = official.template.get_all_private_template()["template_list"]
    assert (listed["template_id"], listed["title"]) == ("official-1", "办理进度")


@pytest.mark.parametrize(
    ("kind", "most", "seconds"), [("text", 5, 48 * 3600), ("menu_click", 3, 60), ("scan", 3, 60), ("follow", 3, 60)]
)
@pytest.mark.usefixtures("receiver")
def test_customer_service_may_answer_so_often_and_so_long(
    emulator: Emulator, official: WeChatClient, kind: str, most: int, seconds: int
) -> None:
    def answer() -> Any:
        return official.message.send_text(openid(emulator), "您好")

    with refused(45015):
        answer()
    emulator.control("push", kind=kind, user="resident-li", content="x", key="k")
    assert [answer()["errcode"] for _ in range(most)] == [0] * most
    with refused(45047):
        answer()
    emulator.control("push", kind=kind, user="resident-li", content="x", key="k")
    assert answer()["errcode"] == 0
    official.session.delete(official.access_token_key)
    emulator.advance(seconds)
    with refused(45015):
        answer()
    assert len(emulator.sent(channel="official_custom")) == most + 1


@pytest.mark.usefixtures("receiver")
@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"msgtype": "text", "text": {"content": "您好"}}, "您好"),
        ({"msgtype": "image", "image": {"media_id": "m"}}, "［图片］"),
        ({"msgtype": "news", "news": {"articles": [{"title": "党课"}]}}, "党课"),
        ({"msgtype": "miniprogrampage", "miniprogrampage": {"title": "点单"}}, "［小程序］点单"),
        ({"msgtype": "msgmenu", "msgmenu": {"head_content": "请选", "list": [{"content": "一"}]}}, "请选\n一\n"),
    ],
)
def test_customer_service_message_kinds(emulator: Emulator, body: dict[str, Any], text: str) -> None:
    emulator.control("push", kind="text", user="resident-li", content="x")
    path = "/cgi-bin/message/custom/send"
    assert official_call(emulator, path, {"touser": openid(emulator)} | body)["errcode"] == 0
    assert emulator.sent(channel="official_custom")[0]["text"] == text


@pytest.mark.usefixtures("receiver")
@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"touser": "o" + "x" * 27, "msgtype": "text", "text": {"content": "x"}}, 40003),
        ({"msgtype": "text", "text": {"content": ""}}, 44004),
        ({"msgtype": "dance", "dance": {}}, 40008),
        ({"msgtype": "text"}, 40008),
    ],
)
def test_customer_service_refusals(emulator: Emulator, body: dict[str, Any], errcode: int) -> None:
    emulator.control("push", kind="text", user="resident-li", content="x")
    asked = {"touser": openid(emulator)} | body
    assert official_call(emulator, "/cgi-bin/message/custom/send", asked)["errcode"] == errcode


def test_mass_message_reaches_every_follower_four_times_a_month(emulator: Emulator, official: WeChatClient) -> None:
    emulator.control("users", name="county-wu", follows=False)
    answer = official.message.send_mass_text("本周党课", is_to_all=True)
    assert answer["errmsg"] == "send job submission success"
    assert {"msg_id", "msg_data_id"} <= set(answer)
    assert len(emulator.sent(channel="official_mass")) == 8
    for _ in range(3):
        official.message.send_mass_text("x", is_to_all=True)
    with refused(45028):
        official.message.send_mass_text("x", is_to_all=True)
    official.session.delete(official.access_token_key)
    emulator.control("clock", at="2026-12-01T00:00:00+08:00")
    assert official.message.send_mass_text("x", is_to_all=True)["errcode"] == 0


def test_mass_message_daily_limit_can_be_set(emulator: Emulator, official: WeChatClient) -> None:
    emulator.control("settings", mass_per_day=1)
    official.message.send_mass_text("x", is_to_all=True)
    with refused(45028):
        official.message.send_mass_text("x", is_to_all=True)


def test_mass_message_with_the_same_id_is_refused(emulator: Emulator, official: WeChatClient) -> None:
    official.message.send_mass_text("x", is_to_all=True, client_msg_id="m1")
    with refused(45065):
        official.message.send_mass_text("x", is_to_all=True, client_msg_id="m1")


def test_mass_message_limit_of_a_minute_and_type(emulator: Emulator) -> None:
    path = "/cgi-bin/message/mass/sendall"
    assert official_call(emulator, path, {"msgtype": "dance"})["errcode"] == 40008
    emulator.control("used", call=path, owner=OFFICIAL.appid, span="minute", used=60)
    assert official_call(emulator, path, {"msgtype": "text"})["errcode"] == 45011


MENU = {
    "button": [
        {"type": "click", "name": "点单", "key": "ORDER"},
        {"name": "党课", "sub_button": [{"type": "view", "name": "本周党课", "url": "http://127.0.0.1/m/"}]},
    ]
}


def test_menu_through_wechatpy(official: WeChatClient) -> None:
    assert official.menu.get() is None
    official.menu.create(MENU)
    assert official.menu.get()["menu"] == MENU
    official.menu.delete()
    assert official.menu.get() is None


def button(**changed: Any) -> dict[str, Any]:
    return {"type": "click", "name": "点单", "key": "ORDER"} | changed


@pytest.mark.parametrize(
    ("buttons", "errcode"),
    [
        ([], 40016),
        ([button()] * 4, 40016),
        (None, 40016),
        (["x"], 40016),
        ([button(sub_button=[button()] * 6)], 40023),
        ([button(sub_button=["x"])], 40023),
        ([button(name="")], 40018),
        ([button(name="六个汉字不行")], 40018),
        ([button(sub_button=[button(name="字" * 21)])], 40018),
        ([button(key="")], 40019),
        ([button(key="k" * 129)], 40019),
        ([button(type="view")], 40020),
        ([button(type="view", url="u" * 1025)], 40020),
        ([button(key="k" * 128, name="五个汉字好"), button(sub_button=[button(name="字" * 20)] * 5)], 0),
    ],
)
def test_menu_rules(emulator: Emulator, buttons: Any, errcode: int) -> None:
    assert official_call(emulator, "/cgi-bin/menu/create", {"button": buttons})["errcode"] == errcode


def test_code_with_a_scene_through_wechatpy(official: WeChatClient) -> None:
    scene = {"scene": {"scene_str": "branch-7"}}
    short = official.qrcode.create({"action_name": "QR_STR_SCENE", "expire_seconds": 600, "action_info": scene})
    lasting = official.qrcode.create({"action_name": "QR_LIMIT_STR_SCENE", "action_info": scene})
    assert short["expire_seconds"] == 600
    assert short["ticket"] != lasting["ticket"]
    assert "expire_seconds" not in lasting
    assert lasting["url"].startswith("http://weixin.qq.com/q/")


@pytest.mark.parametrize(
    "changed",
    [
        {"action_name": "QR"},
        {"action_info": {}},
        {"action_info": {"scene": {"scene_id": 1}}},
        {"action_info": {"scene": {"scene_str": "x" * 65}}},
        {"expire_seconds": 2_592_001},
        {"expire_seconds": "600"},
    ],
)
def test_code_with_a_scene_refusals(emulator: Emulator, changed: dict[str, Any]) -> None:
    body = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "x"}}} | changed
    assert official_call(emulator, "/cgi-bin/qrcode/create", body)["errcode"] == 40097


def test_lasting_codes_end_at_a_hundred_thousand(emulator: Emulator, running: Any) -> None:
    running.state.qr_tickets = {str(n): {"scene": "x", "lasting": True} for n in range(100_000)}
    body = {"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 1}}}
    assert official_call(emulator, "/cgi-bin/qrcode/create", body)["errcode"] == 45029


def test_ticket_for_the_js_sdk_stays_two_hours(emulator: Emulator, official: WeChatClient) -> None:
    first = official.jsapi.get_ticket()
    assert (first["expires_in"], len(first["ticket"])) == (7200, 86)
    assert official.jsapi.get_ticket()["ticket"] == first["ticket"]
    official.session.delete(official.access_token_key)
    emulator.advance(7200)
    assert official.jsapi.get_ticket()["ticket"] != first["ticket"]


def test_ticket_of_an_unknown_type_is_refused(emulator: Emulator) -> None:
    assert emulator.wx("/cgi-bin/ticket/getticket", app="official", type="x")["errcode"] == 40097


def test_followers_through_wechatpy(emulator: Emulator, official: WeChatClient) -> None:
    emulator.control("users", name="county-wu", follows=False)
    assert official.user.get(openid(emulator))["subscribe"] == 1
    assert official.user.get(openid(emulator, "county-wu"))["subscribe"] == 0
    assert official.user.get_followers()["total"] == 8
    with refused(40003):
        official.user.get("o" + "x" * 27)


def test_message_of_the_account_is_sealed_with_its_own_appid(emulator: Emulator, receiver: Receiver) -> None:
    emulator.control("push", kind="text", user="resident-li", content="x")
    query, body = receiver.pushes[0].query, receiver.pushes[0].body
    crypto = WeChatCrypto(OFFICIAL.token, OFFICIAL.aes_key, OFFICIAL.appid)
    text = crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
    assert OFFICIAL.original_id in text
