"""People's ways through the client, on a phone in Chromium, against the running product and WeChat's stand-in."""

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Product
from tests.e2e.walk import Client, until
from tests.miniprogram.conftest import SMALL, USUAL, Phone, Phones

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LI, ZHAO, SUN = "李桂芳", "赵志强", "孙立新"
DONE = "诉求已办结，请评价"
LAYOUTS = [(USUAL, None), (SMALL, "elder")]


def ask_for_help(phone: Phone, words: str) -> str:
    """From the first page to a sent order; its number."""
    phone.open()
    phone.tap("请人帮忙")
    phone.go(re.compile("公共设施报修"))
    phone.fill("什么事", words)
    phone.fill("在哪里", "5号楼2单元")
    if phone.page.get_by_role("textbox", name=re.compile("联系电话")).locator("visible=true").count():
        phone.fill("您的称呼", "李阿姨")
        phone.fill("联系电话", "13800000001")
    phone.tap("提交")
    phone.sees("提交好了")
    return re.search(r"编号 (\S+?)。", phone.page.inner_text("body")).group(1)  # type: ignore[union-attr]


def begin_party_day(product: Product) -> str:
    """The secretary has planned a Party day that is about to begin; its id."""
    secretary = product.person("secretary-sun")
    now = datetime.fromisoformat(str(product.emulator.clock()["now"]))
    body: dict[str, Any] = {
        "organization": "DH-01-01",
        "kind": "party_day",
        "title": "主题党日：清扫河堤",
        "starts_at": (now + timedelta(minutes=10)).isoformat(),
        "ends_at": (now + timedelta(minutes=130)).isoformat(),
        "place": {"text": "社区活动室"},
    }
    return str(secretary.ok("/activities", body)["id"])


def wait_until_passed(client: Client, number: str) -> None:
    """Until the platform has passed the text."""
    until(lambda: client.read(f"/orders/{number}")["moderation"] == "passed", "the text is passed")


@pytest.mark.parametrize(("size", "letters"), LAYOUTS)
def test_an_order_a_check_in_and_the_lesson_are_one_tap_from_the_start(
    phones: Phones, size: tuple[int, int], letters: str | None
) -> None:
    member = phones(ZHAO, size, letters)
    for tapped, heading in (("请人帮忙", "请人帮忙"), ("我要签到", "签到"), ("听党课", "党课星期天")):
        member.open()
        member.tap(tapped)
        expect(member.heading(heading)).to_be_visible()


@pytest.mark.parametrize(("size", "letters"), LAYOUTS)
def test_an_order_from_the_first_tap_to_the_rating(
    product: Product, phones: Phones, size: tuple[int, int], letters: str | None
) -> None:
    resident, secretary, member = (phones(name, size, letters) for name in (LI, SUN, ZHAO))
    title = f"{size[0]}号楼的灯不亮"
    number = ask_for_help(resident, f"{title}。晚上看不见台阶")
    assert resident.fits()
    wait_until_passed(product.person("resident-li"), number)

    secretary.open("pages/index/index")
    secretary.go(re.compile("等我受理"))
    secretary.go(re.compile(title))
    secretary.tap("受理")
    secretary.sees("“受理”办好了。")
    secretary.tap("派单")
    secretary.choose("指定一个人")
    secretary.fill("指定一个人", "赵")
    secretary.choose(re.compile(ZHAO))
    secretary.tap("确定派单")
    secretary.sees("“派单”办好了。")
    assert secretary.fits()

    member.open()
    member.go(re.compile("可以接的单"))
    member.go(re.compile(title))
    member.tap("接单")
    member.sees("“接单”办好了。")
    member.tap("首次联系")
    member.choose("电话")
    member.tap("确定首次联系")
    member.sees("“首次联系”办好了。")
    member.tap("办结")
    for index, answer in enumerate(["是", "是"]):
        member.page.get_by_role("radio", name=answer, exact=True).locator("visible=true").nth(index).tap()
    member.fill("公开答复", "灯泡已换，请您晚上看看。")
    member.tap("确定办结")
    member.sees("“办结”办好了。")
    assert member.fits()

    inbox = product.person("resident-li")
    until(lambda: inbox.read("/me/inbox")["items"][0]["title"] == DONE, "the resident is told")
    resident.open("pages/inbox/index")
    resident.sees("灯泡已换")
    resident.page.locator(".message").first.tap()
    resident.tap("满意，解决了")
    resident.sees("已经评价，办结")
    assert resident.fits()
    assert product.person("resident-li").read(f"/orders/{number}")["state"] == "closed"


def test_what_was_begun_in_the_chat_is_there_and_survives_closing_the_app(phones: Phones) -> None:
    resident = phones(LI)
    resident.open("pages/order/new?draft=" + quote("水管漏水"))
    resident.go(re.compile("公共设施报修"))
    field = resident.page.get_by_role("textbox", name=re.compile("什么事")).locator("visible=true").last
    expect(field).to_have_value("水管漏水")
    resident.tap("提交")
    resident.sees("请写一下在哪里")
    resident.fill("在哪里", "6号楼")
    resident.open("pages/order/new")
    expect(resident.page.get_by_role("textbox", name=re.compile("在哪里")).last).to_have_value("6号楼")


@pytest.mark.parametrize(("size", "letters"), LAYOUTS)
def test_check_in_by_digits_by_link_and_without_network(
    product: Product, phones: Phones, size: tuple[int, int], letters: str | None
) -> None:
    activity = begin_party_day(product)
    secretary, member = phones(SUN, size, letters), phones(ZHAO, size, letters)
    secretary.open(f"pages/activity/code?id={activity}")
    digits = secretary.page.locator(".digits").inner_text().replace(" ", "")
    assert re.fullmatch(r"\d{6}", digits)
    assert secretary.fits()

    member.open()
    member.tap("我要签到")  # one tap from the first page
    expect(member.heading("签到")).to_be_visible()
    member.open(f"pages/check-in/index?activity={activity}")
    member.fill("六位数字", "12")
    member.tap("签到")
    member.sees("请输入六位数字")
    member.page.context.set_offline(True)
    member.fill("六位数字", digits)
    member.tap("签到")
    member.sees("已经存在手机里")
    member.page.context.set_offline(False)
    member.page.reload()  # closed and opened again
    here = product.person("secretary-sun")
    until(lambda: here.read(f"/activities/{activity}/roll")["present"]["count"] == 1, "the check-in has arrived")

    link = here.read(f"/activities/{activity}/code")["qr"]
    guest = phones(None, size, letters)
    guest.page.goto(product.web + link[link.index("/m/") :])  # scanned by somebody who has never been here
    guest.page.get_by_role("link", name="冯磊").tap()
    guest.sees("签到成功")

    secretary.open(f"pages/activity/roll?id={activity}")
    secretary.sees(re.compile("已到 2 人"))
    secretary.tap("到了")
    secretary.sees(re.compile("已到 3 人"))
    assert secretary.fits()


def test_an_order_without_network_waits_where_one_can_see_it(product: Product, phones: Phones) -> None:
    resident = phones("王建国")
    resident.tap("请人帮忙")
    resident.go(re.compile("代办跑腿"))
    resident.fill("什么事", "请帮我取一下药")
    resident.fill("在哪里", "3号楼")
    if resident.page.get_by_role("textbox", name=re.compile("联系电话")).locator("visible=true").count():
        resident.fill("您的称呼", "王大爷")
        resident.fill("联系电话", "13800000002")
    resident.page.context.set_offline(True)
    resident.tap("提交")
    resident.sees("已经存在手机里了")
    resident.tap("回到首页")
    resident.sees("有 1 件还没有发出去")
    orders = product.person("resident-wang")

    def arrived() -> int:
        return sum(one["title"] == "请帮我取一下药" for one in orders.read("/orders")["items"])

    assert arrived() == 0
    resident.page.context.set_offline(False)
    until(lambda: arrived() == 1, "the order has arrived")
    resident.open("pages/order/list")
    resident.sees("请帮我取一下药")
    resident.open("pages/me/outbox")
    resident.sees("没有要发的")


def test_a_lesson_is_one_tap_away_and_goes_on_where_one_stopped(product: Product, phones: Phones) -> None:
    member = phones(ZHAO)
    member.tap("听党课")
    member.settled()
    member.choose("2 倍")
    member.tap("开始听")
    expect(member.button("停一下")).to_be_visible()
    expect(member.page.get_by_text("00:06").locator("visible=true").first).to_be_visible()
    with member.page.expect_response(re.compile("/heartbeats")) as beat:
        member.tap("停一下")
    data = beat.value.json()["data"]
    assert data["listened_s"] >= 3
    assert not data["done"]
    lesson = product.person("member-zhao").read("/lessons")["items"][0]["id"]
    member.open(f"pages/lesson/detail?id={lesson}")
    expect(member.button(re.compile(r"从 00:0\d 接着听"))).to_be_visible()


def test_letters_grow_and_stay_and_another_person_can_log_in(phones: Phones) -> None:
    phone = phones(None, SMALL)
    phone.log_in(LI)  # of its own: it logs out below

    def size() -> float:
        script = "e => parseFloat(getComputedStyle(e).fontSize)"
        return float(phone.button("请人帮忙").evaluate(script))

    before = size()
    phone.tap("长辈版")
    assert size() == pytest.approx(before * 1.4)
    phone.page.reload()
    expect(phone.button("标准字")).to_be_visible()
    box = phone.button("请人帮忙").bounding_box()
    assert box is not None
    assert box["height"] >= 60
    assert phone.fits()
    phone.open("pages/me/index")
    phone.tap("换一个人登录")
    phone.page.get_by_role("link", name=ZHAO).tap()
    expect(phone.heading(f"{ZHAO}，您好")).to_be_visible()
    expect(phone.button("标准字")).to_be_visible()


def test_a_token_that_has_ended_leads_to_the_log_in_and_back_to_the_same_page(product: Product, phones: Phones) -> None:
    phone = phones(LI)
    phone.page.evaluate("localStorage.setItem('token', 'ended'); localStorage.setItem('entered_at', '0')")
    phone.page.goto("about:blank")
    phone.page.goto(f"{product.web}/m/#/pages/me/consents")
    phone.page.get_by_role("link", name=LI).tap()
    expect(phone.heading("授权与同意")).to_be_visible()
    phone.tap("收回同意")
    phone.sees("没有同意")
