"""Random people do random things at random times, through the API, while the bot beats; what must hold always, holds.

One seed a run: which persons act, what they send, how much time passes, when the bot's jobs are asked and when its
relay beats against the emulator. After each of these the order is looked at.
"""

import os
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as options
from hypothesis import strategies as st

from backend.card.models import StudyRecord
from backend.messaging.models import InboxMessage, OutboxEvent
from backend.messaging.rules import Reader, rules_for
from backend.service.models import OrderCohandler, OrderLog, OrderSupervision, OrderTimer, ServiceOrder
from backend.service.orders.actions import STEPS
from backend.service.orders.capacity import IN_HAND
from backend.service.orders.due import act_on_clocks, climb_ladder, dispatch_by_duty, resume_held_orders
from backend.service.orders.workflow import FIRST_STATE, OPEN, Action, State, next_state, rule_for
from backend.service.rates import recounts as order_recounts
from backend.tally.recounting import differences
from bot.relay import Relay
from tests.bot.conftest import USERS
from tests.bot.conftest import emulator as emulator
from tests.bot.conftest import gateway as gateway
from tests.bot.conftest import known as known
from tests.bot.conftest import platform as platform
from tests.bot.conftest import relay as relay
from tests.bot.conftest import settings as settings
from tests.cast import World
from tests.conftest import MONDAY_MORNING
from tests.emulated import Platform
from tests.service.bodies import body_of
from tests.service.conftest import Desk
from tests.service.readings import running
from tests.service.test_order_proposal import on_duty

STEPS_EACH = 40
# taken more rarely than others, or few orders would ever get far
SELDOM = {"cancel": 0.03, "refuse": 0.1, "merge": 0.1, "confirm": 0.3, "refer": 0.15, "ask-info": 0.2}
SELDOM |= {"transfer": 0.1, "urge": 0.1, "supervise": 0.15, "reply": 0.3, "decline": 0.2, "progress": 0.2}
JOBS = (act_on_clocks, climb_ladder, resume_held_orders, dispatch_by_duty)
# who reads what is found from the organisation; the world has one of each
FOUND = {
    Reader.DISPATCHERS: "secretary",
    Reader.SECRETARIES: "secretary",
    Reader.UPPER_OFFICERS: "county_officer",
}
TAKEN = {State.CLAIMED, State.IN_PROGRESS, State.ON_HOLD, State.COMPLETED}
FREE = {State.SUBMITTED, State.NEEDS_INFO, State.ACCEPTED, State.NOT_ACCEPTED, State.DISPATCHED}
# which clocks may tick in a state: one for its own stage, and the case's from the dispatch on
CLOCKS: dict[State, tuple[set[str], set[str]]] = {
    State.SUBMITTED: ({"accept"}, set()),
    State.NEEDS_INFO: ({"info"}, set()),
    State.ACCEPTED: ({"dispatch"}, {"resolve"}),
    State.DISPATCHED: ({"claim", "resolve"}, set()),
    State.CLAIMED: ({"first_contact", "resolve"}, set()),
    State.IN_PROGRESS: ({"resolve"}, set()),
    State.ON_HOLD: (set(), set()),
    State.COMPLETED: ({"auto_close"}, {"follow_up"}),
    State.REFERRED: ({"outcome"}, set()),
}


@pytest.fixture
def duty(desk: Desk, known: World) -> Desk:
    """A cast that the platform knows, and a duty list that may dispatch by itself while the secretary wants it."""
    on_duty(desk)
    return desk


@dataclass
class Run:
    """One run: its dice, the order, one beside it to merge into, and which members have earned its hours."""

    desk: Desk
    relay: Relay
    platform: Platform
    dice: Random
    number: str
    parent: str
    earned: set[int] = field(default_factory=set)

    @property
    def row(self) -> ServiceOrder:
        """The order as it lies in the database."""
        return self.desk.row(self.number)

    def beat(self) -> None:
        """The bot's jobs in any order, now and then twice, and then its relay."""
        before, now = self.row, self.desk.clock()
        self.platform.set_clock(now)
        # the platform checks the texts of whoever opened the mini program within two hours
        code = {"code": self.platform.login_code(USERS["resident"]), "channel": "miniprogram"}
        assert self.desk.api(None).post("/auth/wechat", code).status == 200
        for ask in self.dice.sample(JOBS, len(JOBS)):
            for _ in range(self.dice.choice((1, 1, 2))):
                ask(now=now)
        self.relay.deliver_due(now=now)
        self.note(before)

    def note(self, before: ServiceOrder) -> None:
        """Remember whose cards the hours belong on: of who had it or helped when it ended, after a contact."""
        after = self.row
        done = after.state == State.CLOSED and before.state == State.COMPLETED
        thanked = after.state == State.CANCELLED != before.state and before.contacted_at is not None
        if (done or thanked) and before.handler is not None:
            helpers = OrderCohandler.select(OrderCohandler.account).where(OrderCohandler.order == before)
            hands = {before.handler.id, *(account for (account,) in helpers.tuples())}
            people = self.desk.world.people.values()
            self.earned |= {one.member.id for one in people if one.member and one.account.id in hands}
        if before.state == State.CLOSED != after.state:
            self.earned.clear()  # opened again: what the closing gave is struck out


@given(seed=st.integers(0, 2**32 - 1))
@options(  # a smaller seed is no simpler run: nothing to shrink
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    max_examples=12 if os.environ.get("ZHIBU_ALL_EXAMPLES") == "1" else 8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_people_do_the_order_stays_whole(duty: Desk, relay: Relay, platform: Platform, seed: int) -> None:
    # one seed, not many draws: what is offered depends on the order, and hypothesis wants to know beforehand
    dice, desk = Random(seed), duty
    desk.clock.set(MONDAY_MORNING)
    wanted = {"auto_dispatch": dice.random() < 0.3}
    desk.api(desk.world.secretary).post("/organizations/DH-01-01/dispatch-policy", wanted)
    run = Run(desk, relay, platform, dice, desk.submitted(checked=False), desk.submitted(checked=False))
    for _ in range(STEPS_EACH):
        desk.clock.advance(minutes=dice.choice((0, 0, 0, 5, 30, 200, 900)))
        if dice.random() < 0.3:
            run.beat()
            _check(run)
        before = run.row
        answer = _act(desk, run.number, run.parent, dice)
        assert answer.status in {200, 403, 404, 409, 422}, answer.body
        run.note(before)
        if answer.status != 200:
            assert (run.row.state, run.row.version) == (before.state, before.version)
        _check(run)
    run.beat()
    _check_inboxes(desk)
    _check_hands(run)
    assert differences(order_recounts.RECOUNTS) == []


def _act(desk: Desk, number: str, parent: str, dice: Random) -> Any:
    """Mostly something that is offered, now and then anything at all by anybody."""
    if dice.random() < 0.15:
        person, action = dice.choice(list(desk.world.people.values())), dice.choice(sorted(STEPS))
        return desk.act(person, number, action, **_body(desk, Action(action), parent, dice))
    people = list(desk.world.people.values())
    for person in dice.sample(people, len(people)):
        shown = desk.api(person).get(f"/orders/{number}")
        offered = [one["name"] for one in shown.data["actions"]] if shown.status == 200 else []
        likely = [name for name in offered if dice.random() < SELDOM.get(name, 1)]
        if likely:
            action = dice.choice(likely)
            return desk.act(person, number, action, **_body(desk, Action(action), parent, dice))
    return desk.act(desk.world.secretary, number, "claim")


def _body(desk: Desk, action: Action, parent: str, dice: Random) -> dict[str, Any]:
    now = desk.clock()
    later = {"until": (now + timedelta(days=9)).isoformat(), "note": "等材料"}
    member = getattr(desk.world, dice.choice(("volunteer", "member", "second_member"))).member
    named = {"kind": "member", "id": member.public_id}
    part = {"outcome": dice.choice(("partly", "explained")), "note": "等下批灯具"}
    answer = {"solved": dice.random() < 0.5, "satisfaction": dice.choice(("satisfied", "dissatisfied"))}
    heard = {"reached": True, **answer}
    special: dict[Action, dict[str, Any]] = {
        Action.HOLD: later,
        Action.EXTEND: later,
        Action.DISPATCH: {"target": dice.choice((named, {"kind": "pool"}))},
        Action.ADD_COHANDLER: {"member": named["id"], "due_at": (now + timedelta(days=1)).isoformat()},
        Action.RULE: {"member": named["id"], "note": "审定"},
        Action.COMPLETE: {
            "truthful": True,
            "contacted_at": now.isoformat(),
            "solved": answer["solved"],
            "reason": "缺零件",
            "public_reply": "已处理",
            **({"outcome": part["outcome"]} if not answer["solved"] and dice.random() < 0.5 else {}),
        },
        Action.MERGE: {"parent": parent},
        Action.CONFIRM: answer,
        Action.FOLLOW_UP: dice.choice(({"reached": False}, heard, {**heard, "solved": False, **part})),
    }
    return special.get(action) or body_of(desk.world, action)


def _check(run: Run) -> None:
    order = run.row
    state = State(order.state)
    assert (order.handler is not None) or state not in TAKEN
    assert (order.handler is None) or state not in FREE
    assert (order.hold_until is not None) == (state is State.ON_HOLD)
    assert (order.request_kind is None) or state in {State.CLAIMED, State.IN_PROGRESS}
    _check_clocks(order, state)
    _check_ladder(order, state)
    _check_log(order, state)
    _check_card(run)


def _check_clocks(order: ServiceOrder, state: State) -> None:
    """One clock for each stage, and of these only the state's own tick."""
    stages = [one.stage for one in OrderTimer.select().where(OrderTimer.order == order)]
    assert len(stages) == len(set(stages))
    always, sometimes = CLOCKS.get(state, (set(), set()))
    assert always <= running(order.number) <= always | sometimes, (state, running(order.number))
    assert (order.due_at is None) == (not running(order.number))


def _check_ladder(order: ServiceOrder, state: State) -> None:
    """Rungs stand while there is something to press for, and one of them at most leads further up."""
    standing = list(
        OrderSupervision.select().where(OrderSupervision.order == order, OrderSupervision.lifted_at.is_null())
    )
    assert max((one.level for one in standing), default=0) == order.supervised_level
    assert not standing or state in OPEN
    if state is State.COMPLETED:  # the handler's rungs were lifted; a follow-up that is late has its own
        assert all(one.at >= order.completed_at for one in standing)
    assert sum(one.next_at is not None for one in standing) <= 1


def _check_log(order: ServiceOrder, state: State) -> None:
    """The log replays to the state by the rows of the table, and every step owes exactly one event."""
    entries = list(OrderLog.select().where(OrderLog.order == order).order_by(OrderLog.id))
    now, before = FIRST_STATE, None
    assert (entries[0].action, entries[0].from_state, entries[0].to_state) == ("submit", None, FIRST_STATE)
    for entry in entries[1:]:
        assert entry.from_state == now
        rule = rule_for(now, Action(entry.action))
        came_from, now = now, next_state(rule, now, before=before, chosen=State(entry.to_state))
        before = came_from if now is State.NEEDS_INFO and came_from is not now else before
        assert entry.to_state == now
    assert now == state
    ours = OutboxEvent.key.startswith(f"order-step:{order.number}:")
    told = list(OutboxEvent.select(OutboxEvent.key, OutboxEvent.created_at).where(ours))
    steps = [row.created_at for row in told if row.key.count(":") == 2]  # one more: told to followers
    assert sorted(steps) == sorted(entry.at for entry in entries)


def _check_card(run: Run) -> None:
    """The hours stand once on the card of each who earned them, and on no other."""
    sources = [f"order:{run.row.id}{again}" for again in ("", ":1", ":2")]
    standing = StudyRecord.source.in_(sources) & StudyRecord.voided_at.is_null()
    cards = [row.member_id for row in StudyRecord.select().where(standing)]
    assert sorted(cards) == sorted(run.earned)


def _check_inboxes(desk: Desk) -> None:
    """Every event was spread, and each of its readers has exactly one copy of it."""
    copies: dict[int, list[int]] = {}
    for copy in InboxMessage.select():
        copies.setdefault(copy.event_id, []).append(copy.account_id)
    for event in OutboxEvent.select():
        assert event.spread_at is not None, event.topic
        assert sorted(copies.get(event.id, [])) == sorted(_readers(desk, event)), event.topic


def _readers(desk: Desk, event: OutboxEvent) -> set[int]:
    """Whom the rules name for an event: by part, or found from the branch."""
    found: set[int] = set()
    for rule in rules_for(event.topic):
        if rule.reader in FOUND:
            found.add(getattr(desk.world, FOUND[rule.reader]).account.id)
        else:
            found |= {account for account in event.people.get(rule.reader, []) if account is not None}
    return found


def _check_hands(run: Run) -> None:
    """What is in somebody's hands is in the hands of one, as they see it themselves."""
    people = run.desk.world.people.values()
    pages = [run.desk.api(one).get("/orders", box="in-hand", limit=100).data["items"] for one in people]
    holders = sum(any(item["number"] == run.number for item in page) for page in pages)
    assert holders == (State(run.row.state) in IN_HAND)
