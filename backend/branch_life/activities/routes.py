"""Activities, rolls, leaves and check-ins over HTTP."""

from flask import Blueprint

from backend.branch_life.activities import aftermath, check_ins, leaves, make_ups, planning, reading, roll, sign_ups
from backend.branch_life.activities.models import RequestState
from backend.branch_life.activities.schemas import (
    ActivityCode,
    ActivityQuery,
    ActivityShape,
    AskLeave,
    AskMakeUp,
    CancelActivity,
    CheckInDetail,
    CheckInRequest,
    CheckInShape,
    CheckOut,
    CodeQuery,
    Decision,
    LeaveShape,
    MakeUpShape,
    PlanActivity,
    RollCall,
    RollShape,
    SignUpList,
    SignUpShape,
    VoidCheckIn,
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
    return planning.cancel_activity(current_caller(), activity_id, body, timezone=settings().timezone, now=now())


@bp.get("/activities/<activity_id>/code")
@endpoint(query=CodeQuery, returns=ActivityCode)
def show_activity_code(activity_id: str, query: CodeQuery) -> ActivityCode:
    """The code of this half minute, for the screen of a room."""
    public_url = settings().public_url
    return roll.show_code(current_caller(), activity_id, query.room, public_url=public_url, now=now())


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
@endpoint(body=Decision, returns=LeaveShape)
def approve_leave(activity_id: str, leave_id: str, body: Decision) -> LeaveShape:
    """Let the member stay away."""
    return _decide(activity_id, leave_id, RequestState.APPROVED, body)


@bp.post("/activities/<activity_id>/leaves/<leave_id>/deny")
@endpoint(body=Decision, returns=LeaveShape)
def deny_leave(activity_id: str, leave_id: str, body: Decision) -> LeaveShape:
    """Ask the member to come."""
    return _decide(activity_id, leave_id, RequestState.DENIED, body)


def _decide(activity_id: str, leave_id: str, state: RequestState, body: Decision) -> LeaveShape:
    return leaves.decide_leave(
        current_caller(), (activity_id, leave_id), state, body, timezone=settings().timezone, now=now()
    )


@bp.post("/check-ins")
@endpoint(body=CheckInRequest, returns=CheckInShape, status=201, replayable=False)
def check_in(body: CheckInRequest) -> CheckInShape:
    """Check in with the code on the screen; the same nonce again gives 201 and the same body once more."""
    return check_ins.check_in(current_caller(), body, now=now())


@bp.post("/check-ins/<check_in_id>/check-out")
@endpoint(body=CheckOut, returns=CheckInDetail)
def check_out(check_in_id: str, body: CheckOut) -> CheckInDetail:
    """Leave; who leaves early gets hours by the minutes."""
    return aftermath.check_out(current_caller(), check_in_id, body, now=now())


@bp.post("/check-ins/<check_in_id>/confirm")
@endpoint(returns=CheckInDetail)
def confirm_check_in(check_in_id: str) -> CheckInDetail:
    """The branch's word for a check-in from outside the venue or uploaded afterwards."""
    return aftermath.confirm_check_in(current_caller(), check_in_id, now=now())


@bp.post("/check-ins/<check_in_id>/void")
@endpoint(body=VoidCheckIn, returns=CheckInDetail)
def void_check_in(check_in_id: str, body: VoidCheckIn) -> CheckInDetail:
    """Strike a check-in out; the trace stays, the member is told."""
    timezone = settings().timezone
    return aftermath.void_check_in(current_caller(), check_in_id, body, timezone=timezone, now=now())


@bp.post("/activities/<activity_id>/make-ups")
@endpoint(body=AskMakeUp, returns=MakeUpShape, status=201)
def ask_make_up(activity_id: str, body: AskMakeUp) -> MakeUpShape:
    """Ask for an entry afterwards, for oneself or for a member of one's roll."""
    return make_ups.ask_make_up(current_caller(), activity_id, body, timezone=settings().timezone, now=now())


@bp.get("/activities/<activity_id>/make-ups")
@endpoint(returns=list[MakeUpShape])
def list_make_ups(activity_id: str) -> list[MakeUpShape]:
    """What was asked for afterwards; a member sees his own request."""
    return make_ups.list_make_ups(current_caller(), activity_id)


@bp.post("/activities/<activity_id>/make-ups/<request_id>/approve")
@endpoint(body=Decision, returns=MakeUpShape)
def approve_make_up(activity_id: str, request_id: str, body: Decision) -> MakeUpShape:
    """The second person's word: the entry is written, marked for ever."""
    return _decide_make_up(activity_id, request_id, RequestState.APPROVED, body)


@bp.post("/activities/<activity_id>/make-ups/<request_id>/deny")
@endpoint(body=Decision, returns=MakeUpShape)
def deny_make_up(activity_id: str, request_id: str, body: Decision) -> MakeUpShape:
    """No entry."""
    return _decide_make_up(activity_id, request_id, RequestState.DENIED, body)


def _decide_make_up(activity_id: str, request_id: str, state: RequestState, body: Decision) -> MakeUpShape:
    place = (activity_id, request_id)
    return make_ups.decide_make_up(current_caller(), place, state, body, timezone=settings().timezone, now=now())


@bp.post("/activities/<activity_id>/sign-ups")
@endpoint(returns=SignUpShape, status=201)
def sign_up(activity_id: str) -> SignUpShape:
    """Take a place where they are few, or join the queue."""
    return sign_ups.sign_up(current_caller(), activity_id, now=now())


@bp.get("/activities/<activity_id>/sign-ups")
@endpoint(returns=SignUpList)
def list_sign_ups(activity_id: str) -> SignUpList:
    """Places and queue; names for the organiser only."""
    return sign_ups.list_sign_ups(current_caller(), activity_id)


@bp.post("/activities/<activity_id>/sign-ups/withdraw")
@endpoint(returns=SignUpShape)
def withdraw_sign_up(activity_id: str) -> SignUpShape:
    """Give one's place up to whoever waits."""
    return sign_ups.withdraw(current_caller(), activity_id, timezone=settings().timezone, now=now())
