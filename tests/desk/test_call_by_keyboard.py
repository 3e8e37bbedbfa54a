"""A call taken down with both hands on the keys: how many fields and keys it takes, and where the focus goes.

Counted, not timed: at two keys a second, slow for whoever listens at the same time, the whole entry stays well under
a minute.
"""

import pytest
from playwright.sync_api import Page, expect

from tests.desk.test_in_browser import enter, orders, page, site
from tests.service.conftest import Desk

__all__ = ["orders", "page", "site"]
pytestmark = pytest.mark.browser

# what is asked on the telephone, in the order of the form, and how many times Tab leads there from the field before
SAID = (("name", "王奶奶", 0), ("phone", "13800001234", 1), ("title", "楼道灯不亮", 4), ("place", "三号楼二单元", 1))
MOST_KEYS = 60  # a letter or a key each, an input method asks for about twice the letters of a Chinese word


class Keys:
    """The keyboard, counting."""

    def __init__(self, page: Page) -> None:
        self.page, self.letters, self.others = page, 0, 0

    def press(self, key: str) -> None:
        """A key that writes nothing."""
        self.page.keyboard.press(key)
        self.others += 1

    def write(self, text: str) -> None:
        """What is typed; Chinese comes from the input method as a whole."""
        self.page.keyboard.insert_text(text)
        self.letters += len(text) if text.isascii() else 2 * len(text)


def focused(page: Page) -> str:
    """The name of the field that has the focus."""
    return str(page.evaluate("document.activeElement.name || document.activeElement.tagName"))


def test_a_call_is_entered_without_the_mouse_in_four_fields(page: Page, orders: Desk) -> None:
    enter(page, "孙立新")
    page.goto("/desk/orders")
    keys = Keys(page)
    keys.press("n")
    expect(page.locator("#name")).to_be_focused()
    for name, text, tabs in SAID:
        for _ in range(tabs):
            keys.press("Tab")
        assert focused(page) == name
        keys.write(text)
    keys.press("Enter")
    expect(page.locator("#rows")).to_contain_text("楼道灯不亮")
    expect(page.locator("#rows")).to_contain_text("三号楼二单元")
    assert keys.others == 8
    assert keys.letters + keys.others <= MOST_KEYS
    page.wait_for_load_state()  # keys are heard once the script of the board has run
    page.keyboard.press("j")
    expect(page.locator("tr.on")).to_contain_text("楼道灯不亮")


def test_what_must_be_filled_is_no_more_than_what_is_asked_on_the_telephone(page: Page, orders: Desk) -> None:
    enter(page, "孙立新")
    page.goto("/desk/orders/new")
    must = page.locator("main form [required]").evaluate_all("found => found.map((one) => [one.name, one.value])")
    # the kind is required too, and stands already on the most frequent one
    assert [name for name, value in must if not value] == [name for name, _, _ in SAID]


def test_a_wrong_number_is_mended_without_the_mouse(page: Page, orders: Desk) -> None:
    enter(page, "孙立新")
    page.goto("/desk/orders/new")
    keys = Keys(page)
    for name, text, tabs in SAID:
        for _ in range(tabs):
            keys.press("Tab")
        keys.write("123" if name == "phone" else text)
    keys.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#phone")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("13800001234")
    page.keyboard.press("Enter")
    expect(page.locator("#rows")).to_contain_text("楼道灯不亮")
