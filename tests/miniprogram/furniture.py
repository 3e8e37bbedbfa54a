"""What makes every screen full: orders in three states, a meeting that was held and one to come, lists with lines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import requests

from tests.e2e.conftest import Product
from tests.e2e.walk import Client, until
from tests.media.test_documents import pdf

BRANCH, HOST = "DH-01-01", "NS-01"
CUSTOMERS = {"kind": "customer", "chat_id": "wrDemoCustomerGroup0000000000001", "owner": "secretary-sun"}
STATEMENT = "一年来参加集中学习六次，听党课二十四讲。学到的用在楼道里：换了三处灯，联系四户老人。还差的是学得不够系统。"
MINUTES = "孙立新主持。赵志强领读了本月的学习内容，大家谈了看法。会议决定十二月上旬清扫河堤，分三段包干。"
ARTICLE = "把群众的小事当成自己的大事。\n一看有没有回音，二看有没有结果，三看群众满意不满意。"


@dataclass
class House:
    """The running product and its people, each logged in once."""

    product: Product
    ids: dict[str, str] = field(default_factory=dict)
    known: dict[str, Client] = field(default_factory=dict)

    def __getitem__(self, user: str) -> Client:
        if user not in self.known:
            self.known[user] = self.product.person(user)
        return self.known[user]

    def now(self) -> datetime:
        """What the clock of the product says."""
        return datetime.fromisoformat(str(self.product.emulator.clock()["now"]))

    def pass_by(self, **time: float) -> None:
        """Turn that clock."""
        self.product.emulator.advance(timedelta(**time).total_seconds())

    def order(self, user: str, body: Mapping[str, Any]) -> str:
        """The number of an order whose text is passed and which the branch has accepted."""
        number = str(self[user].ok("/orders", {"consent": True, **body})["number"])
        until(lambda: self[user].read(f"/orders/{number}")["moderation"] == "passed", "the text is passed")
        return number

    def meeting(self, title: str, minutes: int, **more: Any) -> str:
        """A meeting of the branch that begins in so many minutes; its id."""
        begins = self.now() + timedelta(minutes=minutes)
        day = {
            "organization": BRANCH,
            "kind": "party_day",
            "title": title,
            "starts_at": begins.isoformat(),
            "ends_at": (begins + timedelta(hours=2)).isoformat(),
            "place": {"text": "社区活动室"},
            **more,
        }
        return str(self["secretary-sun"].ok("/activities", day)["id"])


def furnish(product: Product) -> dict[str, str]:
    """Fill everything; the ids by which pages are opened."""
    house = House(product)
    furnish_learning(house)
    furnish_past(house)
    furnish_orders(house)
    furnish_coming(house)
    furnish_claims(house)
    furnish_branch(house)
    furnish_groups(house)
    secretary = house["secretary-sun"]
    house.ids["stay"] = str(secretary.read(f"/organizations/{BRANCH}/floating-records", side="home")["items"][0]["id"])
    house.ids["survey"] = str(house["member-zhao"].read("/surveys")["items"][0]["id"])
    house.ids["team"] = str(secretary.read(f"/organizations/{BRANCH}/teams")[0]["id"])
    return house.ids


def furnish_learning(house: House) -> None:
    """A lesson heard to its end and answered, packs taken notice of and not, a year's statement with its grade."""
    secretary, member = house["secretary-sun"], house["member-zhao"]
    lesson = str(member.read("/lessons")["items"][0]["id"])
    length = member.read(f"/lessons/{lesson}")["duration_s"]
    for beat, (position, played) in enumerate(((1, 1), (length, length - 1))):
        heard = {"position_s": position, "played_s": played, "speed": 1, "nonce": f"furniture-{beat}"}
        done = secretary.ok(f"/lessons/{lesson}/heartbeats", heard)["done"]
        house.pass_by(seconds=length)
    assert done
    secretary.ok(f"/lessons/{lesson}/answer", {"choice": 0})
    this, following = (f"{day:%Y-%m}" for day in (house.now(), house.now().replace(day=1) + timedelta(days=32)))
    house.ids |= {"lesson": lesson, "received": pack(house, this), "pack": pack(house, following)}
    secretary.ok(f"/packs/{house.ids['received']}/receipts", {"organization": BRANCH})
    statement = member.ok("/me/card/statements", {"year": house.now().year, "text": STATEMENT})["id"]
    member.ok(f"/study-reviews/{statement}/submit")
    word = {"grade": "excellent", "text": "学得认真，用得上。明年带一带新同志。"}
    secretary.ok(f"/study-reviews/{statement}/appraise", word)


def pack(house: House, month: str) -> str:
    """The county's pack of a month with two articles that the branch added; its id."""
    author, publisher = house["secretary-sun"], house["county-wu"]
    made = publisher.ok("/packs", {"organization": "DH", "month": month, "title": f"{int(month[5:])} 月学习内容"})
    for category, title in (("theory", "小事里的群众路线"), ("examples", "一盏灯的故事")):
        item = {"category": category, "kind": "article", "title": title, "source": "县委党校", "text": ARTICLE}
        author.ok(f"/packs/{made['id']}/items", {"organization": BRANCH, **item})
    publisher.ok(f"/packs/{made['id']}/publish", {"organization": BRANCH})
    return str(made["id"])


def furnish_past(house: House) -> None:
    """A Party day that was held, with its minutes and a document; one that still lacks them."""
    secretary, member = house["secretary-sun"], house["member-zhao"]
    times = {"ends_at": (house.now() + timedelta(minutes=35)).isoformat()}
    house.ids["held"] = house.meeting("主题党日：学习与谋划", 5, **times)
    house.ids["bare"] = house.meeting("集体学习：读报", 5, **times, kind="collective_study")
    typed = secretary.read(f"/activities/{house.ids['held']}/code")["typed_code"]
    check_in = {"activity": house.ids["held"], "typed_code": typed, "nonce": "furniture"}
    member.ok("/check-ins", {**check_in, "occurred_at": house.now().isoformat()})
    house.pass_by(minutes=45)
    paper = secretary.session.post(
        f"{house.product.web}/api/v1/media",
        data=pdf(),
        headers={"Authorization": f"Bearer {secretary.token}", "Content-Type": "application/octet-stream"},
        timeout=20,
    ).json()["data"]["id"]
    people = members_of(secretary)
    task = {"text": "联系物业借扫帚和手套", "member": people["赵志强"], "due_on": str(house.now().date())}
    decision = {"text": "十二月上旬清扫河堤，分三段包干", "tasks": [task]}
    minutes = {"text": MINUTES, "decisions": [decision], "documents": [{"id": paper, "name": "河堤分段图"}]}
    secretary.ok(f"/activities/{house.ids['held']}/minutes", minutes)


def members_of(secretary: Client) -> dict[str, str]:
    """The ids of the branch's members by name."""
    return {one["name"]: one["public_id"] for one in secretary.read(f"/organizations/{BRANCH}/members")["items"]}


def furnish_orders(house: House) -> None:
    """Orders in three states, and a wish."""
    secretary = house["secretary-sun"]
    for name, title in (("order", "三楼楼道灯不亮"), ("accepted", "六号楼水管漏水"), ("offered", "请帮老人取药")):
        body = {
            "service_type": "errand" if name == "offered" else "repair",
            "title": title,
            "description": f"{title}，晚上出门看不清台阶，家里老人怕摔。",
            "place": {"text": "5号楼2单元"},
            "contact": {"name": "李阿姨", "phone": "13800000001"},
        }
        house.ids[name] = house.order("resident-li", body)
    for name in ("accepted", "offered"):
        secretary.ok(f"/orders/{house.ids[name]}/accept", {})
    secretary.ok(f"/orders/{house.ids['offered']}/dispatch", {"target": {"kind": "pool"}})
    body = {
        "service_type": "micro_wish",
        "title": "想要一副老花镜",
        "description": "父亲看报吃力，想要一副三百度的老花镜。",
        "place": {"text": "3号楼3单元"},
        "contact": {"name": "王大爷", "phone": "13800000002"},
        "answers": {"for": "elder"},
    }
    wish = house.order("resident-wang", body)
    secretary.ok(f"/orders/{wish}/accept", {})
    secretary.ok(f"/orders/{wish}/dispatch", {"target": {"kind": "pool"}, "board_text": "一位老人想要一副老花镜"})


def furnish_coming(house: House) -> None:
    """A Party day that is about to begin, held with another branch, with material and a request for leave."""
    secretary, absent = house["secretary-sun"], house["member-feng"]
    activity = house.meeting("主题党日：清扫河堤", 20, agenda="一、学习；二、清扫河堤；三、小结")
    house.ids["activity"] = activity
    secretary.ok(f"/activities/{activity}/partners", {"organization": HOST})
    house["host-secretary-zhou"].ok(f"/activities/{activity}/partners/{HOST}/accept")
    offered = secretary.read(f"/activities/{activity}/materials")["offered"]
    secretary.put(f"/activities/{activity}/materials", {"items": [offered[0]["id"]]})
    absent.ok(f"/activities/{activity}/leaves", {"reason": "孩子发烧，要去医院"})


def furnish_claims(house: House) -> None:
    """Somebody who says that he is a member."""
    claimant = house["resident-wang"]
    control = f"{house.product.emulator.url}/_control/phone-code"
    code = requests.post(control, json={"user": "resident-wang"}, timeout=5).json()["code"]
    claimant.ok("/auth/phone", {"code": code})
    claim = {"branch": BRANCH, "name": "王建国", "id_tail": "1234", "consent": True}
    claimant.ok("/me/membership-claims", claim)


def furnish_branch(house: House) -> None:
    """Something in each of the secretary's lists."""
    secretary, zhou, chen = (house[user] for user in ("secretary-sun", "host-secretary-zhou", "member-chen"))
    today: date = house.now().date()
    zhou.ok("/me/report-ins", {"kind": "residential", "host": BRANCH, "post": "楼道长"})
    chen.ok("/me/correction-requests", {"field": "joined_on", "value": "2026-03-01", "reason": "当年三月转为预备党员"})
    people = members_of(secretary)
    dues = {"member": people["赵志强"], "months": [f"{today:%Y-%m}"], "amount": 12, "paid_on": today.isoformat()}
    secretary.ok(f"/organizations/{BRANCH}/dues", dues)
    template = {"organization": BRANCH, "kind": "party_day", "form": "field_study", "title": "清扫河堤", "minutes": 120}
    secretary.ok("/activity-templates", {**template, "agenda": "一、集合点名；二、分段清扫；三、小结"})


def furnish_groups(house: House) -> None:
    """A customer group with a post at its owner's, an ordinary group, and posts that a person is to forward."""
    secretary = house["secretary-sun"]
    groups = f"/organizations/{BRANCH}/group-chats"
    linked = secretary.ok(groups, {"name": "大河社区便民服务群", **CUSTOMERS})["id"]
    secretary.ok(groups, {"name": "一支部党员微信群", "kind": "wechat"})
    secretary.ok(f"/group-chats/{linked}/test")
    until(lambda: any(one["posts"] for one in secretary.read(groups)), "the owner is asked to send a post")
    dropped = house.meeting("义务植树", 300)
    secretary.ok(f"/activities/{dropped}/cancel", {"reason": "有雨"})

    def to_forward() -> set[bool]:
        return {one["reason"] is None for one in secretary.read("/me/forwards")["items"]}

    until(lambda: to_forward() == {True, False}, "a person is to forward: to an ordinary group, and for the owner")
