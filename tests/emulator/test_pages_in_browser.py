"""The pages as a person uses them, in Chromium."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.emulator.receiver import Receiver
from tests.emulator.speaking import DEMO, LESSON, OFFICIAL, ROBOT, Emulator, put_menu

pytestmark = pytest.mark.browser

CUSTOMER_GROUP = next(iter(DEMO.wecom.customer_groups))
WIDE, NARROW = (1440, 900), (390, 844)


@pytest.fixture
def complaints() -> list[str]:
    """What the page's scripts complained about; nothing, or the test fails."""
    return []


@pytest.fixture
def page(browser: Browser, emulator: Emulator, complaints: list[str]) -> Iterator[Page]:
    page = browser.new_page(base_url=emulator.base)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.extend([said.text] if said.type == "error" else []))
    page.on("request", lambda asked: complaints.extend([] if asked.url.startswith(emulator.base) else [asked.url]))
    yield page
    page.close()
    assert complaints == []


def opened(page: Page, path: str, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(path)


def fits(page: Page) -> bool:
    """Nothing sticks out at the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_phone_shows_a_message_that_comes_while_it_is_open(
    emulator: Emulator, page: Page, size: tuple[int, int]
) -> None:
    opened(page, "/phone/member-zhao", size)
    expect(page.get_by_text("还没有收到消息")).to_be_visible()
    emulator.accept("member-zhao", LESSON)
    emulator.send_lesson("member-zhao")
    card = page.locator("article.card")
    expect(card).to_contain_text("党课更新提醒")
    expect(card).to_contain_text("学习二十届四中全会精神")
    assert fits(page)


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_owner_of_a_customer_group_confirms_what_was_prepared_for_it(
    emulator: Emulator, page: Page, size: tuple[int, int]
) -> None:
    task = {"chat_type": "group", "sender": "secretary-sun", "text": {"content": "周六义务巡河"}}
    assert emulator.qy("/cgi-bin/externalcontact/add_msg_template", task)["errcode"] == 0
    opened(page, f"/group/{CUSTOMER_GROUP}", size)
    assert emulator.sent() == []
    page.get_by_role("button", name="群主确认发送").click()
    expect(page.get_by_role("button", name="群主确认发送")).to_have_count(0)
    (sent,) = emulator.sent(channel="wecom_customer_group")
    assert (sent["text"], sent["robot"]) == ("周六义务巡河", CUSTOMER_GROUP)


def test_person_grants_and_takes_back(emulator: Emulator, page: Page) -> None:
    opened(page, "/phone/member-zhao", WIDE)
    row = page.locator("#grants li", has_text="党课更新提醒")
    row.get_by_role("button", name="允许").click()
    expect(row).to_contain_text("还可收 1 条")
    assert emulator.send_lesson("member-zhao")["errcode"] == 0
    expect(row).to_contain_text("还可收 0 条")
    row.get_by_role("button", name="允许").click()
    row.get_by_role("button", name="关闭").click()
    expect(row).to_contain_text("还可收 0 条")
    assert emulator.send_lesson("member-zhao")["errcode"] == 43101
    expect(page.locator("#refusals li").first).to_contain_text("43101")


def test_person_makes_it_sunday_morning(emulator: Emulator, page: Page) -> None:
    opened(page, "/", WIDE)
    expect(page.locator("#clock")).to_contain_text("2026-11-23 周一 09:00")
    page.get_by_role("button", name="到周日 08:00").click()
    expect(page.locator("#clock")).to_contain_text("2026-11-29 周日 08:00")
    page.get_by_role("button", name="+1 小时").click()
    expect(page.locator("#clock")).to_contain_text("2026-11-29 周日 09:00")
    page.get_by_role("button", name="到周日 08:00").click()
    expect(page.locator("#clock")).to_contain_text("2026-12-06 周日 08:00")
    page.get_by_role("button", name="回到现在").click()
    expect(page.locator("#clock-note")).to_have_text("与真实时间一致")
    assert emulator.get("/_control/clock").json()["offset_s"] == 0


def test_overview_leads_from_chat_to_chat(emulator: Emulator, page: Page) -> None:
    emulator.post_to_group({"msgtype": "text", "text": {"content": "开会了"}})
    opened(page, "/", WIDE)
    expect(page.locator("#talk")).to_contain_text("开会了")
    page.locator("a.chat", has_text="王建国").click()
    expect(page.locator("#chat-name")).to_have_text("王建国")
    emulator.post_to_group({"msgtype": "text", "text": {"content": "第二条"}})
    expect(page.locator("a.chat", has_text="大河社区第一党支部工作群").locator(".unread")).to_have_text("1")


def test_narrow_overview_opens_the_phone_as_a_page(page: Page) -> None:
    opened(page, "/", NARROW)
    page.locator("a.chat", has_text="李桂芳").click()
    expect(page).to_have_url("/phone/resident-li")
    assert fits(page)
    page.get_by_label("返回").click()
    expect(page).to_have_url("/")
    assert fits(page)


def test_group_draws_markdown_and_nothing_else(emulator: Emulator, page: Page, complaints: list[str]) -> None:
    content = (
        '# 通报\n> <font color="info">5 件</font>\n**加粗** `x`\n<script>alert(1)</script>\n[坏](javascript:alert(1))'
    )
    emulator.post_to_group({"msgtype": "markdown", "markdown": {"content": content}})
    opened(page, f"/group/{ROBOT}", WIDE)
    bubble = page.locator(".bubble.md")
    expect(bubble.locator("h5")).to_have_text("通报")
    expect(bubble.locator("blockquote .info")).to_have_text("5 件")
    expect(bubble.locator("b")).to_have_text("加粗")
    expect(bubble).to_contain_text("<script>alert(1)</script>")
    assert bubble.locator("script, a").count() == 0
    assert complaints == []


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_what_the_account_answers_shows_its_links_and_nothing_else(
    emulator: Emulator, receiver: Receiver, page: Page, size: tuple[int, int]
) -> None:
    said = (
        '进度：<a href="https://a.example/m/?a=1&b=2" data-miniprogram-appid="wx1" onclick="alert(1)">工单</a>\n'
        '<a href="javascript:alert(1)">坏</a><b>粗</b><img src=x onerror=alert(1)>'
    )
    head = "<ToUserName>u</ToUserName><FromUserName>f</FromUserName><CreateTime>1</CreateTime>"
    answer = f"<xml>{head}<MsgType>text</MsgType><Content><![CDATA[{said}]]></Content></xml>"
    emulator.control("apps", appid=OFFICIAL.appid, mode="plain")
    receiver.answer = lambda _callback: (200, answer.encode())
    emulator.control("push", kind="text", user="resident-li", content="进度")
    opened(page, "/phone/resident-li", size)
    bubble = page.locator(".row:not(.mine) .bubble")
    expect(bubble).to_contain_text("<b>粗</b><img src=x onerror=alert(1)>")
    (link,) = bubble.locator("a").all()
    assert link.evaluate("link => link.getAttributeNames().sort()") == ["href", "rel", "target"]
    assert (link.inner_text(), link.get_attribute("href")) == ("工单", "https://a.example/m/?a=1&b=2")
    assert fits(page)


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_person_taps_the_menu(emulator: Emulator, receiver: Receiver, page: Page, size: tuple[int, int]) -> None:
    put_menu(emulator)
    opened(page, "/phone/resident-li", size)
    menu = page.get_by_label("服务号菜单")
    expect(menu.get_by_role("link", name="点单")).to_have_attribute("href", "https://a.example/m/")
    expect(menu.get_by_role("button", name="进度")).to_be_hidden()
    menu.get_by_text("办事").click()
    menu.get_by_role("button", name="进度").click()
    expect(page.locator("#deliveries li").first).to_contain_text("已收 CLICK")
    expect(menu.get_by_role("button", name="进度")).to_be_hidden()
    assert len(receiver.pushes) == 1
    assert fits(page)
    opened(page, f"/group/{ROBOT}", size)
    expect(menu).to_be_hidden()


def test_page_starts_anew_after_a_reset(emulator: Emulator, page: Page) -> None:
    emulator.post_to_group({"msgtype": "text", "text": {"content": "旧的"}})
    opened(page, f"/group/{ROBOT}", WIDE)
    expect(page.locator("#talk")).to_contain_text("旧的")
    emulator.control("reset")
    expect(page.locator("#talk")).to_contain_text("还没有收到消息")


def test_person_picks_a_user_to_log_in(emulator: Emulator, page: Page) -> None:
    asked = {"appid": "wx0d0e0a0b00000002", "redirect_uri": f"{emulator.base}/", "state": "s"}
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    opened(page, f"/open/connect/oauth2/authorize?{query}&response_type=code&scope=snsapi_base", NARROW)
    assert fits(page)
    page.get_by_role("link", name="孙立新").click()
    expect(page).to_have_url(re.compile(r"/\?code=\w{32}&state=s$"))


def test_person_writes_to_the_account_and_sees_what_became_of_it(
    emulator: Emulator, receiver: Receiver, page: Page
) -> None:
    receiver.answer = lambda _callback: (503, b"")
    opened(page, "/phone/resident-li", WIDE)
    page.get_by_label("发给服务号").fill("进度")
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".row.mine")).to_contain_text("进度")
    expect(page.locator(".row.fault")).to_contain_text("该公众号暂时无法提供服务")
    expect(page.locator("#deliveries li")).to_contain_text("未送达 text")
    expect(page.locator("#deliveries li")).to_contain_text("HTTP 503 ×3")
