"""Random people do random things at random times, through the API; what must hold always, holds after each."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.messaging.models import OutboxEvent
from backend.service.models import OrderLog, ServiceOrder
from backend.service.orders.actions import STEPS
from backend.service.orders.due import act_on_clocks, climb_ladder, resume_held_orders
from backend.service.orders.moderation import record_verdict
from backend.service.orders.workflow import TRANSITIONS, Action, State, Target
from backend.service.rates import recounts as order_recounts
from backend.tally.recounting import differences
from tests.conftest import MONDAY_MORNING
from tests.service.bodies import body_of
from tests.service.conftest import Desk
from tests.service.readings import running

STEPS_EACH = 40
# taken more rarely than others, or few orders would ever get far
SELDOM = {"cancel": 0.03, "refuse": 0.1, "merge": 0.1, "confirm": 0.3, "refer": 0.15, "ask-info": 0.2}
SELDOM |= {"transfer": 0.1, "urge": 0.1, "supervise": 0.15, "reply": 0.3, "decline": 0.2, "progress": 0.2}
PEOPLE = ("resident", "secretary", "volunteer", "member", "second_member", "county_officer", "stranger")
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


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_people_do_the_order_stays_whole(desk: Desk, seed: int) -> None:
    # one seed, not many draws: what is offered depends on the order, and hypothesis wants to know beforehand
    dice = Random(seed)
    desk.clock.set(MONDAY_MORNING)
    parent, number = desk.submitted(), desk.submitted()
    for _ in range(STEPS_EACH):
        desk.clock.advance(minutes=dice.choice((0, 0, 0, 5, 30, 200, 900)))
        if dice.random() < 0.2:
            for ask in (act_on_clocks, climb_ladder, resume_held_orders):
                ask(now=desk.clock())
            _check(desk.row(number))
        before = desk.row(number)
        answer = _act(desk, number, parent, dice)
        assert answer.status in {200, 403, 404, 409, 422}, answer.body
        after = desk.row(number)
        if answer.status != 200:
            assert (after.state, after.version) == (before.state, before.version)
        elif after.moderation == "pending":
            record_verdict(after.id, "pass", now=desk.clock())
        _check(after)
    assert differences(order_recounts.RECOUNTS) == []


def _act(desk: Desk, number: str, parent: str, dice: Random) -> Any:
    """Mostly something that is offered, now and then anything at all by anybody."""
    if dice.random() < 0.15:
        person, action = getattr(desk.world, dice.choice(PEOPLE)), dice.choice(sorted(STEPS))
        return desk.act(person, number, action, **_body(desk, Action(action), parent, dice))
    for part in dice.sample(PEOPLE, len(PEOPLE)):
        person = getattr(desk.world, part)
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
    answer = {"solved": dice.random() < 0.5, "satisfaction": dice.choice(("satisfied", "dissatisfied"))}
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
        },
        Action.MERGE: {"parent": parent},
        Action.CONFIRM: answer,
        Action.FOLLOW_UP: dice.choice(({"reached": False}, {"reached": True, **answer})),
    }
    return special.get(action) or body_of(desk.world, action)


def _check(order: ServiceOrder) -> None:
    state = State(order.state)
    assert (order.handler is not None) or state not in TAKEN
    assert (order.handler is None) or state not in FREE
    always, sometimes = CLOCKS.get(state, (set(), set()))
    assert always <= running(order.number) <= always | sometimes, (state, running(order.number))
    assert (order.hold_until is not None) == (state is State.ON_HOLD)
    assert (order.due_at is None) == (not running(order.number))
    assert (order.request_kind is None) or state in {State.CLAIMED, State.IN_PROGRESS}
    _check_log(order, state)


def _check_log(order: ServiceOrder, state: State) -> None:
    """The log replays to the state by rows of the table, and every step owes exactly one event."""
    entries = list(OrderLog.select().where(OrderLog.order == order).order_by(OrderLog.id))
    assert (entries[0].action, entries[0].from_state, entries[0].to_state) == ("submit", None, "submitted")
    for former, entry in pairwise(entries):
        assert entry.from_state == former.to_state
        rule = TRANSITIONS[State(entry.from_state), Action(entry.action)]
        if isinstance(rule.target, State):
            assert entry.to_state == rule.target
        elif rule.target is Target.STAY:
            assert entry.to_state == entry.from_state
    assert entries[-1].to_state == state
    keys = Counter(row.key for row in OutboxEvent.select(OutboxEvent.key))
    assert all(keys[f"order-log:{entry.id}"] == 1 for entry in entries)
