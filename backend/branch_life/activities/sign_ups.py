"""Signing up where places are few: first come, first served, and whoever waits moves up by himself."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from backend.branch_life.activities.invitations import belongs
from backend.branch_life.activities.models import Activity, SignUp, SignUpState
from backend.branch_life.activities.planning import activity_facts
from backend.branch_life.activities.reading import find_activity
from backend.branch_life.activities.refusals import refusal
from backend.branch_life.activities.schemas import SignUpLine, SignUpList, SignUpShape
from backend.core.database import in_unit_of_work
from backend.core.errors import Conflict
from backend.messaging import outbox
from backend.people.models import Member
from backend.people.permissions import Caller, Right


def sign_up(caller: Caller, public_id: str, *, now: datetime) -> SignUpShape:
    """Take a place or join the queue, before the start; signing up again changes nothing."""
    activity = _open_for_sign_up(caller, public_id, now)
    if caller.member_id is None or not (activity.welcomes_visitors or belongs(activity, caller.member_id)):
        raise refusal("not_invited")
    member_id = caller.member_id

    def work() -> None:
        _one_at_a_time(activity)
        own = _own(activity, member_id)
        if own is None:
            SignUp.create(activity=activity, member=member_id, state=_state_of_newcomer(activity), queued_at=now)
        elif own.state == SignUpState.WITHDRAWN:
            state = _state_of_newcomer(activity)
            SignUp.update(state=state, queued_at=now).where(SignUp.id == own.id).execute()

    in_unit_of_work(work)
    return _shape(activity, member_id)


def withdraw(caller: Caller, public_id: str, *, timezone: ZoneInfo, now: datetime) -> SignUpShape:
    """Give one's place up, before the start; the first of the queue gets it and is told."""
    activity = _open_for_sign_up(caller, public_id, now)
    member_id = caller.member_id or 0

    def work() -> None:
        _one_at_a_time(activity)
        own = _own(activity, member_id)
        if own is None or own.state == SignUpState.WITHDRAWN:
            raise Conflict("not_signed_up", "您没有报名")
        SignUp.update(state=SignUpState.WITHDRAWN).where(SignUp.id == own.id).execute()
        if own.state == SignUpState.GOING:
            _move_up(activity, timezone, now)

    in_unit_of_work(work)
    return _shape(activity, member_id)


def list_sign_ups(caller: Caller, public_id: str) -> SignUpList:
    """Places and queue: figures for whoever may see the activity, names for those who keep the roll."""
    activity = find_activity(caller, public_id)
    if activity.capacity is None:
        raise _no_sign_up()
    rows = (
        SignUp.select(SignUp, Member)
        .join(Member)
        .where(SignUp.activity == activity.id, SignUp.state != SignUpState.WITHDRAWN)
        .order_by(SignUp.queued_at, SignUp.id)
    )
    lines = [_line(row) for row in rows]
    going = sum(line.state is SignUpState.GOING for line in lines)
    keeps = caller.may(Right.KEEP_ROLL, activity.organization.path)
    return SignUpList(
        capacity=activity.capacity,
        going=going,
        waiting=len(lines) - going,
        people=lines if keeps else None,
    )


def _open_for_sign_up(caller: Caller, public_id: str, now: datetime) -> Activity:
    activity = find_activity(caller, public_id)
    if activity.capacity is None:
        raise _no_sign_up()
    if activity.cancelled_at is not None:
        raise Conflict("cancelled", "活动已取消，不能报名或退出")
    if now >= activity.starts_at:
        raise Conflict("already_started", "活动已经开始，不能再报名或退出")
    return activity


def _no_sign_up() -> Conflict:
    return Conflict("no_sign_up", "本次活动不限名额，不用报名")


def _one_at_a_time(activity: Activity) -> None:
    """Hold the activity's row until the end of the unit of work: places are given out one by one."""
    Activity.update(capacity=Activity.capacity).where(Activity.id == activity.id).execute()


def _own(activity: Activity, member_id: int) -> SignUp | None:
    own: SignUp | None = SignUp.get_or_none(SignUp.activity == activity.id, SignUp.member == member_id)
    return own


def _state_of_newcomer(activity: Activity) -> SignUpState:
    going = (SignUp.activity == activity.id) & (SignUp.state == SignUpState.GOING)
    full = SignUp.select().where(going).count() >= (activity.capacity or 0)
    return SignUpState.WAITING if full else SignUpState.GOING


def _move_up(activity: Activity, timezone: ZoneInfo, now: datetime) -> None:
    """The first of the queue gets the free place and is told."""
    first = (
        SignUp.select(SignUp, Member)
        .join(Member)
        .where(SignUp.activity == activity.id, SignUp.state == SignUpState.WAITING)
        .order_by(SignUp.queued_at, SignUp.id)
        .first()
    )
    if first is None:
        return
    SignUp.update(state=SignUpState.GOING).where(SignUp.id == first.id).execute()
    outbox.enqueue(
        "sign_up.moved_up",
        activity_facts(activity, activity.organization, timezone),
        key=f"sign_up.moved_up:{first.id}:{now.isoformat()}",
        organization_id=activity.organization_id,
        people={"member": [first.member.account_id]},
        now=now,
    )


def _shape(activity: Activity, member_id: int) -> SignUpShape:
    own: Any = _own(activity, member_id)
    before = 0
    if own.state == SignUpState.WAITING:
        ahead = (SignUp.queued_at < own.queued_at) | ((SignUp.queued_at == own.queued_at) & (SignUp.id < own.id))
        waiting = (SignUp.activity == activity.id) & (SignUp.state == SignUpState.WAITING)
        before = SignUp.select().where(waiting, ahead).count()
    return SignUpShape(activity=activity.public_id, state=SignUpState(own.state), before_me=before)


def _line(row: Any) -> SignUpLine:
    return SignUpLine(
        member=row.member.public_id,
        name=row.member.name,
        state=SignUpState(row.state),
        queued_at=row.queued_at,
    )
