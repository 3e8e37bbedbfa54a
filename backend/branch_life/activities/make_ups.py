"""Make-up entries (补签): one person asks, another one decides, and the entry stays marked for ever."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.branch_life.activities.entries import Presence, held_of, write_entry
from backend.branch_life.activities.invitations import belongs
from backend.branch_life.activities.keepers import keepers
from backend.branch_life.activities.models import (
    Activity,
    CheckIn,
    CheckInMethod,
    CheckInStatus,
    MakeUpRequest,
    RequestState,
)
from backend.branch_life.activities.planning import activity_facts
from backend.branch_life.activities.reading import find_activity, find_activity_to_run
from backend.branch_life.activities.refusals import refusal
from backend.branch_life.activities.rules import MAKE_UP_CLOSES, check_in_window
from backend.branch_life.activities.schemas import AskMakeUp, Decision, MakeUpShape
from backend.core.clock import local_day
from backend.core.crypto import mask_name, new_public_id, opened
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, Forbidden, NotFound
from backend.messaging import outbox
from backend.people.models import Member
from backend.people.permissions import Caller, Right


def ask_make_up(caller: Caller, public_id: str, body: AskMakeUp, *, timezone: ZoneInfo, now: datetime) -> MakeUpShape:
    """Ask for an entry, for oneself or, keeping the roll, for another; from the close of check-in for 30 days."""
    activity = find_activity(caller, public_id)
    member = _member_to_make_up(caller, activity, body.member)
    _refuse_make_up(activity, member, now)

    def work() -> MakeUpRequest:
        request = MakeUpRequest.create(
            public_id=new_public_id(),
            activity=activity,
            member=member,
            waiting=1,
            reason=body.reason,
            asked_by=caller.account_id,
            asked_at=now,
        )
        deciding = keepers(activity.organization_id, caller, today=local_day(now, timezone))
        _tell("make_up.asked", request, {"organizer": deciding}, timezone=timezone, now=now)
        return request

    try:
        return _shape(in_unit_of_work(work))
    except pw.IntegrityError:
        raise Conflict("make_up_already_asked", "这次补签已经在等待审批") from None


def _member_to_make_up(caller: Caller, activity: Activity, wanted: str | None) -> Member:
    member: Member | None = (
        Member.get_or_none(Member.id == (caller.member_id or 0))
        if wanted is None
        else Member.get_or_none(Member.public_id == wanted)
    )
    own = member is not None and member.id == caller.member_id
    if not own and not caller.may(Right.KEEP_ROLL, activity.organization.path):
        raise Forbidden()
    if member is None:
        raise NotFound("member_not_found", "没有这位党员")
    return member


def _refuse_make_up(activity: Activity, member: Member, now: datetime) -> None:
    if not (activity.welcomes_visitors or belongs(activity, member.id)):
        raise refusal("not_invited")
    if activity.cancelled_at is not None:
        raise refusal("cancelled")
    if now <= check_in_window(activity.starts_at, activity.ends_at)[1]:
        raise Conflict("too_early", "签到尚未结束，请直接签到或请组织者点名")
    if now > activity.ends_at + MAKE_UP_CLOSES.value:
        raise Conflict("closed", f"活动结束已超过 {MAKE_UP_CLOSES.value.days} 天，不能再补签")
    there = (CheckIn.activity == activity.id) & (CheckIn.member == member.id) & (CheckIn.in_force == 1)
    if CheckIn.select().where(there).exists():
        raise refusal("already_checked_in")


def decide_make_up(
    caller: Caller,
    place: tuple[str, str],
    state: RequestState,
    body: Decision,
    *,
    timezone: ZoneInfo,
    now: datetime,
) -> MakeUpShape:
    """Approve or deny; `place` is the id of the activity and that of the request.

    403 for whoever asked and for the member himself: it takes two persons.
    """
    request = _find(caller, *place)
    if caller.account_id == request.asked_by_id or caller.member_id == request.member_id:
        raise Forbidden("own_make_up", "补签须由申请人和本人以外的另一位负责人审批")

    def work() -> None:
        _settle(request, caller, state, body.note, now)
        if state is RequestState.APPROVED:
            write_entry(held_of(request.activity), _presence(request, caller), now=now)
        told = {"member": [request.member.account_id], "asker": [request.asked_by_id]}
        _tell(f"make_up.{state}", request, told, timezone=timezone, now=now)

    try:
        in_unit_of_work(work)
    except pw.IntegrityError:
        cancelled = find_activity(caller, place[0]).cancelled_at is not None
        raise refusal("cancelled" if cancelled else "already_checked_in") from None
    return _shape(_find(caller, *place))


def _settle(request: Any, caller: Caller, state: RequestState, note: str | None, now: datetime) -> None:
    waiting = MakeUpRequest.update(
        waiting=None, state=state, decided_by=caller.account_id, decided_at=now, decision_note=note
    ).where(MakeUpRequest.id == request.id, MakeUpRequest.waiting == 1)
    update_exactly_one(waiting, lost=lambda: Conflict("make_up_already_decided", "这次补签已经有了结果"))
    request.decision_note = note


def _presence(request: Any, caller: Caller) -> Presence:
    return Presence(
        member_id=request.member_id,
        status=CheckInStatus.MADE_UP,
        method=CheckInMethod.MAKE_UP,
        visitor=not belongs(request.activity, request.member_id),
        occurred_at=request.activity.starts_at,
        nonce=request.public_id,
        recorded_by=caller.account_id,
    )


def list_make_ups(caller: Caller, public_id: str) -> list[MakeUpShape]:
    """Requests of an activity for those who keep the roll; a member sees his own."""
    activity = find_activity(caller, public_id)
    rows = _requests(activity)
    if not caller.may(Right.KEEP_ROLL, activity.organization.path):
        rows = rows.where(MakeUpRequest.member == (caller.member_id or 0))
    return [_shape(row) for row in rows.order_by(MakeUpRequest.id)]


def _find(caller: Caller, activity_id: str, request_id: str) -> Any:
    activity = find_activity_to_run(caller, activity_id, Right.KEEP_ROLL)
    request = _requests(activity).where(MakeUpRequest.public_id == request_id).first()
    if request is None:
        raise NotFound()
    request.activity = activity
    return request


def _requests(activity: Activity) -> Any:
    return (
        MakeUpRequest.select(MakeUpRequest, Member, Activity)
        .join_from(MakeUpRequest, Member)
        .join_from(MakeUpRequest, Activity)
        .where(MakeUpRequest.activity == activity.id)
    )


def _tell(
    topic: str, request: Any, people: Mapping[str, Sequence[int | None]], *, timezone: ZoneInfo, now: datetime
) -> None:
    activity = request.activity
    outbox.enqueue(
        topic,
        {
            **activity_facts(activity, activity.organization, timezone),
            "make_up": request.public_id,
            "member": mask_name(request.member.name),
            "note": request.decision_note,
        },
        key=f"{topic}:{request.public_id}",
        organization_id=activity.organization_id,
        people=people,
        now=now,
    )


def _shape(request: Any) -> MakeUpShape:
    return MakeUpShape(
        id=request.public_id,
        activity=request.activity.public_id,
        member=request.member.public_id,
        name=request.member.name,
        reason=opened(request.reason) or "",
        state=RequestState(request.state),
        asked_at=request.asked_at,
        decided_at=request.decided_at,
        decision_note=request.decision_note,
    )
