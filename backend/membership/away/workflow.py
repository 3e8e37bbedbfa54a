"""The hand-over of a member away from home as one pure table (`domain.md` §4.7): state × step → state, and who may.

Everything else is read off this table: what a caller is offered, what is refused, the tests of every forbidden pair.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class FlowState(StrEnum):
    """Where a stay away from home stands."""

    PLANNED = "planned"
    ARRIVED = "arrived"
    OUT = "out"
    REPORTED_IN = "reported_in"
    HOSTED = "hosted"
    HOST_REFUSED = "host_refused"
    RETURNING = "returning"
    APPRAISED = "appraised"
    ENDED = "ended"
    TRANSFERRED = "transferred"
    WITHDRAWN = "withdrawn"


STATE_LABELS = {
    FlowState.PLANNED: "拟外出，待支部登记",
    FlowState.ARRIVED: "已在外报到，待原支部确认",
    FlowState.OUT: "已流出，待报到",
    FlowState.REPORTED_IN: "已报到，待流入地确认",
    FlowState.HOSTED: "已纳入流入地党组织",
    FlowState.HOST_REFUSED: "流入地未接收",
    FlowState.RETURNING: "拟返回，待原支部评价",
    FlowState.APPRAISED: "已评价，待办结",
    FlowState.ENDED: "已办结",
    FlowState.TRANSFERRED: "组织关系已转接",
    FlowState.WITHDRAWN: "已撤销",
}


class FlowStep(StrEnum):
    """What can be done; the names are those of the API."""

    PLAN = "plan"
    REGISTER = "register"
    NAME_CONTACT = "name-contact"
    REPORT_IN = "report-in"
    HOST = "host"
    REFUSE = "refuse"
    ADVISE_TRANSFER = "advise-transfer"
    TRANSFER = "transfer"
    TRANSFERRED = "transferred"
    PLAN_RETURN = "plan-return"
    APPRAISE = "appraise"
    END = "end"
    WITHDRAW = "withdraw"


class Part(StrEnum):
    """In which part somebody acts; the system acts when time is due or a transfer is accepted."""

    MEMBER = "member"
    HOME = "home"
    HOST = "host"
    CONTACT = "contact"
    SYSTEM = "system"


PART_LABELS = {
    Part.MEMBER: "本人",
    Part.HOME: "流出地党组织",
    Part.HOST: "流入地党组织",
    Part.CONTACT: "联系人",
    Part.SYSTEM: "系统",
}


@dataclass(frozen=True)
class Row:
    """From which states a step leads where (None: it stays), and who may take it."""

    step: FlowStep
    sources: tuple[FlowState | None, ...]
    target: FlowState | None
    parts: frozenset[Part]
    label: str


_MEMBER_OR_HOME = frozenset({Part.MEMBER, Part.HOME})
_HOME = frozenset({Part.HOME})
_HOST = frozenset({Part.HOST})
_ABROAD = (FlowState.OUT, FlowState.REPORTED_IN, FlowState.HOSTED, FlowState.HOST_REFUSED)
_OPEN = (FlowState.PLANNED, FlowState.ARRIVED, *_ABROAD, FlowState.RETURNING, FlowState.APPRAISED)

ROWS = (
    Row(FlowStep.PLAN, (None,), FlowState.PLANNED, _MEMBER_OR_HOME, "登记外出计划"),
    Row(FlowStep.REGISTER, (FlowState.PLANNED,), FlowState.OUT, _HOME, "登记流出"),
    Row(FlowStep.REGISTER, (FlowState.ARRIVED,), FlowState.REPORTED_IN, _HOME, "确认流出"),
    # he came without a plan, or before his branch had registered it
    Row(FlowStep.REPORT_IN, (None, FlowState.PLANNED), FlowState.ARRIVED, _MEMBER_OR_HOME, "报到"),
    # again: to another branch after a refusal, on moving on, or when he stays after all
    Row(FlowStep.REPORT_IN, (*_ABROAD, FlowState.RETURNING), FlowState.REPORTED_IN, _MEMBER_OR_HOME, "报到"),
    Row(FlowStep.NAME_CONTACT, (*_ABROAD, FlowState.RETURNING), None, _HOME, "更换联系人"),
    Row(FlowStep.HOST, (FlowState.REPORTED_IN,), FlowState.HOSTED, _HOST, "确认接收"),
    Row(FlowStep.REFUSE, (FlowState.REPORTED_IN,), FlowState.HOST_REFUSED, _HOST, "不予接收"),
    Row(FlowStep.ADVISE_TRANSFER, _ABROAD, None, _HOME | {Part.SYSTEM}, "建议转接组织关系"),
    Row(FlowStep.TRANSFER, _ABROAD, None, _HOME, "发起组织关系转接"),
    Row(FlowStep.TRANSFERRED, _OPEN, FlowState.TRANSFERRED, frozenset({Part.SYSTEM}), "组织关系已转接"),
    Row(FlowStep.PLAN_RETURN, _ABROAD, FlowState.RETURNING, _MEMBER_OR_HOME, "登记返回"),
    Row(FlowStep.APPRAISE, (FlowState.RETURNING,), FlowState.APPRAISED, _HOME, "返回评价"),
    Row(FlowStep.END, (FlowState.APPRAISED,), FlowState.ENDED, _HOME, "办结"),
    Row(FlowStep.WITHDRAW, (FlowState.PLANNED, FlowState.ARRIVED), FlowState.WITHDRAWN, _MEMBER_OR_HOME, "撤销"),
    Row(FlowStep.WITHDRAW, (FlowState.OUT,), FlowState.WITHDRAWN, _HOME, "撤销登记"),
)

TRANSITIONS = {(state, row.step): row for row in ROWS for state in row.sources}
ENDS = frozenset({FlowState.ENDED, FlowState.TRANSFERRED, FlowState.WITHDRAWN})
AWAY = frozenset({*_ABROAD, FlowState.RETURNING})


def row_for(state: FlowState | None, step: FlowStep) -> Row | None:
    """The row for a step in a state; None when it may not happen."""
    return TRANSITIONS.get((state, step))


@cache
def open_steps(state: FlowState, parts: frozenset[Part]) -> tuple[Row, ...]:
    """What somebody in these parts may do now, in the order of the table."""
    return tuple(row for row in ROWS if state in row.sources and row.parts & parts)
