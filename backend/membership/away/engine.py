"""One step of a stay: look it up in the table, swap state and version in one statement, write what is owed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backend.core.database import append_row, update_exactly_one
from backend.core.errors import Conflict, Forbidden
from backend.membership.away.models import MemberFlow, MemberFlowStep
from backend.membership.away.standing import Scene
from backend.membership.away.telling import tell_step
from backend.membership.away.workflow import ENDS, STATE_LABELS, FlowState, FlowStep, Part, Row, row_for


@dataclass
class Plan:
    """What a step does beside moving the state: columns, a note for the log, what else is written with it.

    `also` may give further columns: those that are known only once something else is written.
    """

    changes: dict[str, Any] = field(default_factory=dict)
    note: str | None = None
    also: Callable[[], dict[str, Any]] | None = None


@dataclass(frozen=True)
class Hand:
    """By whose hand, in which part; no account: the system's."""

    part: Part
    actor_id: int | None = None


BY_SYSTEM = Hand(Part.SYSTEM)


def illegal(state: FlowState) -> Conflict:
    """The table has no such row."""
    return Conflict("illegal_transition", f"这条记录现在是“{STATE_LABELS[state]}”，不能进行这一步，请刷新后再看")


def allowed(scene: Scene, step: FlowStep) -> tuple[Row, Hand]:
    """The row for this step and the hand in which the caller takes it; Conflict or Forbidden."""
    row = row_for(scene.state, step)
    if row is None:
        raise illegal(scene.state)
    for part in (Part.MEMBER, Part.HOME, Part.HOST):
        if part in scene.parts & row.parts:
            return row, Hand(part, scene.caller.account_id)
    raise Forbidden()


def advance(flow: Any, row: Row, hand: Hand, plan: Plan, *, now: datetime) -> None:
    """Take a step in the caller's unit of work; 409 `floating_conflict` for whoever was slower."""
    target = row.target or FlowState(flow.state)
    changes = dict(plan.changes)
    if plan.also is not None:
        changes |= plan.also()
    if target in ENDS:
        idle = dict.fromkeys(("in_force", "contact_due_on", "remind_on", "next_watch_on", "advise_on"))
        changes |= {**idle, "ended_at": now}
    standing = MemberFlow.update(state=target, version=flow.version + 1, **changes).where(
        MemberFlow.id == flow.id, MemberFlow.version == flow.version
    )
    update_exactly_one(standing, lost=lambda: Conflict("floating_conflict", "这条记录刚被别人更新，请刷新后再试"))
    log_step(flow.id, row.step, target, hand, plan.note, now=now)
    tell_step(MemberFlow.get_by_id(flow.id), row.step, now=now)


def log_step(flow_id: int, step: FlowStep, state: FlowState, hand: Hand, note: str | None, *, now: datetime) -> None:
    """Append to the log of a stay."""
    append_row(
        MemberFlowStep, flow=flow_id, step=step, part=hand.part, state=state, at=now, actor=hand.actor_id, note=note
    )
