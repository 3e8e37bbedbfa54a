"""What the people of the demo do in a month: the deeds of `bench.month`, each over HTTP as its person."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import requests

BRANCH = "DH-01-01"
MEDIA = Path(__file__).resolve().parents[1] / "backend" / "demo" / "media"
LESSONS = ("党章里的组织生活", "一张便民服务卡的来历", "把矛盾化解在楼道里", "回乡过年，组织就在身边")
NEEDS = ("楼道灯不亮", "水龙头漏水", "单元门关不上", "下水道返味", "扶手松动", "窗纱破了", "照明开关坏了", "暖气不热")


@dataclass
class Person:
    """One person's phone."""

    url: str
    token: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def post(self, path: str, body: dict[str, Any] | None = None, **more: Any) -> Any:
        """POST that must succeed; its data."""
        return self._call("POST", path, json=body or {}, **more)

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """PUT that must succeed; its data."""
        return self._call("PUT", path, json=body)

    def get(self, path: str, **query: Any) -> Any:
        """GET that must succeed; its data."""
        return self._call("GET", path, params=query)

    def upload(self, file: Path) -> str:
        """A file; its id."""
        with file.open("rb") as stream:
            return str(self._call("POST", "/media", data=stream.read())["id"])

    def _call(self, method: str, path: str, **more: Any) -> Any:
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        answer = self.session.request(method, f"{self.url}/api/v1{path}", headers=headers, timeout=30, **more)
        assert answer.status_code in {200, 201}, (method, path, answer.text)
        return answer.json()["data"]


@dataclass
class Life:
    """The people, and what is under way among them."""

    person: Callable[[str], Person]
    orders: list[str] = field(default_factory=list)
    lessons: int = 0
    activities: dict[str, str] = field(default_factory=dict)

    @property
    def secretary(self) -> Person:
        """Who runs the branch."""
        return self.person("secretary-sun")

    def plan(self, kind: str, title: str, starts: datetime, **changed: Any) -> str:
        """An activity of the branch; its id."""
        body = {
            "organization": BRANCH,
            "kind": kind,
            "title": title,
            "starts_at": starts.isoformat(),
            "ends_at": (starts + timedelta(minutes=90)).isoformat(),
            "place": {"text": "社区党群服务中心"},
            **changed,
        }
        self.activities[kind] = str(self.secretary.post("/activities", body)["id"])
        return self.activities[kind]

    def hold(self, kind: str) -> None:
        """Everybody is on the roll, and the minutes are written at once."""
        path = f"/activities/{self.activities[kind]}"
        roll = self.secretary.get(f"{path}/roll")
        for one in roll["missing"]["people"]:
            self.secretary.post(f"{path}/roll", {"member": one["member"]})
        self.secretary.post(f"{path}/minutes", {"text": "会议按议程进行，到会同志发言并形成一致意见。"})


def settle_in(life: Life, _at: datetime) -> None:
    """The fixed Party day: the second Friday of the month at seven in the evening."""
    body = {"organization": BRANCH, "title": "主题党日", "place": "社区党群服务中心", "starts": "19:00", "minutes": 90}
    life.secretary.post("/activity-schedules", {**body, "nth": 2, "weekday": 5})


def send_pack(life: Life, _at: datetime) -> None:
    """The county's pack of the month: one writes, another publishes."""
    he, wu = life.person("county-he"), life.person("county-wu")
    body = {"organization": "DH", "month": "2026-12", "title": "十二月学习礼包"}
    life.activities["pack"] = he.post("/packs", body)["id"]
    item = {"organization": "DH", "category": "theory", "kind": "article", "title": "学习材料", "source": "县委党校"}
    he.post(f"/packs/{life.activities['pack']}/items", {**item, "text": "正文"})
    wu.post(f"/packs/{life.activities['pack']}/publish", {"organization": "DH"})


def receive_pack(life: Life, _at: datetime) -> None:
    """The secretary takes notice."""
    life.secretary.post(f"/packs/{life.activities['pack']}/receipts", {"organization": BRANCH})


def write_lesson(life: Life, at: datetime) -> None:
    """On a Thursday the county prepares the Sunday after the next, so that one is always ready."""
    he, wu = life.person("county-he"), life.person("county-wu")
    sunday = at.date() + timedelta(days=(6 - at.weekday()) % 7 + 7)
    body = {
        "organization": "DH",
        "title": LESSONS[life.lessons],
        "lecturer": "孙立新",
        "source": "大河社区第一党支部书记",
        "text": (MEDIA / "lesson.txt").read_text(encoding="utf-8"),
        "audio": he.upload(MEDIA / "lesson.mp3"),
        "publish_on": sunday.isoformat(),
    }
    life.lessons += 1
    lesson = he.post("/lessons", body)["id"]
    he.post(f"/lessons/{lesson}/submit")
    wu.post(f"/lessons/{lesson}/approve")
    wu.post(f"/lessons/{lesson}/schedule")


def ask_for_help(life: Life, _at: datetime) -> None:
    """A resident needs something."""
    title = NEEDS[len(life.orders) % len(NEEDS)]
    order = {
        "service_type": "repair",
        "title": title,
        "description": f"家里{title}，请帮忙看看",
        "place": {"text": "三号楼"},
    }
    asked = life.person("resident-li").post("/orders", {**order, "contact": {"name": "李桂芳", "phone": "13800000001"}})
    life.orders.append(asked["number"])


def dispatch(life: Life, _at: datetime) -> None:
    """The secretary accepts and puts it up for the members."""
    number = life.orders[-1]
    life.secretary.post(f"/orders/{number}/accept")
    life.secretary.post(f"/orders/{number}/dispatch", {"target": {"kind": "pool"}})


def help_out(life: Life, at: datetime) -> None:
    """A member takes it and does it, the resident confirms."""
    number, zhao = life.orders[-1], life.person("member-zhao")
    zhao.post(f"/orders/{number}/claim")
    zhao.post(f"/orders/{number}/first-contact", {"note": "已电话联系"})
    done = {"truthful": True, "contacted_at": at.isoformat(), "solved": True, "public_reply": "已修好"}
    zhao.post(f"/orders/{number}/complete", done)
    life.person("resident-li").post(f"/orders/{number}/confirm", {"solved": True, "satisfaction": "satisfied"})


def call_committee(life: Life, at: datetime) -> None:
    """The committee's meeting, tomorrow evening: three people."""
    members = life.secretary.get(f"/organizations/{BRANCH}/members")["items"]
    named = [one["public_id"] for one in members if one["name"] in {"孙立新", "赵志强", "冯磊"}]
    evening = datetime.combine(at.date() + timedelta(days=1), time(19), at.tzinfo)
    life.plan("committee_meeting", "十二月支委会", evening, invited={"members": named})


def hold_committee(life: Life, _at: datetime) -> None:
    """It takes place."""
    life.hold("committee_meeting")


def hold_party_day(life: Life, _at: datetime) -> None:
    """The Party day that the schedule has planned."""
    found = life.secretary.get("/activities", organization=BRANCH, since="2026-12-11T00:00:00+08:00")["items"]
    life.activities["party_day"] = next(one["id"] for one in found if one["kind"] == "party_day")
    life.hold("party_day")


def call_assembly(life: Life, at: datetime) -> None:
    """Reminded that the quarter ends, the secretary calls the assembly for the week after."""
    life.plan(
        "member_assembly", "第四季度党员大会", datetime.combine(at.date() + timedelta(days=6), time(19), at.tzinfo)
    )


def hold_assembly(life: Life, _at: datetime) -> None:
    """It takes place."""
    life.hold("member_assembly")


def call_life_meeting(life: Life, at: datetime) -> None:
    """The yearly life meeting, a week ahead."""
    evening = datetime.combine(at.date() + timedelta(days=7), time(14), at.tzinfo)
    life.plan("life_meeting", "年度组织生活会", evening)


def plan_study(life: Life, at: datetime) -> None:
    """A study session in four days, which will fall through."""
    life.plan("collective_study", "集体学习", datetime.combine(at.date() + timedelta(days=4), time(19), at.tzinfo))


def cancel_study(life: Life, _at: datetime) -> None:
    """No power in the room."""
    life.secretary.post(f"/activities/{life.activities['collective_study']}/cancel", {"reason": "活动室停电检修"})


def record_dues(life: Life, at: datetime) -> None:
    """The dues of the month, told once that they are missing."""
    for one in life.secretary.get(f"/organizations/{BRANCH}/members")["items"]:
        body = {"member": one["public_id"], "months": ["2026-12"], "amount": "10.00", "paid_on": at.date().isoformat()}
        life.secretary.post(f"/organizations/{BRANCH}/dues", body)


@dataclass(frozen=True)
class Deed:
    """What is done on a day of December, at a time."""

    on: int
    at: time
    act: Callable[[Life, datetime], None]


def _orders() -> list[Deed]:
    days = (2, 4, 7, 9, 14, 16, 21, 28)
    return [
        deed
        for day in days
        for deed in (
            Deed(day, time(10), ask_for_help),
            Deed(day, time(11), dispatch),
            Deed(day, time(15), help_out),
        )
    ]


STORY = (
    Deed(1, time(9), settle_in),
    Deed(1, time(10), send_pack),
    Deed(2, time(8, 30), receive_pack),
    *(Deed(day, time(9, 30), write_lesson) for day in (3, 10, 17, 24)),
    *_orders(),
    Deed(7, time(16), call_committee),
    Deed(8, time(20, 30), hold_committee),
    Deed(11, time(20, 30), hold_party_day),
    Deed(14, time(9), plan_study),
    Deed(17, time(10), call_assembly),
    Deed(17, time(16), cancel_study),
    Deed(22, time(10), call_life_meeting),
    Deed(23, time(20, 30), hold_assembly),
    Deed(26, time(10), record_dues),
)
