"""Every screen as each person sees it, on a usual phone and, in large letters, on a small one.

Nothing sticks out, nothing failed to load, axe-core finds nothing serious; in large letters nothing is too small.
Pictures to be looked at by a person: `python -m tests.miniprogram.pictures`.
"""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Product
from tests.miniprogram.conftest import SMALL, USUAL, Phone, Phones
from tests.miniprogram.screens import PEOPLE, SCREENS, TAPPED_FIRST, address, furnish
from tools.client import SOURCES

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.slow]

AXE = SOURCES / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ["serious", "critical"]
LAYOUTS = [(USUAL, None), (SMALL, "elder")]

# a point of WeChat's guide is a CSS pixel; a slider is moved by its whole line
SMALL_THINGS = """() => {
  const found = new Set();
  const note = (what, words) => found.add(`${what}: ${words.trim().slice(0, 20)}`);
  const pages = document.querySelectorAll('uni-page-body .page, uni-page-body .screen');
  const page = [...pages].find(one => one.offsetHeight);
  const words = document.createTreeWalker(page, NodeFilter.SHOW_TEXT);
  for (let node = words.nextNode(); node; node = words.nextNode()) {
    const text = node.textContent.trim(), around = node.parentElement;
    if (!text || !around.offsetHeight || around.closest('[aria-hidden=true]')) continue;
    const style = getComputedStyle(around), size = parseFloat(style.fontSize);
    if (size < 18) note(`letters of ${size}`, text);
    if (parseFloat(style.lineHeight) / size < 1.295) note(`lines of ${style.lineHeight}`, text);
  }
  const touched = '[role=button],[role=link],[role=radio],[role=checkbox],input,textarea';
  for (const one of page.querySelectorAll(touched)) {
    const {width, height} = one.getBoundingClientRect();
    const tall = Math.max(height, (one.closest('.box') || one).getBoundingClientRect().height);
    if (!width || (tall > 59.5 && width > 59.5)) continue;
    note(`touch of ${Math.round(width)}x${Math.round(tall)}`, one.ariaLabel || one.textContent);
  }
  return [...found];
}"""


@pytest.fixture(scope="session")
def furniture(product: Product) -> dict[str, str]:
    """Something on every screen: the ids by which pages are opened."""
    return furnish(product)


@pytest.mark.parametrize(("size", "letters"), LAYOUTS)
@pytest.mark.parametrize("who", sorted(SCREENS))
def test_every_screen_is_whole_readable_and_accessible(
    product: Product, phones: Phones, furniture: dict[str, str], who: str, size: tuple[int, int], letters: str | None
) -> None:
    if not AXE.is_file():
        pytest.skip("needs `npm ci` in miniprogram/, which `make test` does")
    phone = phones(PEOPLE[who], size, letters)
    script = AXE.read_text()
    faults: list[str] = []
    for number, path in enumerate(SCREENS[who]):
        phone.page.goto(f"{product.web}/m/?{number}{address(product, path, furniture)}")
        if path in TAPPED_FIRST:
            phone.go(TAPPED_FIRST[path])
        faults += [f"{path}: {fault}" for fault in faults_of(phone)]
        if letters:
            faults += [f"{path}: {fault}" for fault in too_small(phone)]
        faults += [f"{path}: {fault}" for fault in barriers_of(phone, script)]
    assert "\n".join(faults) == ""


def faults_of(phone: Phone) -> list[str]:
    """What is wrong with the page that is open."""
    page = phone.page
    expect(page.locator("uni-page-body .page, uni-page-body .screen").locator("visible=true").first).to_be_visible()
    expect(page.get_by_text("正在读取…").locator("visible=true")).to_have_count(0)
    page.evaluate("document.fonts.ready")
    found = [] if phone.fits() else ["sticks out at the side"]
    if page.get_by_role("button", name="再试一次").locator("visible=true").count():
        found.append("could not be read: " + page.locator(".state").inner_text())
    return found


def barriers_of(phone: Phone, axe: str) -> list[str]:
    """What axe-core finds to be in the way of somebody who cannot see or point well."""
    phone.page.evaluate(axe)
    report = phone.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']} ({one['impact']}): {[node['html'][:160] for node in one['nodes']][:3]}"
        for one in report["violations"]
        if one["impact"] in SERIOUS
    ]


def too_small(phone: Phone) -> list[str]:
    """What old eyes cannot read and old fingers cannot hit: 18 points of letters, lines of 1.3, 60 points of touch."""
    found: list[str] = phone.page.evaluate(SMALL_THINGS)
    return found[:4]


def test_no_screen_is_forgotten() -> None:
    sources = (SOURCES / "src" / "pages").rglob("*.vue")
    all_of_them = {file.relative_to(SOURCES / "src" / "pages").with_suffix("").as_posix() for file in sources}
    seen = {path.partition("?")[0] for paths in SCREENS.values() for path in paths}
    assert all_of_them == seen
