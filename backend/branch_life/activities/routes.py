"""Activities, rolls, leaves and check-ins over HTTP."""

from typing import Any

from flask import Blueprint

from backend.branch_life.activities import check_ins, leaves, planning, reading, roll
from backend.branch_life.activities.models import LeaveState
from backend.branch_life.activities.schemas import (
    ActivityCode,
    ActivityQuery,
    ActivityShape,
    AskLeave,
    CancelActivity,
    CheckInRequest,
    CheckInShape,
    DecideLeave,
    LeaveShape,
    PlanActivity,
    RollCall,
    RollShape,
)
from backend.core.http import endpoint, now, settings
from backend.core.pages import Page
from backend.people.caller import current_caller

bp = Blueprint("activities", __name__, url_prefix="/api/v1")


@bp.post("/activities")
@endpoint(body=PlanActivity, returns=ActivityShape, status=201)
def plan_activity(body: PlanActivity) -> ActivityShape:
    """Plan an activity; everybody invited is told."""
    return planning.plan_activity(current_caller(), body, timezone=settings().timezone, now=now())


@bp.get("/activities")
@endpoint(query=ActivityQuery, returns=Page[ActivityShape])
def list_activities(query: ActivityQuery) -> Page[ActivityShape]:
    """Activities of the organisations that the caller belongs to or may see."""
    return reading.list_activities(current_caller(), query, now=now())


@bp.get("/activities/<activity_id>")
@endpoint(returns=ActivityShape)
def read_activity(activity_id: str) -> ActivityShape:
    """One activity."""
    return reading.read_activity(current_caller(), activity_id, now=now())


@bp.post("/activities/<activity_id>/cancel")
@endpoint(body=CancelActivity, returns=ActivityShape)
def cancel_activity(activity_id: str, body: CancelActivity) -> ActivityShape:
    """Call an activity off; everybody invited is told."""
    return planning.cancel_activity(
        current_caller(), activity_id, body, timezone=settings().timezone, now=now()
    )


@bp.get("/activities/<activity_id>/code")
@endpoint(returns=ActivityCode)
def show_activity_code(activity_id: str) -> ActivityCode:
    """The code of this half minute, for the organiser's screen."""
    return roll.show_code(current_caller(), activity_id, public_url=settings().public_url, now=now())


@bp.get("/activities/<activity_id>/roll")
@endpoint(returns=RollShape)
def read_roll(activity_id: str) -> RollShape:
    """Who is expected, present, on leave and missing; names for the organiser only."""
    return roll.read_roll(current_caller(), activity_id, now=now())


@bp.post("/activities/<activity_id>/roll")
@endpoint(body=RollCall, returns=CheckInShape, status=201)
def call_roll(activity_id: str, body: RollCall) -> CheckInShape:
    """The organiser ticks a member."""
    return roll.call_roll(current_caller(), activity_id, body, now=now())


@bp.post("/activities/<activity_id>/leaves")
@endpoint(body=AskLeave, returns=LeaveShape, status=201)
def ask_leave(activity_id: str, body: AskLeave) -> LeaveShape:
    """Ask to stay away, before the start."""
    return leaves.ask_leave(current_caller(), activity_id, body, timezone=settings().timezone, now=now())


@bp.get("/activities/<activity_id>/leaves")
@endpoint(returns=list[LeaveShape])
def list_leaves(activity_id: str) -> list[LeaveShape]:
    """Who asked leave; a member sees his own request."""
    return leaves.list_leaves(current_caller(), activity_id)


@bp.post("/activities/<activity_id>/leaves/<leave_id>/approve")
@endpoint(body=DecideLeave, returns=LeaveShape)
def approve_leave(activity_id: str, leave_id: str, body: DecideLeave) -> LeaveShape:
    """Let the member stay away."""
    return _decide(activity_id, leave_id, LeaveState.APPROVED, body)


@bp.post("/activities/<activity_id>/leaves/<leave_id>/deny")
@endpoint(body=DecideLeave, returns=LeaveShape)
def deny_leave(activity_id: str, leave_id: str, body: DecideLeave) -> LeaveShape:
    """Ask the member to come."""
    return _decide(activity_id, leave_id, LeaveState.DENIED, body)


def _decide(activity_id: str, leave_id: str, state: LeaveState, body: DecideLeave) -> LeaveShape:
    return leaves.decide_leave(
        current_caller(), (activity_id, leave_id), state, body, timezone=settings().timezone, now=now()
    )


@bp.post("/check-ins")
@endpoint(body=CheckInRequest, returns=CheckInShape, status=201, replayable=False)
def check_in(body: CheckInRequest) -> dict[str, Any]:
    """Check in with the code on the screen; the same nonce again gives 201 and the same body once more."""
    return check_ins.check_in(current_caller(), body, now=now())
