"""`python -m tests.desk.photograph_queues`: fill each queue of the demo through the API, and save a picture of each.

Starts the product as `make run` does, on free ports and in an empty folder; the pictures go to docs/screens.
"""

import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.desk.browser import BIG, PHONE
from tests.e2e.conftest import Product, running_product
from tests.e2e.test_order_walk import _actions
from tests.e2e.walk import Client, until

CHROMIUM = "/usr/bin/chromium"
SCREENS = Path(__file__).resolve().parents[2] / "docs" / "screens"
BOXES = (
    "to-accept",
    "to-dispatch",
    "waiting-claim",
    "branch-in-hand",
    "to-follow-up",
    "overdue",
    "returned",
    "unrouted",
)
SECRETARY = "孙立新"
LATE_S = 4.5 * 3600
# what residents ask for: kind, title, place
NEEDS = (
    ("repair", "三号楼楼道灯不亮", "三号楼二单元"),
    ("repair", "一号楼门禁按不响", "一号楼一单元"),
    ("errand", "帮忙取一趟药", "五号楼四单元"),
    ("policy_question", "高龄补贴怎么申请", "二号楼"),
    ("mediation", "楼上半夜挪家具", "六号楼三单元"),
    ("other", "花园长椅松了", "小花园"),
)
ELDER = {"name": "张福生", "phone": "13900001111", "relation": "邻居"}
FAR_AWAY = {"text": "河对岸的老渡口", "lat": 31.9, "lng": 107.9}


class Branch:
    """The people of the demo who fill the queues."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.residents = self._here()
        self.secretary, self.zhao = product.person("secretary-sun"), product.person("member-zhao")
        rows = self.secretary.read("/organizations/DH-01-01/members")["items"]
        self.zhao_id = next(row["public_id"] for row in rows if row["name"] == "赵志强")
        self._made = 0

    def _here(self) -> list[Client]:
        """The residents, who have just opened the mini program: only then does the platform check their texts."""
        return [self.product.person(user) for user in ("resident-li", "resident-wang")]

    def submitted(self, **changed: Any) -> str:
        """The next need of one of the residents."""
        kind, title, place = NEEDS[self._made % len(NEEDS)]
        who, self._made = self.residents[self._made % 2], self._made + 1
        kinds = {one["code"] for one in who.read("/service-types")}
        body = {"service_type": kind if kind in kinds else "other", "title": title, "place": {"text": place}}
        body |= {"description": f"{title}，请帮忙看看。", "contact": {"name": "李桂芳", "phone": "13800000001"}}
        return str(who.ok("/orders", body | changed)["number"])

    def accepted(self) -> str:
        """An order that may be dispatched."""
        number = self.submitted()
        self.secretary.ok(f"/orders/{number}/accept", {})
        until(lambda: "dispatch" in _actions(self.secretary, number) or None, "the text passes its check")
        return number

    def dispatched(self, *, pool: bool = False) -> str:
        """An order for Zhao, or for whoever wants it."""
        number = self.accepted()
        target = {"kind": "pool"} if pool else {"kind": "member", "id": self.zhao_id}
        self.secretary.ok(f"/orders/{number}/dispatch", {"target": target})
        return number

    def claimed(self) -> str:
        """An order that Zhao has taken."""
        number = self.dispatched()
        self.zhao.ok(f"/orders/{number}/claim", {"safeguard_read": True})
        return number

    def completed(self) -> str:
        """An order that Zhao has handed in."""
        number = self.claimed()
        self.zhao.ok(f"/orders/{number}/first-contact", {"way": "phone"})
        now = self.product.emulator.clock()["now"]
        done = {"truthful": True, "contacted_at": now, "solved": True, "public_reply": "已经办好，请您看看。"}
        self.zhao.ok(f"/orders/{number}/complete", done)
        return number

    def returned(self) -> str:
        """An order that Zhao has given back."""
        number = self.claimed()
        self.zhao.ok(f"/orders/{number}/return", {"reason": "unclear_owner", "note": "门禁归物业管"})
        self.secretary.ok(f"/orders/{number}/approve", {})
        return number

    def fill(self) -> None:
        """Two to four in each queue; those that come first are late by the time that the others come."""
        grid = {"code": "G1", "name": "第一网格", "addresses": [place for _, _, place in NEEDS]}
        self.secretary.ok("/organizations/DH-01-01/grids", grid)
        for _ in range(2):
            self.submitted()
        self.product.emulator.advance(LATE_S)
        self.residents = self._here()
        for make in (self.accepted, self.dispatched, self.claimed, self.completed, self.returned):
            for _ in range(2):
                make()
        self.dispatched(pool=True)
        for _ in range(2):
            self.submitted(place=FAR_AWAY, on_behalf_of=ELDER)  # his own door would find its grid


def photograph_board(browser: Browser, product: Product, secretary: Client) -> None:
    """Each queue on the desk."""
    context = browser.new_context(viewport={"width": BIG[0], "height": BIG[1]}, locale="zh-CN")
    context.add_cookies([{"name": "desk_session", "value": secretary.token, "url": product.web}])
    page = context.new_page()
    for box in BOXES:
        page.goto(f"{product.web}/desk/orders?box={box}", wait_until="domcontentloaded")
        page.wait_for_timeout(500)
        page.screenshot(path=SCREENS / f"queue-{box}-{BIG[0]}.png")
    context.close()


def photograph_inbox(browser: Browser, product: Product) -> None:
    """The secretary's messages on a phone."""
    width, height = PHONE
    context = browser.new_context(
        viewport={"width": width, "height": height}, is_mobile=True, has_touch=True, locale="zh-CN"
    )
    page = context.new_page()
    page.goto(f"{product.web}/m/#/pages/inbox/index", wait_until="domcontentloaded")
    page.get_by_role("link", name=SECRETARY).first.tap()
    page.wait_for_timeout(3_000)
    page.screenshot(path=SCREENS / f"queue-inbox-{width}.png")
    context.close()


def main() -> None:
    """Fill, open, photograph."""
    with tempfile.TemporaryDirectory() as folder, running_product(Path(folder)) as product:
        branch = Branch(product)
        branch.fill()
        counts = branch.secretary.read("/orders/boxes")
        print({box: counts.get(box) for box in BOXES})
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            photograph_board(browser, product, product.person("secretary-sun"))
            photograph_inbox(browser, product)
            browser.close()


if __name__ == "__main__":
    main()
