"""The desk as people use it, in Chromium: every page at three sizes, the board by keyboard, forms that keep a text."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from backend.app import create_app
from backend.core.crypto import digest
from backend.core.database import connected
from backend.core.settings import Settings
from backend.people.models import AccessToken
from backend.service.models import ServiceOrder
from tests.cast import STAGE, World
from tests.conftest import Api, FakeClock, close_when_idle, make_settings
from tests.desk.browser import BIG, FAULTS, PHONE, SMALL, faults_in, listen, served
from tests.service.conftest import CATALOGUE, LAMP, Desk

pytestmark = pytest.mark.browser

SECRETARY_PAGES = (
    "/desk/",
    "/desk/account",
    "/desk/orders",
    "/desk/orders/new",
    "/desk/moderation",
    "/desk/forwards",
    "/desk/members",
    "/desk/members/import",
    "/desk/members/claims",
    "/desk/members/requests",
    "/desk/members/posts",
    "/desk/members/away",
    "/desk/activities",
    "/desk/activities/new",
    "/desk/duties",
    "/desk/lessons",
    "/desk/lessons/new",
    "/desk/numbers",
    "/desk/numbers/satisfied",
    "/desk/numbers/directions",
)
OFFICER_PAGES = (
    "/desk/",
    "/desk/orders?box=all",
    "/desk/members",
    "/desk/numbers",
    "/desk/numbers/order_submitted",
    "/desk/numbers/directions",
    "/desk/operation",
)
MOST_BYTES = 100_000  # of a page with its styles and scripts, compressed or not


@pytest.fixture
def site(settings: Settings, tmp_path: Path, clock: FakeClock) -> Iterator[tuple[str, Flask, World]]:
    """The desk in demo mode at an address, with the cast and a catalogue."""
    app = create_app(make_settings(settings.database_url, tmp_path, DEMO="true"), clock)
    with connected():
        world = STAGE.lay_down()
        CATALOGUE.lay_down()
    with served(app) as base:
        yield base, app, world
    close_when_idle()


@pytest.fixture
def page(browser: Browser, site: tuple[str, Flask, World]) -> Iterator[Page]:
    """The log-in page; at the end nobody may have complained."""
    complaints: list[str] = []
    page = browser.new_page(base_url=site[0], locale="zh-CN")
    listen(page, site[0], complaints)
    page.goto("/desk/login")
    yield page
    page.close()
    # a refusal that the page itself explains is no complaint, though the console notes it
    assert [one for one in complaints if "422" not in one] == []


@pytest.fixture
def orders(site: tuple[str, Flask, World], clock: FakeClock) -> Desk:
    """Makes orders through the API."""
    _, app, world = site
    return Desk(lambda person: Api(app.test_client(), person.token if person else None), world, clock)


def enter(page: Page, name: str) -> None:
    """Through the demo's door."""
    page.get_by_role("button", name=name).first.click()
    expect(page.get_by_role("link", name=name)).to_be_visible()


def fill(page: Page, **changed: str) -> None:
    """Take down a call."""
    call = {"name": "王奶奶", "phone": "13800001234", "title": "灯不亮", "place": "三号楼", **changed}
    for name, text in call.items():
        page.fill(f"#{name}", text)


def faults_of(page: Page, path: str, *sizes: tuple[int, int]) -> list[str]:
    """What is wrong with a page in these sizes."""
    answer = page.goto(path)
    assert answer
    assert answer.status == 200, path
    return [fault for size in sizes for fault in faults_in(page, size)]


def test_what_is_wrong_with_a_page_is_seen(page: Page) -> None:
    page.evaluate("""() => {
        const [pale, bare, twin] = ["p", "input", "i"].map((name) => document.createElement(name));
        pale.textContent = "看不清"; pale.style.color = "#aaa"; twin.id = "main";
        document.querySelector("main").append(pale, bare, twin);
    }""")
    assert sorted(fault.split(":")[0] for fault in page.evaluate(FAULTS)) == ["contrast", "id twice", "no label"]


def test_every_page_of_a_secretary_is_sound(page: Page, orders: Desk) -> None:
    orders.submitted()
    assert [one for one in page.evaluate(FAULTS) if one] == []
    enter(page, "孙立新")
    assert [fault for path in SECRETARY_PAGES for fault in faults_of(page, path, BIG, SMALL, PHONE)] == []


def test_every_page_of_an_officer_is_sound(page: Page, orders: Desk) -> None:
    orders.submitted()
    enter(page, "吴远")
    assert [fault for path in OFFICER_PAGES for fault in faults_of(page, path, SMALL)] == []


def test_a_page_with_all_it_needs_is_small(page: Page, orders: Desk) -> None:
    for number in range(30):
        orders.submitted(title=f"第 {number} 盏灯不亮")
    sizes: list[int] = []
    enter(page, "孙立新")
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    page.goto("/desk/orders")
    page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) < MOST_BYTES


def test_the_board_is_worked_by_keyboard_from_arrival_to_dispatch(page: Page, orders: Desk) -> None:
    number = orders.submitted()
    enter(page, "孙立新")
    page.goto("/desk/orders")
    page.keyboard.press("j")
    expect(page.locator("tr.on")).to_contain_text(number)
    page.keyboard.press("Enter")
    drawer = page.locator("#drawer")
    expect(drawer).to_contain_text(LAMP["description"])
    drawer.locator("summary", has_text="受理").first.click()
    drawer.locator('details[data-action="accept"] button.primary').click()
    expect(page.locator("#said")).to_contain_text("已受理")
    expect(drawer.locator('details[data-action="dispatch"]')).to_be_visible()
    page.keyboard.press("d")
    page.keyboard.press("Space")  # the first choice has the focus: the pool
    drawer.locator('details[data-action="dispatch"] button.primary').click()
    expect(page.locator("#said")).to_contain_text("待接单")
    expect(drawer.locator(".tag.info")).to_contain_text("待接单")
    expect(page.locator("#said")).to_be_visible()  # a word stays while the order is read anew
    page.keyboard.press("Escape")
    expect(drawer).not_to_be_visible()
    expect(page.locator("#tabs")).to_contain_text("待接单 1")


def test_a_refused_form_says_why_and_keeps_what_was_typed(page: Page, orders: Desk) -> None:
    enter(page, "孙立新")
    page.goto("/desk/orders/new")
    for name, text in {
        "name": "王奶奶",
        "phone": "123",
        "title": "灯不亮",
        "place": "三号楼",
        "description": "很黑",
    }.items():
        page.fill(f"#{name}", text)
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.input_value("#description") == "很黑"
    page.fill("#phone", "13800001234")
    page.get_by_role("button", name="登记").click()
    expect(page.locator("#rows")).to_contain_text("灯不亮")


def test_a_session_that_ends_within_a_form_loses_nothing(
    browser: Browser, site: tuple[str, Flask, World], clock: FakeClock
) -> None:
    page = browser.new_page(base_url=site[0])
    page.goto("/desk/login")
    enter(page, "孙立新")
    page.goto("/desk/orders/new")
    fill(page, description="说了很久的话")
    with connected():
        AccessToken.update(revoked_at=clock()).where(AccessToken.channel == "desk").execute()
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_role("heading", name="登录已过期")).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="在新窗口登录").click()
    enter(opened.value, "孙立新")
    page.get_by_role("button", name="知道了").click()
    page.get_by_role("button", name="登记").click()
    expect(page.locator("#rows")).to_contain_text("灯不亮")
    page.close()
    with connected():
        assert ServiceOrder.select().count() == 1


def test_markup_in_every_field_stays_text(page: Page, orders: Desk) -> None:
    bad = "<img src=x onerror=alert(1)>"
    number = orders.submitted(
        title=bad, description=bad, place={"text": bad}, contact={"name": bad, "phone": "13800001234"}
    )
    enter(page, "孙立新")
    for path in ("/desk/orders", f"/desk/orders/{number}", f"/desk/orders/{number}/slip", "/desk/moderation", "/desk/"):
        page.goto(path)
        assert page.locator("img").count() == 0, path


def test_a_code_on_the_wall_can_be_read_from_the_last_row(page: Page, orders: Desk, clock: FakeClock) -> None:
    body: dict[str, Any] = {
        "organization": "DH-01-01",
        "kind": "party_day",
        "title": "主题党日",
        "starts_at": "2026-11-23T09:30:00+08:00",
        "ends_at": "2026-11-23T11:00:00+08:00",
        "place": {"text": "会议室"},
    }
    activity = orders.api(orders.world.secretary).post("/activities", body).data["id"]
    enter(page, "孙立新")
    page.goto(f"/desk/activities/{activity}/code")
    first = page.locator(".digits").inner_text()
    assert len(first) == 6
    box = page.locator("svg.qr").bounding_box()
    assert box
    assert box["width"] > 300
    clock.advance(seconds=30)
    expect(page.locator(".digits")).not_to_have_text(first, timeout=10_000)
    page.goto(f"/desk/activities/{activity}")
    page.locator("tr", has_text="钱晓梅").get_by_role("button", name="到了").click()
    expect(page.locator("tr", has_text="钱晓梅")).to_contain_text("到会")


def test_the_qr_code_lets_in_whoever_confirms_it(page: Page, site: tuple[str, Flask, World], orders: Desk) -> None:
    asked = page.locator("#qr [hx-post]")
    expect(asked).to_be_visible()
    ticket = str(asked.get_attribute("hx-post")).rsplit("/", 1)[1]
    assert orders.api(orders.world.secretary).post(f"/auth/desk-tickets/{ticket}/confirm").status == 200
    expect(page.get_by_role("heading", name="今日要办")).to_be_visible(timeout=10_000)
    with connected():
        assert AccessToken.select().where(AccessToken.digest == digest(ticket)).count() == 0
