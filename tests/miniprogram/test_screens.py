"""Every screen as each person sees it, in usual and in large letters, on a usual phone and on a small one.

Nothing sticks out, nothing failed to load, axe-core finds nothing serious; in large letters nothing is too small.
Pictures to be looked at by a person: `python -m tests.miniprogram.pictures`.
ZHIBU_ALL_LETTERS=1 looks at usual letters too.
"""

import os

import pytest

from tests.e2e.conftest import Product
from tests.miniprogram.conftest import SMALL, USUAL, Phone, Phones
from tests.miniprogram.furniture import furnish
from tests.miniprogram.screens import PEOPLE, SCREENS, TAPPED_FIRST, address
from tools.client import SOURCES

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.slow]

AXE = SOURCES / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ["serious", "critical"]
AXE_AT = {"normal": USUAL, "elder": SMALL}
# large letters on a small phone find more than usual ones, which the walks see too: those only when asked for
LETTERS = ["normal", "elder"] if os.environ.get("ZHIBU_ALL_LETTERS") == "1" else ["elder"]

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


@pytest.fixture(scope="package")
def furniture(product: Product) -> dict[str, str]:
    """Something on every screen: the ids by which pages are opened."""
    return furnish(product)


@pytest.mark.parametrize("letters", LETTERS)
@pytest.mark.parametrize("who", sorted(SCREENS))
def test_every_screen_is_whole_readable_and_accessible(
    product: Product, phones: Phones, furniture: dict[str, str], who: str, letters: str
) -> None:
    if not AXE.is_file():
        pytest.skip("needs `npm ci` in miniprogram/, which `make test` does")
    phone = phones(PEOPLE[who], USUAL, letters)
    script = AXE.read_text()
    faults: list[str] = []
    for number, path in enumerate(SCREENS[who]):
        phone.page.goto(f"{product.web}/m/?{number}{address(product, path, furniture)}")
        if path in TAPPED_FIRST:
            phone.go(TAPPED_FIRST[path])
        wait_until_whole(phone)
        phone.page.evaluate(script)
        for width, height in (USUAL, SMALL):
            phone.page.set_viewport_size({"width": width, "height": height})
            found = [*faults_of(phone), *(too_small(phone) if letters == "elder" else [])]
            # axe takes a second a page: usual letters on the usual phone, large ones on the small phone
            found += barriers_of(phone) if (width, height) == AXE_AT[letters] else []
            faults += [f"{path} at {width}: {fault}" for fault in found]
    assert "\n".join(faults) == ""


def wait_until_whole(phone: Phone) -> None:
    """Until the page has read what it shows, that beside its main thing too."""
    phone.settled()
    phone.page.wait_for_load_state("networkidle")
    phone.page.evaluate("document.fonts.ready")


def faults_of(phone: Phone) -> list[str]:
    """What is wrong with the page that is open."""
    found = [] if phone.fits() else ["sticks out at the side"]
    failed = phone.page.locator(".state[role=alert]").locator("visible=true")
    return [*found, *(f"could not be read: {words}" for words in failed.all_inner_texts())]


def barriers_of(phone: Phone) -> list[str]:
    """What axe-core finds to be in the way of somebody who cannot see or point well."""
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
