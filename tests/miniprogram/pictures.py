"""`python -m tests.miniprogram.pictures`: a picture of every screen, as the person who uses it sees it.

Starts the product as `make run` does, fills it, and writes to docs/screens/m: each screen on a usual phone, and what
old eyes use most on a small one in large letters. They are there to be looked at.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from tests.e2e.conftest import Product, running_product
from tests.miniprogram.conftest import PATIENCE_MS, SMALL, USUAL, Phone
from tests.miniprogram.furniture import furnish
from tests.miniprogram.screens import PEOPLE, SCREENS, TAPPED_FIRST, address
from tests.miniprogram.test_screens import wait_until_whole
from tools.client import ROOT

CHROMIUM = "/usr/bin/chromium"
FOLDER = ROOT / "docs" / "screens" / "m"
LONGEST = 3_600  # pixels of a picture
QUALITY = 70
FOR_OLD_EYES = {
    "resident": ("index/index", "inbox/index", "order/new", "order/new?draft=水管漏水", "order/detail?number={order}"),
    "member": ("index/index", "check-in/index", "lesson/detail?id={lesson}"),
}


def looks() -> Iterator[tuple[str, tuple[int, int], str, tuple[str, ...]]]:
    """Who looks at what, how large, in which letters."""
    for who, paths in SCREENS.items():
        yield who, USUAL, "normal", paths
    for who, paths in FOR_OLD_EYES.items():
        yield who, SMALL, "elder", paths


def name_of(who: str, letters: str, path: str) -> str:
    """A file's name: who, which screen, and what sets it apart from the same screen elsewhere."""
    screen, _, query = path.partition("?")
    value = query.partition("=")[2].strip("{}")
    apart = [value if value.isascii() else query.partition("=")[0]] if query else []
    return "-".join([who, *screen.split("/"), *apart, *(["elder"] if letters == "elder" else [])]) + ".jpg"


def begin(browser: Browser, product: Product, who: str, size: tuple[int, int], letters: str) -> Phone:
    """Somebody's phone, logged in."""
    viewport = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=viewport, is_mobile=True, has_touch=True, locale="zh-CN")  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(f"try {{ localStorage.setItem('letters', '{letters}') }} catch (_) {{}}")
    phone = Phone(context.new_page(), product)
    phone.log_in(PEOPLE[who])
    return phone


def keep(phone: Phone, file: Path) -> None:
    """The whole page, the bar at the foot of it in its place."""
    page = phone.page
    before = page.viewport_size
    assert before is not None
    height = min(int(page.evaluate("document.documentElement.scrollHeight")), LONGEST)
    page.set_viewport_size({"width": before["width"], "height": max(height, before["height"])})
    page.screenshot(path=file, type="jpeg", quality=QUALITY)
    page.set_viewport_size(before)


def main() -> None:
    """Fill, look, keep."""
    expect.set_options(timeout=PATIENCE_MS)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_product(Path(folder)) as product,
        sync_playwright() as playwright,
    ):
        ids = furnish(product)
        for old in FOLDER.glob("*.jpg"):
            old.unlink()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for who, size, letters, paths in looks():
            phone = begin(browser, product, who, size, letters)
            for number, path in enumerate(paths):
                phone.page.goto(f"{product.web}/m/?{number}{address(product, path, ids)}")
                wait_until_whole(phone)
                if path in TAPPED_FIRST:
                    phone.go(TAPPED_FIRST[path])
                keep(phone, FOLDER / name_of(who, letters, path))
            phone.page.context.close()
        browser.close()


if __name__ == "__main__":
    main()
