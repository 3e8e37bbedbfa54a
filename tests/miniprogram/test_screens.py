"""Every screen as each person sees it, on a usual phone and, in large letters, on a small one.

Nothing sticks out, nothing failed to load, axe-core finds nothing serious. With SCREENS=1 pictures are kept in
`docs/screens/`, to be looked at by a person.
"""

import os
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from tests.e2e.conftest import Product
from tests.e2e.walk import until
from tests.miniprogram.conftest import SMALL, USUAL, Phone, Phones
from tools.client import ROOT, SOURCES

pytestmark = [pytest.mark.browser, pytest.mark.node, pytest.mark.slow]

AXE = SOURCES / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = ROOT / "docs" / "screens"
BRANCH = "DH-01-01"
LONGEST = 2_400  # pixels of a picture
SERIOUS = ["serious", "critical"]
LAYOUTS = [(USUAL, None), (SMALL, "elder")]
PEOPLE = {"resident": "李桂芳", "member": "赵志强", "secretary": "孙立新"}

RESIDENT = (
    "index/index", "inbox/index", "me/index", "me/privacy", "me/consents", "me/data", "me/audit", "me/sessions",
    "me/claim", "me/help", "me/outbox", "me/household", "order/new", "order/new?draft=x", "order/list",
    "order/detail?number={order}", "wish/list",
)  # fmt: skip
MEMBER = (
    "index/index", "check-in/index", "activity/list", "activity/detail?id={activity}", "lesson/list",
    "lesson/detail?id={lesson}", "card/index", "dues/calculator", "pack/list", "order/list?box=offered",
    "order/detail?number={offered}", "me/index", "me/handler", "me/report-ins", "me/tasks", "floating/list",
    "floating/new",
)  # fmt: skip
SECRETARY = (
    "index/index", "work/index", "order/list?box=to-accept", "order/detail?number={order}",
    "order/detail?number={accepted}", "activity/new", "activity/code?id={activity}", "activity/roll?id={activity}",
    "activity/requests?id={activity}", "activity/minutes?id={activity}",
    "branch/claims", "branch/duties", "branch/members", "branch/requests",
    "branch/dues", "branch/report-ins", "branch/transfers", "branch/terms", "forward/list", "group/list",
    "lesson/calendar", "me/roles", "pack/detail?id={pack}",
)  # fmt: skip
SCREENS = {"resident": RESIDENT, "member": MEMBER, "secretary": SECRETARY}
NEITHER_LIST_NOR_FORM = {
    "desk/confirm",
    "floating/detail",
    "branch/team",
}  # opened by the id of a message only


@dataclass(frozen=True)
class Furniture:
    """Something on every screen: the ids by which pages are opened."""

    ids: dict[str, str]


@pytest.fixture(scope="session")
def furniture(product: Product) -> Furniture:
    """Orders in three states, a Party day that is about to begin with a request for leave, a claim, a pack."""
    resident, secretary, member = map(product.person, ("resident-li", "secretary-sun", "member-zhao"))
    now = datetime.fromisoformat(str(product.emulator.clock()["now"]))
    numbers = {}
    for name, title in (("order", "三楼楼道灯不亮"), ("accepted", "六号楼水管漏水"), ("offered", "请帮老人取药")):
        body: dict[str, Any] = {
            "service_type": "errand" if name == "offered" else "repair",
            "title": title,
            "description": f"{title}，晚上出门看不清台阶，家里老人怕摔。",
            "place": {"text": "5号楼2单元"},
            "contact": {"name": "李阿姨", "phone": "13800000001"},
            "consent": True,
        }
        numbers[name] = str(resident.ok("/orders", body)["number"])
    for number in numbers.values():
        until(lambda n=number: resident.read(f"/orders/{n}")["moderation"] == "passed", "the text is passed")
    for name in ("accepted", "offered"):
        secretary.ok(f"/orders/{numbers[name]}/accept", {})
    secretary.ok(f"/orders/{numbers['offered']}/dispatch", {"target": {"kind": "pool"}})
    day: dict[str, Any] = {
        "organization": BRANCH,
        "kind": "party_day",
        "title": "主题党日：清扫河堤",
        "starts_at": (now + timedelta(minutes=20)).isoformat(),
        "ends_at": (now + timedelta(minutes=140)).isoformat(),
        "place": {"text": "社区活动室"},
        "agenda": "一、学习；二、清扫河堤；三、小结",
    }
    activity = str(secretary.ok("/activities", day)["id"])
    absent = product.person("member-feng")
    absent.ok(f"/activities/{activity}/leaves", {"reason": "孩子发烧，要去医院"})
    claim = {"branch": BRANCH, "name": "王建国", "id_tail": "1234", "consent": True}
    claimant = product.person("resident-wang")
    control = f"{product.emulator.url}/_control/phone-code"
    code = requests.post(control, json={"user": "resident-wang"}, timeout=5).json()["code"]
    claimant.ok("/auth/phone", {"code": code})
    claimant.ok("/me/membership-claims", claim)
    county = product.person("county-wu")
    pack = str(county.ok("/packs", {"organization": "DH", "month": "2026-12", "title": "十二月学习内容"})["id"])
    lesson = str(member.read("/lessons")["items"][0]["id"])
    return Furniture({**numbers, "activity": activity, "pack": pack, "lesson": lesson})


@pytest.mark.parametrize(("size", "letters"), LAYOUTS)
@pytest.mark.parametrize("who", sorted(SCREENS))
def test_every_screen_is_whole_readable_and_accessible(
    product: Product, phones: Phones, furniture: Furniture, who: str, size: tuple[int, int], letters: str | None
) -> None:
    if not AXE.is_file():
        pytest.skip("needs `npm ci` in miniprogram/, which `make test` does")
    phone = phones(PEOPLE[who], size, letters)
    script = AXE.read_text()
    faults: list[str] = []
    pictures: list[bytes] = []
    for number, path in enumerate(SCREENS[who]):
        phone.page.goto(f"{product.web}/m/?{number}#/pages/{path.format(**furniture.ids)}")
        faults += [f"{path}: {fault}" for fault in faults_of(phone)]
        if not letters:
            faults += [f"{path}: {fault}" for fault in barriers_of(phone, script)]
        pictures.append(picture_of(phone) if os.environ.get("SCREENS") else b"")
    if os.environ.get("SCREENS"):
        keep_sheet(phone, pictures, f"{who}-{letters or 'usual'}")
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


def picture_of(phone: Phone) -> bytes:
    """The whole page, the bar at the foot of it in its place."""
    page = phone.page
    before = page.viewport_size or {"width": USUAL[0], "height": USUAL[1]}
    height = min(int(page.evaluate("document.documentElement.scrollHeight")), LONGEST)
    page.set_viewport_size({"width": before["width"], "height": max(height, before["height"])})
    picture = page.screenshot()
    page.set_viewport_size(before)
    return picture


def keep_sheet(phone: Phone, pictures: list[bytes], name: str) -> None:
    """All pictures of one person side by side."""
    PICTURES.mkdir(exist_ok=True)
    browser = phone.page.context.browser
    assert browser is not None
    sheet = browser.new_page(viewport={"width": 1280, "height": 900})
    images = "".join(f"<img src='data:image/png;base64,{b64encode(one).decode()}'>" for one in pictures)
    style = "body{margin:8px;background:#8a857f;display:flex;flex-wrap:wrap;gap:8px;align-items:start}img{width:245px}"
    sheet.set_content(f"<style>{style}</style>{images}", wait_until="load")
    sheet.screenshot(path=PICTURES / f"{name}.jpg", full_page=True, type="jpeg", quality=60)
    sheet.close()


def test_no_screen_is_forgotten() -> None:
    sources = (SOURCES / "src" / "pages").rglob("*.vue")
    all_of_them = {file.relative_to(SOURCES / "src" / "pages").with_suffix("").as_posix() for file in sources}
    seen = {path.partition("?")[0] for paths in SCREENS.values() for path in paths}
    assert all_of_them == seen | NEITHER_LIST_NOR_FORM
