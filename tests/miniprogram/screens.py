"""Which screens there are, who uses them, and what makes them full."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import requests

from tests.e2e.conftest import Product
from tests.e2e.walk import Client, until

BRANCH = "DH-01-01"
PEOPLE = {"resident": "李桂芳", "member": "赵志强", "secretary": "孙立新"}

RESIDENT = (
    "index/index", "inbox/index", "me/index", "me/privacy", "me/consents", "me/data", "me/audit", "me/sessions",
    "me/claim", "me/help", "me/outbox", "me/household", "order/new", "order/new?draft=水管漏水", "order/list",
    "order/detail?number={order}", "wish/list",
    "ledger/list", "me/messages",
)  # fmt: skip
MEMBER = (
    "index/index", "check-in/index", "activity/list", "activity/detail?id={activity}", "lesson/list",
    "lesson/detail?id={lesson}", "card/index", "card/reviews", "dues/calculator", "pack/list", "order/list?box=offered",
    "order/detail?number={offered}", "me/index", "me/handler", "me/report-ins", "me/tasks", "floating/list",
    "floating/new", "surveys/list", "surveys/fill?id={survey}",
)  # fmt: skip
SECRETARY = (
    "index/index", "work/index", "order/list?box=to-accept", "order/detail?number={order}",
    "order/detail?number={accepted}", "activity/new", "activity/code?id={activity}", "activity/roll?id={activity}",
    "activity/requests?id={activity}", "activity/minutes?id={activity}",
    "branch/claims", "branch/duties", "branch/members", "branch/requests",
    "branch/dues", "branch/report-ins", "branch/transfers", "branch/terms", "forward/list", "group/list",
    "lesson/calendar", "me/roles", "pack/detail?id={pack}", "desk/confirm?ticket={ticket}", "floating/detail?id={stay}",
    "branch/team?id={team}", "surveys/fill?id={survey}",
)  # fmt: skip
# the form begins behind the choice of a kind
TAPPED_FIRST = {"order/new?draft=水管漏水": re.compile("公共设施报修")}
SCREENS = {"resident": RESIDENT, "member": MEMBER, "secretary": SECRETARY}


def furnish(product: Product) -> dict[str, str]:
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
    furnish_branch(product, now.date())
    stay = str(secretary.read(f"/organizations/{BRANCH}/floating-records", side="home")["items"][0]["id"])
    team = str(secretary.read(f"/organizations/{BRANCH}/teams")[0]["id"])
    survey = str(member.read("/surveys")["items"][0]["id"])
    ids = {"activity": activity, "pack": pack, "lesson": lesson, "stay": stay, "team": team, "survey": survey}
    return {**numbers, **ids}


def furnish_branch(product: Product, today: date) -> None:
    """Something in each of the secretary's lists, and a task for a member."""
    resident, secretary, zhou, chen = map(
        product.person, ("resident-wang", "secretary-sun", "host-secretary-zhou", "member-chen")
    )
    people = {one["name"]: one["public_id"] for one in secretary.read(f"/organizations/{BRANCH}/members")["items"]}
    zhou.ok("/me/report-ins", {"kind": "residential", "host": BRANCH, "post": "楼道长"})
    chen.ok("/me/correction-requests", {"field": "joined_on", "value": "2026-03-01", "reason": "当年三月转为预备党员"})
    dues = {"member": people["赵志强"], "months": [f"{today:%Y-%m}"], "amount": 12, "paid_on": today.isoformat()}
    secretary.ok(f"/organizations/{BRANCH}/dues", dues)
    body: dict[str, Any] = {
        "service_type": "micro_wish",
        "title": "想要一副老花镜",
        "description": "父亲看报吃力，想要一副三百度的老花镜。",
        "place": {"text": "3号楼3单元"},
        "contact": {"name": "王大爷", "phone": "13800000002"},
        "consent": True,
        "answers": {"for": "elder"},
    }
    wish = str(resident.ok("/orders", body)["number"])
    until(lambda: resident.read(f"/orders/{wish}")["moderation"] == "passed", "the text is passed")
    secretary.ok(f"/orders/{wish}/accept", {})
    secretary.ok(f"/orders/{wish}/dispatch", {"target": {"kind": "pool"}, "board_text": "一位老人想要一副老花镜"})
    template = {"organization": BRANCH, "kind": "party_day", "form": "field_study", "title": "清扫河堤", "minutes": 120}
    secretary.ok("/activity-templates", {**template, "agenda": "一、集合点名；二、分段清扫；三、小结"})


def address(product: Product, path: str, ids: dict[str, str]) -> str:
    """Where a screen is; a code of the desk lives for two minutes, so that each look needs its own."""
    fresh = {"ticket": Client(product.web).ok("/auth/desk-tickets")["ticket"]} if "{ticket}" in path else {}
    return f"#/pages/{path.format(**ids, **fresh)}"
