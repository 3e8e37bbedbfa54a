"""A phone in Chromium, and the running product behind it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from tests.e2e.conftest import Product, running_product

PAGE = "uni-page-body .page, uni-page-body .screen"
NEXT_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
USUAL, SMALL = (390, 844), (320, 568)
PATIENCE_MS, USUAL_PATIENCE_MS = 15_000, 5_000
# what a phone says while its network is away is no complaint of ours
EXPECTED_OFFLINE = re.compile(r"Failed to load resource|net::ERR")


@dataclass
class Phone:
    """One person's phone: a browser of its own, logged in through the official account's page."""

    page: Page
    product: Product
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str = "") -> None:
        """A page of the client, as a message links to it."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.product.web}/m/#/{path}")
        self.settled()

    def log_in(self, name: str) -> None:
        """Open the client as a stranger: WeChat's page asks who one is, and comes back."""
        self.page.goto(f"{self.product.web}/m/")
        self.page.get_by_role("link", name=name).tap()
        expect(self.page).to_have_url(re.compile(r"/m/(#/.*)?$"))
        self.is_home(name)

    def is_home(self, name: str) -> None:
        """The first page greets its owner."""
        expect(self.heading(f"{name}，您好")).to_be_visible()
        self.settled()

    def settled(self) -> None:
        """A page is there, and reads nothing any more."""
        expect(self.page.locator(PAGE).locator("visible=true").first).to_be_visible()
        expect(self.page.get_by_text("正在读取…").locator("visible=true")).to_have_count(0)

    def heading(self, name: str) -> Locator:
        """The heading of the page on top."""
        return self.page.get_by_role("heading", name=name, exact=True)

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """A button that one can see."""
        return self.page.get_by_role("button", name=name, exact=isinstance(name, str)).locator("visible=true").first

    def tap(self, name: str | re.Pattern[str]) -> None:
        """Tap a button."""
        self.button(name).tap()

    def choose(self, name: str | re.Pattern[str]) -> None:
        """Tap one of several answers."""
        exact = isinstance(name, str)
        self.page.get_by_role("radio", name=name, exact=exact).locator("visible=true").first.tap()

    def go(self, name: str | re.Pattern[str]) -> None:
        """Tap a line that leads somewhere."""
        self.page.get_by_role("link", name=name).locator("visible=true").first.tap()
        self.page.evaluate(NEXT_FRAMES)
        self.settled()

    def fill(self, label: str, words: str) -> None:
        """Write into a field, found as a reader of the screen would find it."""
        self.page.get_by_role("textbox", name=re.compile(label)).locator("visible=true").first.fill(words)

    def sees(self, words: str | re.Pattern[str]) -> None:
        """These words stand on the page."""
        expect(self.page.get_by_text(words).locator("visible=true").first).to_be_visible()

    def fits(self) -> bool:
        """Nothing sticks out at the side."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


Phones = Callable[..., Phone]


@pytest.fixture(scope="package")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One product for all walks: starting it takes longer than most of them."""
    with running_product(tmp_path_factory.mktemp("run")) as running:
        yield running


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """Whole walks on a loaded machine take their time."""
    expect.set_options(timeout=PATIENCE_MS)
    yield
    expect.set_options(timeout=USUAL_PATIENCE_MS)


@pytest.fixture(scope="package")
def logged_in() -> dict[str, StorageState]:
    """What a phone keeps once its owner has logged in: each logs in by hand once, which takes seconds."""
    return {}


@pytest.fixture
def phones(browser: Browser, product: Product, logged_in: dict[str, StorageState]) -> Iterator[Phones]:
    """Make phones; afterwards none of them may have called a stranger or complained.

    With a name its owner is logged in already; a walk that logs out calls `log_in` itself, for a log-in of its own.
    """
    made: list[Phone] = []

    def make(name: str | None = None, size: tuple[int, int] = USUAL, letters: str | None = None) -> Phone:
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height},
            is_mobile=True,
            has_touch=True,
            locale="zh-CN",
            storage_state=logged_in.get(name or ""),
        )
        context.set_default_timeout(PATIENCE_MS)
        if letters:
            context.add_init_script(f"try {{ localStorage.setItem('letters', '{letters}') }} catch (_) {{}}")
        phone = Phone(context.new_page(), product)
        listen(phone)
        made.append(phone)
        if name in logged_in:
            phone.page.goto(f"{product.web}/m/")
            phone.is_home(name)
        elif name:
            phone.log_in(name)
            logged_in[name] = without_letters(context.storage_state())
        return phone

    yield make
    for phone in made:
        phone.page.context.close()
    assert [words for phone in made for words in phone.complaints] == []


def without_letters(state: StorageState) -> StorageState:
    """What is kept but the size of letters: the next phone of the same person has its own."""
    for origin in state.get("origins", []):
        origin["localStorage"] = [one for one in origin["localStorage"] if one["name"] != "letters"]
    return state


def listen(phone: Phone) -> None:
    """Note what a page should not do: call a stranger, throw, complain."""
    ours = (phone.product.web, phone.product.emulator.url, "data:", "blob:", "about:")

    def asked(request: Any) -> None:
        if not request.url.startswith(ours):
            phone.complaints.append(f"foreign request: {request.url}")

    def said(message: Any) -> None:
        if message.type == "error" and not EXPECTED_OFFLINE.search(message.text):
            phone.complaints.append(message.text)

    phone.page.on("request", asked)
    phone.page.on("console", said)
    phone.page.on("pageerror", lambda error: phone.complaints.append(str(error)))
