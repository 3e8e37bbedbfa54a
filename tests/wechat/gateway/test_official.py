"""The official account's calls, one by one."""

import hashlib
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from backend.core.clock import system_clock
from backend.core.settings import WECHAT_API_URL, WeChatApp
from backend.wechat.faults import Remedy
from backend.wechat.gateway import Gateway
from backend.wechat.official import OfficialAccount, OfficialMessage
from tests.conftest import FakeClock
from tests.emulated import Platform
from tests.wechat.gateway.test_miniprogram import refusal

TICKET = "/cgi-bin/ticket/getticket"
TEMPLATE = {"id": "tmpl-official", "title": "办理进度", "fields": {"thing1": "事项"}, "use": "template"}
NOTICE = {"id": "tmpl-notice", "title": "活动提醒", "fields": {"thing1": "主题"}, "use": "bizsend"}
BUTTONS = [
    {"type": "click", "name": "签到", "key": "check-in"},
    {"name": "更多", "sub_button": [{"type": "view", "name": "党课", "url": "https://zhibu.example/m/"}]},
]


def message(platform: Platform, template_id: str, user: str = "member-qian") -> OfficialMessage:
    """A message to a follower."""
    return OfficialMessage(
        platform.openid(user, "official"), template_id, {"thing1": "楼道灯"}, url="https://a.example"
    )


def test_a_visitor_of_the_web_page_is_recognised(gateway: Gateway, platform: Platform) -> None:
    url = gateway.official.authorize_url("http://127.0.0.1:1/m/?from=chat", state="s1")
    picked = requests.get(url.partition("#")[0] + "&user=member-qian", allow_redirects=False, timeout=10)
    if picked.status_code == 200:  # the page asks who it is
        code = platform.login_code("member-qian", channel="official")
    else:
        code = parse_qs(urlsplit(picked.headers["Location"]).query)["code"][0]
    visitor = gateway.official.visitor(code)
    assert visitor.openid == platform.openid("member-qian", "official")
    assert visitor.session_key is None
    assert refusal(gateway.official.visitor, code).errcode == 40163


def test_the_authorize_page_is_the_platforms_own() -> None:
    account = OfficialAccount(WeChatApp("wx1", "s", "t", ""), WECHAT_API_URL, system_clock)
    url = account.authorize_url("https://zhibu.example/m/?a=1&b=2", state="xyz")
    assert url.startswith("https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx1&")
    assert url.endswith("#wechat_redirect")
    assert parse_qs(urlsplit(url).query) == {
        "appid": ["wx1"],
        "redirect_uri": ["https://zhibu.example/m/?a=1&b=2"],
        "response_type": ["code"],
        "scope": ["snsapi_base"],
        "state": ["xyz"],
    }


def test_a_menu_is_put_read_and_removed(gateway: Gateway) -> None:
    assert gateway.official.menu() == []
    gateway.official.put_menu(BUTTONS)
    assert gateway.official.menu() == BUTTONS
    gateway.official.remove_menu()
    assert gateway.official.menu() == []


@pytest.mark.parametrize(
    ("buttons", "errcode"),
    [
        ([], 40016),
        ([BUTTONS[0]] * 4, 40016),
        ([{"type": "click", "name": "名" * 6, "key": "k"}], 40018),
        ([{"type": "click", "name": "签到", "key": ""}], 40019),
        ([{"type": "view", "name": "签到", "url": ""}], 40020),
        ([{"name": "更多", "sub_button": [BUTTONS[0]] * 6}], 40023),
    ],
)
def test_a_menu_beyond_the_rules(gateway: Gateway, buttons: list[dict[str, object]], errcode: int) -> None:
    assert refusal(gateway.official.put_menu, buttons).errcode == errcode


def test_a_template_message_with_the_same_key_is_sent_once(gateway: Gateway, platform: Platform) -> None:
    platform.control("templates", **TEMPLATE)
    ids = {gateway.official.send_template(message(platform, TEMPLATE["id"]), key="order-log:17") for _ in range(3)}
    assert len(ids) == 1
    assert len(platform.sent(channel="official_template")) == 1
    gateway.official.send_template(message(platform, TEMPLATE["id"]), key="order-log:18")
    assert len(platform.sent(channel="official_template")) == 2


def test_a_template_message_needs_a_follower(gateway: Gateway, platform: Platform) -> None:
    platform.control("templates", **TEMPLATE)
    platform.control("users", name="member-qian", follows=False)
    fault = refusal(gateway.official.send_template, message(platform, TEMPLATE["id"]), key="k")
    assert (fault.errcode, fault.permanent) == (43004, True)


def test_a_notification_uses_up_its_grant(gateway: Gateway, platform: Platform) -> None:
    platform.control("templates", **NOTICE)
    platform.control("subscribe", user="member-qian", template_id=NOTICE["id"], result="accept", wait=False)
    gateway.official.send_notification(message(platform, NOTICE["id"]))
    fault = refusal(gateway.official.send_notification, message(platform, NOTICE["id"]))
    assert (fault.errcode, fault.remedy) == (43101, Remedy.DROP_GRANT)
    assert len(platform.sent(channel="official_subscribe")) == 1


def test_customer_service_answers_only_who_has_spoken(gateway: Gateway, platform: Platform) -> None:
    openid = platform.openid("member-qian", "official")
    assert refusal(gateway.official.send_text, openid, "您好").errcode == 45015
    platform.control("apps", appid=gateway.official.app.appid, callback_url="http://127.0.0.1:9/")
    platform.control("push", kind="menu_click", user="member-qian", key="help", wait=False)
    for _ in range(3):
        gateway.official.send_text(openid, "您好")
    assert refusal(gateway.official.send_text, openid, "您好").errcode == 45047
    assert [one["text"] for one in platform.sent(channel="official_custom")] == ["您好"] * 3


def test_customer_service_can_answer_with_a_page(gateway: Gateway, platform: Platform) -> None:
    platform.control("apps", appid=gateway.official.app.appid, callback_url="http://127.0.0.1:9/")
    platform.control("push", kind="menu_click", user="member-qian", key="help", wait=False)
    page = {"title": "我的工单", "appid": "wx1", "pagepath": "pages/order/list", "thumb_media_id": "m1"}
    gateway.official.send_mini_page(platform.openid("member-qian", "official"), page)
    assert [one["text"] for one in platform.sent(channel="official_custom")] == ["［小程序］我的工单"]


def test_a_page_is_signed_with_one_ticket_for_all(gateway: Gateway, platform: Platform, clock: FakeClock) -> None:
    platform.count(TICKET)
    url = "https://zhibu.example/m/?a=1"
    signed = gateway.official.sign_page(url + "#/pages/index")
    again = OfficialAccount(gateway.official.app, gateway.official.base_url, clock).sign_page(url)
    assert platform.calls(TICKET) == 1
    assert signed.nonce != again.nonce
    ticket = gateway.official._tickets.token()
    expected = f"jsapi_ticket={ticket}&noncestr={signed.nonce}&timestamp={signed.timestamp}&url={url}"
    assert signed.signature == hashlib.sha1(expected.encode(), usedforsecurity=False).hexdigest()
    assert signed.timestamp == int(clock().timestamp())


def test_a_ticket_is_renewed_before_it_ends(gateway: Gateway, platform: Platform, clock: FakeClock) -> None:
    platform.count(TICKET)
    gateway.official.sign_page("https://zhibu.example/")
    clock.advance(seconds=7200)
    platform.set_clock(clock())
    gateway.official.sign_page("https://zhibu.example/")
    assert platform.calls(TICKET) == 2


def test_a_code_with_a_scene_leads_to_its_picture(gateway: Gateway) -> None:
    code = gateway.official.scene_code("branch=DH-01-01")
    assert code.url.startswith("http://weixin.qq.com/q/")
    assert code.picture_url.startswith("https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQ")
    assert gateway.official.scene_code("branch=DH-01-01", lives=None).ticket != code.ticket


@pytest.mark.parametrize(("scene", "days"), [("", 1), ("x" * 65, 1), ("a", 31)])
def test_a_scene_beyond_the_rules(gateway: Gateway, scene: str, days: int) -> None:
    assert refusal(gateway.official.scene_code, scene, lives=timedelta(days=days)).errcode == 40097
