"""One step of an order: look it up in the table, check the guards, swap the state, write everything owed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from backend.card import ledger
from backend.core.clock import local_day
from backend.core.database import Record, change_or_refuse
from backend.core.errors import Conflict, Forbidden
from backend.core.http import Body
from backend.messaging import outbox
from backend.people.permissions import Caller
from backend.service.models import ServiceOrder, Stage
from backend.service.orders.facts import TOPICS, local_text, order_facts, people_of
from backend.service.orders.guards import refuse_if_blocked
from backend.service.orders.loading import Case, Order, read_case
from backend.service.orders.log import LogEntry, step_key, write_log
from backend.service.orders.pictures import attach_media
from backend.service.orders.rungs import lift_supervision
from backend.service.orders.standing import Sight, Standing, must_see, standing_of
from backend.service.orders.workflow import (
    ACTION_LABELS,
    OPEN,
    STATE_LABELS,
    Action,
    Actor,
    IllegalStep,
    Rule,
    State,
    next_state,
    rule_for,
)
from backend.service.timers.clocks import Clocks
from backend.tally import counting

# where an order is out of the ladder's reach, where it may lie unrouted, and which steps its followers hear of
LIFTING = frozenset(State) - frozenset(OPEN) | {State.COMPLETED}
UNDECIDED = frozenset({State.SUBMITTED, State.NEEDS_INFO})
# nothing will be done here for whoever is asked for, so nobody needs to ask him
NEVER_DONE = frozenset({State.CANCELLED, State.MERGED, State.NOT_ACCEPTED})
FOLLOWED = frozenset(
    {
        Action.CLAIM,
        Action.COMPLETE,
        Action.REFER,
        Action.CONFIRM,
        Action.FOLLOW_UP,
        Action.AUTO_CLOSE,
        Action.CLOSE_REFERRED,
        Action.REFUSE,
        Action.EXPIRE_INFO,
    }
)
_ACTORS = tuple(Actor)
LOST_RACE, ILLEGAL = "order_conflict", "illegal_transition"


@dataclass
class Scene:
    """An order in front of somebody, at an instant: what guards and plans look at. No caller: the system."""

    case: Case
    caller: Caller | None
    standing: Standing
    timezone: ZoneInfo
    now: datetime

    @property
    def order(self) -> Order:
        """The order as it was read."""
        return self.case.order

    @property
    def clocks(self) -> Clocks:
        """Its clocks, as the step leaves them."""
        return self.case.clocks

    def local_text(self, at: datetime | None) -> str | None:
        """An instant as messages carry it."""
        return local_text(at, self.timezone)

    def counts_of(self, stage: Stage, due: str, in_time: str) -> list[tuple[str, int]]:
        """What a stage that has ended adds to a rate; nothing if it was counted as late already."""
        clock = self.clocks.get(stage)
        if clock is None or clock.started_at is None or clock.breached:
            return []
        return [(due, 1)] if clock.is_late(self.now) else [(due, 1), (in_time, 1)]


@dataclass
class Plan:
    """What a step does beside moving the state; made by a plan function, carried out here.

    `changes` are columns of the order and `shown` what the snapshot holds beside them, `counts` tally
    measures with amounts, `rows` further records that get the order's id, `pictures` ids of media handed in,
    `cards` entries for members' study cards, `check` text for the content check, `chosen` the state where the
    table leaves a choice, `afterwards` what else is written once the swap is won; `topic` goes before the
    usual one.
    """

    changes: dict[str, Any] = field(default_factory=dict)
    shown: dict[str, Any] = field(default_factory=dict)
    note: str | None = None
    public: bool = True
    facts: dict[str, Any] = field(default_factory=dict)
    people: dict[str, Sequence[int | None]] = field(default_factory=dict)
    counts: list[tuple[str, int]] = field(default_factory=list)
    rows: list[tuple[type[Record], dict[str, Any]]] = field(default_factory=list)
    pictures: list[int] = field(default_factory=list)
    cards: list[tuple[int, ledger.Entry]] = field(default_factory=list)
    check: str | None = None
    chosen: State | None = None
    afterwards: Callable[[int], None] | None = None
    topic: str | None = None


@dataclass(frozen=True)
class Step:
    """An action of the API: its body and the function that checks its guards and plans what it does."""

    action: Action
    body: type[Body]
    plan: Callable[[Scene, Any], Plan]


def take_step(step: Step, number: str, body: Body, *, caller: Caller, timezone: ZoneInfo, now: datetime) -> Case:
    """Take one step, inside a unit of work. 404 when the order does not concern the caller, 409 for an
    illegal step or a lost race, 403 for a part that may not take it."""
    case = read_case(number, caller=caller, timezone=timezone, now=now)
    order = case.order
    standing = standing_of(caller, order)
    if step.action is Action.CLAIM and standing.missed:
        raise order_conflict("这张工单已被别人接走了")
    must_see(standing)
    rule = legal_rule(order, step.action)
    if not rule.actors & standing.actors:
        raise Forbidden()
    refuse_if_blocked(step.action, order, caller)
    scene = Scene(case, caller, standing, timezone, now)
    return carry_out(scene, rule, step.plan(scene, body))


def carry_out(scene: Scene, rule: Rule, plan: Plan) -> Case:
    """Swap the state and write log, clocks, events, counts and card; 409 when somebody was faster.

    Returns the order as it is now, without asking the database again.
    """
    order = scene.order
    target = _target(order, rule, plan.chosen)
    if target is not order.state and order.request_kind:
        plan.changes = {"request_kind": None, "request_until": None} | plan.changes
    changes = {**plan.changes, **_ended_with(order, target), "state": target, "due_at": scene.clocks.earliest_due()}
    swap(order, changes, now=scene.now)
    after = _changed(order, changes | plan.shown)
    scene.clocks.save(order.id)
    logged = _entry(scene, rule, target, plan)
    write_log(order.id, logged)
    for table, values in plan.rows:
        table.insert(order=order.id, **values).execute()
    if plan.afterwards:
        plan.afterwards(order.id)
    if order.supervised_level and target in LIFTING:
        lift_supervision(order.id, now=scene.now)
    pictures = attach_media(order, plan.pictures, handed_in=True, now=scene.now)
    _tell(scene, rule, plan, after)
    for measure, amount in plan.counts:
        day = local_day(scene.now, scene.timezone)
        counting.count(measure, order.organization_id, day=day, amount=amount)
    for member_id, entry in plan.cards:
        ledger.add_record(member_id, entry, now=scene.now)
    return Case(after, scene.clocks, [*scene.case.log, logged], [*scene.case.attachments, *pictures])


def _ended_with(order: Order, target: State) -> dict[str, Any]:
    """What a state leaves behind, whichever step leads there."""
    over: dict[str, Any] = {}
    if order.supervised_level and target in LIFTING:
        over["supervised_level"] = 0
    if order.board_at and target is not State.DISPATCHED:
        over["board_at"] = None
    if order.unrouted_at and target not in UNDECIDED:
        over["unrouted_at"] = None
    if order.call_owed_at and target in NEVER_DONE:
        over["call_owed_at"] = None
    return over


def system_scene(case: Case, *, timezone: ZoneInfo, now: datetime) -> Scene:
    """The order in front of nobody: what the clocks do by themselves."""
    standing = Standing(frozenset({Actor.SYSTEM}), Sight())
    return Scene(case, None, standing, timezone, now)


def legal_rule(order: Order, action: Action) -> Rule:
    """The row of the table; 409 naming state and action where there is none."""
    try:
        return rule_for(order.state, action)
    except IllegalStep:
        raise illegal_transition(order.state, action) from None


def illegal_transition(state: State, action: Action) -> Conflict:
    """The table does not allow this action in this state."""
    message = f"工单现在是“{STATE_LABELS[state]}”，不能“{ACTION_LABELS[action]}”"
    return Conflict(ILLEGAL, message, state=state.value, action=action.value)


def order_conflict(message: str = "工单刚刚有了变化，请刷新后再试") -> Conflict:
    """Somebody else was faster."""
    return Conflict(LOST_RACE, message)


def _target(order: Order, rule: Rule, chosen: State | None) -> State:
    try:
        return next_state(rule, order.state, before=order.state_before, chosen=chosen)
    except IllegalStep:
        raise illegal_transition(order.state, rule.action) from None


def swap(order: Order, changes: dict[str, Any], *, now: datetime) -> None:
    """The compare-and-swap: only the order as it was read may change."""
    changed = {**changes, "version": order.version + 1, "changed_at": now}
    known = {"id": order.id, "version": order.version, "state": order.state}
    change_or_refuse(ServiceOrder, changed, where=known, lost=order_conflict)


def _changed(order: Order, changes: dict[str, Any]) -> Order:
    """The order as the swap left it, without asking the database again."""
    known = {_ID_NAMES.get(name, name): value for name, value in changes.items()}
    return order.changed({**known, "version": order.version + 1})


_POINTERS = ("handler", "target", "team", "grid", "parent", "service_type", "organization")
_ID_NAMES = {name: f"{name}_id" for name in _POINTERS}


def _entry(scene: Scene, rule: Rule, target: State, plan: Plan) -> LogEntry:
    return LogEntry(
        at=scene.now,
        part=acting_part(rule, scene.standing),
        action=rule.action,
        to_state=target,
        from_state=scene.order.state,
        note=plan.note,
        public=plan.public,
        actor_id=scene.caller.account_id if scene.caller else None,
    )


def acting_part(rule: Rule, standing: Standing) -> Actor:
    """In which of his parts somebody takes a step: the first that the table names."""
    parts = rule.actors & standing.actors
    return next(actor for actor in _ACTORS if actor in parts)


def _tell(scene: Scene, rule: Rule, plan: Plan, after: Order) -> None:
    facts = order_facts(after, at=scene.now, timezone=scene.timezone)
    if plan.note and plan.public:
        facts["note"] = plan.note
    facts |= plan.facts
    outbox.enqueue(
        plan.topic or TOPICS[rule.action],
        facts,
        key=step_key(after.number, after.version),
        organization_id=after.organization_id,
        people=people_of(after) | plan.people,
        now=scene.now,
    )
    if after.merged_count and rule.action in FOLLOWED:
        _tell_followers(scene, after, facts)
    if plan.check is not None:
        enqueue_check(after, plan.check, occasion=f":v{after.version}", now=scene.now)


def _tell_followers(scene: Scene, after: Order, facts: dict[str, Any]) -> None:
    """Whose orders were merged into this one reads of it under the number that he knows."""
    merged = ServiceOrder.select(ServiceOrder.id, ServiceOrder.number, ServiceOrder.requester).where(
        ServiceOrder.parent == after.id
    )
    for child in merged:
        outbox.enqueue(
            "order.parent_moved",
            facts | {"number": child.number, "parent": after.number, "rate": None},
            key=f"{step_key(after.number, after.version)}:{child.id}",
            organization_id=after.organization_id,
            people={"requester": [child.requester.id]},
            now=scene.now,
        )


def enqueue_check(order: Order, text: str, *, occasion: str = "", now: datetime) -> None:
    """Ask for the platform's check of the requester's text; `moderation.record_verdict` gets the answer."""
    outbox.enqueue(
        "content.check",
        {
            "subject": "service_order",
            "id": order.number,
            "text": text,
            "account_id": order.requester_id,
            "scene": 1,
        },
        key=f"content-check:order:{order.number}{occasion}",
        organization_id=order.organization_id,
        people={},
        now=now,
    )
