"""The order machine as one pure table (`domain.md` §4.2–4.3): state × action → state, and who may.

Everything else is read off this table: what a caller is offered, what is refused, the tests of every
forbidden pair and the diagram in the docs.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class State(StrEnum):
    """Where an order stands (§4.2)."""

    SUBMITTED = "submitted"
    NEEDS_INFO = "needs_info"
    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not_accepted"
    DISPATCHED = "dispatched"
    CLAIMED = "claimed"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CLOSED = "closed"
    REFERRED = "referred"
    MERGED = "merged"
    CANCELLED = "cancelled"


STATES = {one.value: one for one in State}  # a look-up: to call an enumeration is ten times as dear
STATE_LABELS = {
    State.SUBMITTED: "已提交 · 待受理",
    State.NEEDS_INFO: "待补充",
    State.ACCEPTED: "已受理 · 待派单",
    State.NOT_ACCEPTED: "不予受理",
    State.DISPATCHED: "已派单 · 待接单",
    State.CLAIMED: "已接单",
    State.IN_PROGRESS: "办理中",
    State.ON_HOLD: "挂起",
    State.COMPLETED: "已办结 · 待回访",
    State.CLOSED: "已结案",
    State.REFERRED: "已转办",
    State.MERGED: "已并单",
    State.CANCELLED: "已撤单",
}


class Action(StrEnum):
    """What can be done to an order; the names are those of the API."""

    SUBMIT = "submit"
    ASK_INFO = "ask-info"
    SUPPLY = "supply"
    ACCEPT = "accept"
    REFUSE = "refuse"
    DISPATCH = "dispatch"
    CLAIM = "claim"
    DECLINE = "decline"
    FIRST_CONTACT = "first-contact"
    PROGRESS = "progress"
    TRANSFER = "transfer"
    COMPLETE = "complete"
    REWORK = "rework"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    MERGE = "merge"
    ADD_COHANDLER = "add-cohandler"
    HOLD = "hold"
    RESUME = "resume"
    EXTEND = "extend"
    RETURN = "return"
    APPROVE = "approve"
    DENY = "deny"
    RULE = "rule"
    REFER = "refer"
    CLOSE_REFERRED = "close-referred"
    SEND_BACK = "send-back"
    URGE = "urge"
    SUPERVISE = "supervise"
    REPLY = "reply"
    FOLLOW_UP = "follow-up"
    REOPEN = "reopen"
    APPEAL = "appeal"
    AUTO_CLOSE = "auto-close"
    AUTO_DISPATCH = "auto-dispatch"
    CLAIM_EXPIRED = "claim-expired"
    EXPIRE_INFO = "expire-info"
    CALL_BACK = "call-back"
    WRITE_DOWN = "write-down"
    ROUTE = "route"
    RELEASE = "release"


class Actor(StrEnum):
    """In which part somebody acts (§4.3): R, D, S, H before and after the claim, C, F, U, A."""

    REQUESTER = "requester"
    DISPATCHER = "dispatcher"
    SECRETARY = "secretary"
    OFFERED = "offered"
    HANDLER = "handler"
    COHANDLER = "cohandler"
    FOLLOW_UP = "follow_up"
    UPPER = "upper"
    SYSTEM = "system"


ACTOR_LABELS = {
    Actor.REQUESTER: "诉求人",
    Actor.DISPATCHER: "支部派单员",
    Actor.SECRETARY: "支部书记",
    Actor.OFFERED: "支部党员",
    Actor.HANDLER: "承办人",
    Actor.COHANDLER: "协办人",
    Actor.FOLLOW_UP: "回访人",
    Actor.UPPER: "上级党组织",
    Actor.SYSTEM: "系统",
}


class Target(StrEnum):
    """Where a step leads when that is not one fixed state: nowhere, back to where the order came from, or to
    one of the rule's choices, by what was reported or decided."""

    STAY = "stay"
    BEFORE = "before"
    CHOSEN = "chosen"


@dataclass(frozen=True)
class Rule:
    """One row of §4.3: from which states an action leads where, and who may take it."""

    action: Action
    sources: tuple[State, ...]
    target: State | Target
    actors: frozenset[Actor]
    label: str
    choices: tuple[State, ...] = ()


_R = frozenset({Actor.REQUESTER})
_D = frozenset({Actor.DISPATCHER})
_DS = frozenset({Actor.DISPATCHER, Actor.SECRETARY})
_DSU = frozenset({Actor.DISPATCHER, Actor.SECRETARY, Actor.UPPER})
_DSF = frozenset({Actor.DISPATCHER, Actor.SECRETARY, Actor.FOLLOW_UP})
_O = frozenset({Actor.OFFERED})
_H = frozenset({Actor.HANDLER})
_HC = frozenset({Actor.HANDLER, Actor.COHANDLER})
_S = frozenset({Actor.SECRETARY})
_SU = frozenset({Actor.SECRETARY, Actor.UPPER})
_RU = frozenset({Actor.REQUESTER, Actor.UPPER})
_F = frozenset({Actor.FOLLOW_UP})
_A = frozenset({Actor.SYSTEM})
_RDA = frozenset({Actor.REQUESTER, Actor.DISPATCHER, Actor.SYSTEM})
_SUA = frozenset({Actor.SECRETARY, Actor.UPPER, Actor.SYSTEM})
_SHA = frozenset({Actor.SECRETARY, Actor.HANDLER, Actor.SYSTEM})
_DSH = frozenset({Actor.DISPATCHER, Actor.SECRETARY, Actor.HANDLER})

_UNTIL_COMPLETED = (
    State.SUBMITTED,
    State.NEEDS_INFO,
    State.ACCEPTED,
    State.DISPATCHED,
    State.CLAIMED,
    State.IN_PROGRESS,
    State.ON_HOLD,
)
_OPEN = (*_UNTIL_COMPLETED, State.COMPLETED)
# who asks for somebody else may confirm and close before that person has been called
_UNTIL_CALLED = (*_OPEN, State.REFERRED, State.CLOSED)
_BEFORE_WORK = (State.SUBMITTED, State.ACCEPTED, State.DISPATCHED)
_TAKEN = (State.CLAIMED, State.IN_PROGRESS)
_HELD = (*_TAKEN, State.ON_HOLD)
_IN_WORK = (State.ACCEPTED, State.DISPATCHED, State.CLAIMED, State.IN_PROGRESS)

RULES = (
    Rule(Action.ASK_INFO, (State.SUBMITTED, State.ACCEPTED), State.NEEDS_INFO, _D, "要求补充"),
    Rule(Action.SUPPLY, (State.NEEDS_INFO,), Target.BEFORE, _R, "补充"),
    Rule(Action.ACCEPT, (State.SUBMITTED,), State.ACCEPTED, _DSU, "受理"),
    Rule(Action.REFUSE, (State.SUBMITTED,), State.NOT_ACCEPTED, _DSU, "不予受理"),
    Rule(Action.ROUTE, (State.SUBMITTED,), Target.STAY, _DS, "归到网格或转给所在支部"),
    Rule(Action.WRITE_DOWN, _UNTIL_COMPLETED, Target.STAY, _DSH, "把语音记成文字"),
    Rule(Action.CALL_BACK, _UNTIL_CALLED, Target.STAY, _DSH, "电话核实本人"),
    Rule(Action.DISPATCH, (State.ACCEPTED,), State.DISPATCHED, _DS, "派单"),
    Rule(Action.AUTO_DISPATCH, (State.ACCEPTED,), State.DISPATCHED, _A, "值班自动派单"),
    Rule(Action.CLAIM, (State.DISPATCHED,), State.CLAIMED, _O, "接单"),
    Rule(Action.DECLINE, (State.DISPATCHED,), State.ACCEPTED, _O, "拒单"),
    Rule(Action.FIRST_CONTACT, (State.CLAIMED,), State.IN_PROGRESS, _H, "首次联系"),
    Rule(Action.PROGRESS, (State.IN_PROGRESS,), Target.STAY, _HC, "进展"),
    Rule(Action.TRANSFER, _TAKEN, State.DISPATCHED, _DS, "转派"),
    Rule(Action.COMPLETE, (State.IN_PROGRESS,), State.COMPLETED, _H, "办结"),
    Rule(Action.REWORK, (State.COMPLETED,), State.IN_PROGRESS, _DSF, "退回重办"),
    Rule(Action.CONFIRM, (State.COMPLETED,), State.CLOSED, _R, "确认评价"),
    Rule(Action.CANCEL, _UNTIL_COMPLETED, State.CANCELLED, _R, "撤单"),
    Rule(Action.MERGE, _BEFORE_WORK, State.MERGED, _D, "并单"),
    Rule(Action.ADD_COHANDLER, (State.IN_PROGRESS,), Target.STAY, _DS, "加派协办"),
    Rule(Action.HOLD, (State.IN_PROGRESS,), Target.STAY, _H, "申请挂起"),
    Rule(Action.RESUME, (State.ON_HOLD,), State.IN_PROGRESS, _SHA, "恢复办理"),
    Rule(Action.EXTEND, (State.IN_PROGRESS,), Target.STAY, _H, "申请延期"),
    Rule(Action.RETURN, _TAKEN, Target.STAY, _H, "申请退单"),
    # what was asked for in a state decides where a yes leads: a hold and an extension belong to work in progress
    Rule(Action.APPROVE, (State.CLAIMED,), Target.CHOSEN, _DSU, "同意", (State.ACCEPTED,)),
    Rule(
        Action.APPROVE,
        (State.IN_PROGRESS,),
        Target.CHOSEN,
        _DSU,
        "同意",
        (State.IN_PROGRESS, State.ON_HOLD, State.ACCEPTED),
    ),
    Rule(Action.DENY, _TAKEN, Target.STAY, _DSU, "不同意"),
    Rule(Action.RULE, _IN_WORK, State.CLAIMED, _SU, "审定承办人"),
    Rule(Action.REFER, _IN_WORK, State.REFERRED, _S, "转办"),
    Rule(Action.CLOSE_REFERRED, (State.REFERRED,), State.CLOSED, _DS, "转办结案"),
    Rule(Action.SEND_BACK, (State.REFERRED,), State.ACCEPTED, _DS, "被退回"),
    Rule(Action.URGE, _OPEN, Target.STAY, _RDA, "催办"),
    Rule(Action.SUPERVISE, _OPEN, Target.STAY, _SUA, "督办"),
    Rule(Action.REPLY, _OPEN, Target.STAY, _DSH, "督办反馈"),
    Rule(
        Action.FOLLOW_UP,
        (State.COMPLETED,),
        Target.CHOSEN,
        _F,
        "回访",
        (State.CLOSED, State.ACCEPTED, State.COMPLETED),
    ),
    Rule(Action.REOPEN, (State.CLOSED, State.COMPLETED), State.ACCEPTED, _RU, "申请重办"),
    Rule(Action.APPEAL, (State.NOT_ACCEPTED,), State.SUBMITTED, _R, "申诉"),
    Rule(Action.AUTO_CLOSE, (State.COMPLETED,), State.CLOSED, _A, "超期自动结案"),
    Rule(Action.CLAIM_EXPIRED, (State.DISPATCHED,), State.ACCEPTED, _A, "超时未接"),
    Rule(Action.EXPIRE_INFO, (State.NEEDS_INFO,), State.CANCELLED, _A, "超期未补充"),
    Rule(Action.RELEASE, _HELD, State.ACCEPTED, _A, "承办人离任退回"),
)

FIRST_STATE = State.SUBMITTED
ACTION_LABELS = {Action.SUBMIT: "点单"} | {rule.action: rule.label for rule in RULES}
TRANSITIONS = {(state, rule.action): rule for rule in RULES for state in rule.sources}
ENDS = frozenset(State) - {state for state, _ in TRANSITIONS}
OPEN = frozenset(_OPEN)
# from the claim until the closing the handler sees whom to call: before, it is only offered to him
SEES_PHONE = frozenset(_HELD)


class IllegalStep(Exception):
    """The table has no row for this state and action."""


def rule_for(state: State, action: Action) -> Rule:
    """The row for an action in a state; raises IllegalStep where the table has none."""
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise IllegalStep(state, action) from None


def next_state(rule: Rule, state: State, *, before: State | None, chosen: State | None = None) -> State:
    """Where the step leads; `before` is the state that an order waiting for facts came from, `chosen` what was
    reported or decided. Raises IllegalStep when the rule does not lead there."""
    if rule.target is Target.STAY:
        return state
    if rule.target is Target.BEFORE:
        if before is None:
            raise IllegalStep(state, rule.action)
        return before
    if rule.target is Target.CHOSEN:
        if chosen not in rule.choices:
            raise IllegalStep(state, rule.action)
        return chosen
    return State(rule.target)


@cache
def open_actions(state: State, actors: frozenset[Actor]) -> tuple[Action, ...]:
    """What somebody in these parts may do now, in the order of the table."""
    return tuple(rule.action for rule in RULES if state in rule.sources and rule.actors & actors)
