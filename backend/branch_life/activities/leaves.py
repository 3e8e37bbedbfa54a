"""Asking leave before an activity, and the organiser's decision."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import peewee as pw

from backend.branch_life.activities.invitations import awaited
from backend.branch_life.activities.keepers import keepers
from backend.branch_life.activities.models import Activity, LeaveRequest, RequestState
from backend.branch_life.activities.planning import activity_facts
from backend.branch_life.activities.reading import find_activity, find_activity_to_run
from backend.branch_life.activities.refusals import refusal
from backend.branch_life.activities.schemas import AskLeave, Decision, LeaveShape
from backend.core.clock import local_day
from backend.core.crypto import mask_name, new_public_id, opened
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, Forbidden, NotFound
from backend.messaging import outbox
from backend.people.models import Member, Organization
from backend.people.permissions import Caller, Right


def ask_leave(caller: Caller, public_id: str, body: AskLeave, *, timezone: ZoneInfo, now: datetime) -> LeaveShape:
    """Ask to stay away, before the start; 409 afterwards or when it has been asked already."""
    activity = find_activity(caller, public_id)
    if not awaited(activity, caller.member_id):
        raise refusal("not_invited")
    if activity.cancelled_at is not None:
        raise Conflict("cancelled", "活动已取消，不必请假")
    if now >= activity.starts_at:
        raise Conflict("already_started", "活动已经开始，不能再请假")
    member = Member.get_by_id(caller.member_id)

    def work() -> LeaveRequest:
        leave = LeaveRequest.create(
            public_id=new_public_id(), activity=activity, member=member, reason=body.reason, asked_at=now
        )
        _tell(
            "leave.asked",
            leave,
            {"organizer": keepers(activity.organization_id, caller, today=local_day(now, timezone))},
            timezone=timezone,
            now=now,
        )
        return leave

    try:
        return _shape(in_unit_of_work(work))
    except pw.IntegrityError:
        raise Conflict("leave_already_asked", "您已经为本次活动请过假") from None


def decide_leave(
    caller: Caller,
    place: tuple[str, str],
    state: RequestState,
    body: Decision,
    *,
    timezone: ZoneInfo,
    now: datetime,
) -> LeaveShape:
    """Approve or deny, once, nobody his own; `place` is the id of the activity and that of the request."""
    leave = _find(caller, *place)
    if leave.member_id == caller.member_id:
        raise Forbidden("own_leave", "不能审批自己的请假")

    def work() -> None:
        waiting = LeaveRequest.update(
            state=state, decided_by=caller.account_id, decided_at=now, decision_note=body.note
        ).where(LeaveRequest.id == leave.id, LeaveRequest.state == RequestState.ASKED)
        update_exactly_one(waiting, lost=lambda: Conflict("leave_already_decided", "这份请假已经有了结果"))
        leave.decision_note = body.note
        _tell(f"leave.{state}", leave, {"member": [leave.member.account_id]}, timezone=timezone, now=now)

    in_unit_of_work(work)
    return _shape(_find(caller, *place))


def list_leaves(caller: Caller, public_id: str) -> list[LeaveShape]:
    """Who asked leave and why, for those who keep the roll; a member sees his own request."""
    activity = find_activity(caller, public_id)
    rows = LeaveRequest.select(LeaveRequest, Member, Activity).join_from(LeaveRequest, Member)
    rows = rows.join_from(LeaveRequest, Activity).where(LeaveRequest.activity == activity.id)
    if not caller.may(Right.KEEP_ROLL, activity.organization.path):
        rows = rows.where(LeaveRequest.member == (caller.member_id or 0))
    return [_shape(row) for row in rows.order_by(LeaveRequest.id)]


def _find(caller: Caller, activity_id: str, leave_id: str) -> LeaveRequest:
    """The request with its member and activity, for those who keep the roll."""
    activity = find_activity_to_run(caller, activity_id, Right.KEEP_ROLL)
    leave: LeaveRequest | None = (
        LeaveRequest.select(LeaveRequest, Member, Activity)
        .join_from(LeaveRequest, Member)
        .join_from(LeaveRequest, Activity)
        .where(LeaveRequest.public_id == leave_id, LeaveRequest.activity == activity.id)
        .first()
    )
    if leave is None:
        raise NotFound()
    return leave


def _tell(
    topic: str, leave: LeaveRequest, people: Mapping[str, Sequence[int | None]], *, timezone: ZoneInfo, now: datetime
) -> None:
    """The reason stays with the organiser: what is sent says only who and what for."""
    organization = Organization.get_by_id(leave.activity.organization_id)
    outbox.enqueue(
        topic,
        {
            **activity_facts(leave.activity, organization, timezone),
            "leave": leave.public_id,
            "member": mask_name(leave.member.name),
            "note": leave.decision_note,
        },
        key=f"{topic}:{leave.public_id}",
        organization_id=organization.id,
        people=people,
        now=now,
    )


def _shape(leave: LeaveRequest) -> LeaveShape:
    return LeaveShape(
        id=leave.public_id,
        activity=leave.activity.public_id,
        member=leave.member.public_id,
        name=leave.member.name,
        reason=opened(leave.reason) or "",
        state=RequestState(leave.state),
        asked_at=leave.asked_at,
        decided_at=leave.decided_at,
        decision_note=leave.decision_note,
    )
