"""What the tests of the service room share: a catalogue, timer rules, and orders brought to a state."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from backend.core import reference
from backend.core.database import in_unit_of_work
from backend.service.catalogue.first_types import seed_service_types
from backend.service.models import ServiceOrder, ServiceType
from backend.service.orders.moderation import record_verdict
from backend.service.orders.workflow import Actor, Rule
from backend.service.timers.rules import seed_timer_rules
from tests.cast import Person, World
from tests.staging import Staged

LAMP: dict[str, Any] = {
    "service_type": "repair",
    "title": "三号楼楼道灯不亮",
    "description": "三单元二楼的灯坏了一周，老人晚上上下楼看不见。",
    "place": {"text": "三号楼三单元", "lat": 30.123456789, "lng": 104.5, "datum": "gcj02"},
    "contact": {"name": "李桂芳", "phone": "13812345678"},
}
HAND_IN: dict[str, Any] = {
    "truthful": True,
    "contacted_at": "2026-11-23T09:00:00+08:00",
    "solved": True,
    "public_reply": "已更换灯泡，感谢监督。",
}
RATING: dict[str, Any] = {"solved": True, "satisfaction": "satisfied"}
# what an order must be waiting for before a step is open
OWED = {"call-back": "call_owed_at", "write-down": "voice_since", "route": "unrouted_at"}
TAKERS = {
    Actor.REQUESTER: "resident",
    Actor.DISPATCHER: "secretary",
    Actor.SECRETARY: "secretary",
    Actor.OFFERED: "volunteer",
    Actor.HANDLER: "volunteer",
    Actor.FOLLOW_UP: "secretary",
    Actor.UPPER: "county_officer",
}

CATALOGUE = Staged(lambda: (seed_service_types(), seed_timer_rules()))


def set_kind(code: str, **changes: Any) -> None:
    """Change the rows of a kind as somebody with access to the database would."""

    def work() -> None:
        ServiceType.update(changes).where(ServiceType.code == code).execute()
        reference.changed()

    in_unit_of_work(work)


@pytest.fixture
def catalogue(world: World) -> None:
    """The first kinds of service and the default timers."""
    CATALOGUE.lay_down()


@dataclass
class Desk:
    """Brings orders to where a test wants them, through the API."""

    api: Callable[[Person | None], Any]
    world: Any
    clock: Any

    def act(self, person: Person, number: str, action: str, **body: Any) -> Any:
        """Take a step as a person; the answer may be a refusal."""
        return self.api(person).post(f"/orders/{number}/{action}", body)

    def must(self, person: Person, number: str, action: str, **body: Any) -> Any:
        """Take a step that has to succeed; gives the order."""
        answer = self.act(person, number, action, **body)
        assert answer.status == 200, (action, answer.body)
        return answer.data

    def submitted(self, by: Person | None = None, *, checked: bool = True, **changed: Any) -> str:
        """A new order, its text passed unless told otherwise."""
        answer = self.api(by or self.world.resident).post("/orders", LAMP | changed)
        assert answer.status == 201, answer.body
        number: str = answer.data["number"]
        if checked:
            record_verdict(self.row(number).id, "pass", now=self.clock())
        return number

    def row(self, number: str) -> ServiceOrder:
        """The order as it lies in the database."""
        row: ServiceOrder = ServiceOrder.get(ServiceOrder.number == number)
        return row

    def accepted(self) -> str:
        """An order that the branch has taken."""
        number = self.submitted()
        self.must(self.world.secretary, number, "accept")
        return number

    def taker(self, rule: Rule) -> Person:
        """Somebody of the cast who may take a step of the table."""
        for actor, part in TAKERS.items():
            if actor in rule.actors:
                person: Person = getattr(self.world, part)
                return person
        raise AssertionError(rule)

    def prepare(self, number: str, action: str, body: dict[str, Any]) -> None:
        """Bring about what a step needs beside its state."""
        if action == "merge":
            body["parent"] = self.submitted()
        if action in {"approve", "deny"}:
            self.must(self.world.volunteer, number, "return", reason="unclear_owner", note="归物业管")
        if action in OWED:
            ServiceOrder.update({OWED[action]: self.clock()}).where(ServiceOrder.number == number).execute()
        if action == "rule":
            ServiceOrder.update(return_count=2).where(ServiceOrder.number == number).execute()
        if action == "supervise":
            self.must(self.world.resident, number, "urge")
        if action == "reply":
            self.prepare(number, "supervise", {})
            self.must(self.world.secretary, number, "supervise", note="请抓紧")

    def pooled(self) -> str:
        """An order in the open pool."""
        number = self.accepted()
        self.must(self.world.secretary, number, "dispatch", target={"kind": "pool"})
        return number

    def dispatched(self) -> str:
        """An order dispatched to the volunteer."""
        number = self.accepted()
        target = {"kind": "member", "id": self.world.volunteer.member.public_id}
        self.must(self.world.secretary, number, "dispatch", target=target)
        return number

    def claimed(self) -> str:
        """An order that the volunteer has taken."""
        number = self.dispatched()
        self.must(self.world.volunteer, number, "claim")
        return number

    def in_progress(self) -> str:
        """An order that the volunteer works on."""
        number = self.claimed()
        self.must(self.world.volunteer, number, "first-contact", way="phone")
        return number

    def on_hold(self) -> str:
        """An order that waits for material."""
        number = self.in_progress()
        self.must(self.world.volunteer, number, "hold", until="2026-11-30T09:00:00+08:00", note="等灯管")
        self.must(self.world.secretary, number, "approve")
        return number

    def returned(self, times: int = 1) -> str:
        """An order that handlers have given back."""
        number = self.claimed()
        for _ in range(times):
            if self.row(number).state == "accepted":
                target = {"kind": "member", "id": self.world.volunteer.member.public_id}
                self.must(self.world.secretary, number, "dispatch", target=target)
                self.must(self.world.volunteer, number, "claim")
            self.must(self.world.volunteer, number, "return", reason="unclear_owner", note="归物业管")
            self.must(self.world.secretary, number, "approve")
        return number

    def referred(self) -> str:
        """An order that 12345 has got."""
        number = self.accepted()
        self.must(self.world.secretary, number, "refer", receiver="12345热线", receipt_number="TS-2026-1")
        return number

    def merged(self) -> str:
        """An order that was merged into another one."""
        parent, number = self.submitted(), self.submitted()
        self.must(self.world.secretary, number, "merge", parent=parent)
        return number

    def completed(self) -> str:
        """An order that the volunteer has handed in."""
        number = self.in_progress()
        self.must(self.world.volunteer, number, "complete", **HAND_IN)
        return number

    def closed(self) -> str:
        """An order that the resident has confirmed."""
        number = self.completed()
        self.must(self.world.resident, number, "confirm", **RATING)
        return number

    def needs_info(self) -> str:
        """An order about which the branch has asked."""
        number = self.submitted()
        self.must(self.world.secretary, number, "ask-info", note="几单元几楼？")
        return number

    def not_accepted(self) -> str:
        """An order that the branch has refused."""
        number = self.submitted()
        self.must(self.world.secretary, number, "refuse", reason="beyond_powers", note="请拨打12345")
        return number

    def cancelled(self) -> str:
        """An order that the resident has withdrawn."""
        number = self.submitted()
        self.must(self.world.resident, number, "cancel", note="已经修好了")
        return number


@pytest.fixture
def desk(api: Callable[[Person | None], Any], world: World, catalogue: None, clock: Any) -> Desk:
    """Orders in every state."""
    return Desk(api, world, clock)
