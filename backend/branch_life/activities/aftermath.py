"""What becomes of a check-in: leaving, the branch's confirmation, voiding. Each leaves a trace."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from backend.branch_life.activities.entries import (
    MEASURE,
    card_source,
    credit,
    held_of,
    note_step,
)
from backend.branch_life.activities.models import Activity, CheckIn, CheckInMethod, CheckInStatus, StepKind
from backend.branch_life.activities.planning import activity_facts
from backend.branch_life.activities.reading import find_activity_to_run
from backend.branch_life.activities.refusals import refusal
from backend.branch_life.activities.rules import (
    EARLY_BEFORE,
    LATE_AFTER,
    LATE_UPLOAD,
    check_in_window,
    study_hours,
)
from backend.branch_life.activities.schemas import CheckInDetail, CheckOut, VoidCheckIn
from backend.branch_life.kinds import ActivityKind
from backend.card.ledger import change_hours, confirm_record, void_record
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, Forbidden, NotFound
from backend.messaging import outbox
from backend.people.models import Member, Organization
from backend.people.permissions import Caller, Right
from backend.tally import counting


def check_out(caller: Caller, public_id: str, body: CheckOut, *, now: datetime) -> CheckInDetail:
    """The member leaves, or the organiser saw him leave: minutes are counted, hours shrink for who left early.

    A time that the phone gives is taken when it lies between the check-in and now, two days back at most.
    """
    row = _find_own_or_kept(caller, public_id)
    activity = row.activity
    if now > check_in_window(activity.starts_at, activity.ends_at)[1] + LATE_UPLOAD.value:
        raise refusal("closed")
    left_at = _left_at(body.occurred_at, row.occurred_at, now)
    minutes = _minutes_there(activity, row.occurred_at, left_at)

    def work() -> None:
        still_there = CheckIn.update(left_at=left_at, minutes=minutes).where(
            CheckIn.id == row.id, CheckIn.in_force == 1, CheckIn.left_at.is_null()
        )
        update_exactly_one(still_there, lost=lambda: Conflict("already_checked_out", "已经签退"))
        note_step(row.id, StepKind.LEFT, caller.account_id, None, now=now)
        hours = hours_earned(activity, left_at, minutes)
        change_hours(row.member_id, card_source(public_id), hours)

    in_unit_of_work(work)
    return _detail(_find(public_id))


def _left_at(said: datetime | None, came_at: datetime, now: datetime) -> datetime:
    if said is not None and max(came_at, now - LATE_UPLOAD.value) <= said <= now:
        return said
    return now


def _minutes_there(activity: Activity, came_at: datetime, left_at: datetime) -> int:
    """Whole minutes between coming and leaving that fall into the activity."""
    there = min(left_at, activity.ends_at) - max(came_at, activity.starts_at)
    return max(int(there.total_seconds()) // 60, 0)


def hours_earned(activity: Activity, left_at: datetime | None, minutes: int | None) -> Decimal:
    """Hours for the card: those of the activity, or by the minutes for somebody who left early."""
    if left_at is None or not minutes or left_at >= activity.ends_at - EARLY_BEFORE.value:
        return Decimal(0) if minutes == 0 else activity.hours
    return min(activity.hours, study_hours(ActivityKind(activity.kind), timedelta(minutes=minutes)))


def confirm_check_in(caller: Caller, public_id: str, *, now: datetime) -> CheckInDetail:
    """The branch's word for a check-in from outside or uploaded afterwards; 409 when none is needed."""
    row = _find_kept(caller, public_id)
    if row.member_id == caller.member_id:
        raise Forbidden("own_check_in", "不能确认自己的签到")

    def work() -> None:
        if row.status == CheckInStatus.TO_CONFIRM:
            _accept(row, now)
        elif not confirm_record(row.member_id, card_source(public_id), row.activity.organization_id):
            raise Conflict("nothing_to_confirm", "这次签到不需要确认")
        note_step(row.id, StepKind.CONFIRMED, caller.account_id, None, now=now)

    in_unit_of_work(work)
    return _detail(_find(public_id))


def _accept(row: Any, now: datetime) -> None:
    """A check-in to be confirmed becomes an ordinary one."""
    activity = row.activity
    late = row.occurred_at > activity.starts_at + LATE_AFTER.value
    waiting = CheckIn.update(status=CheckInStatus.LATE if late else CheckInStatus.PRESENT).where(
        CheckIn.id == row.id, CheckIn.in_force == 1, CheckIn.status == CheckInStatus.TO_CONFIRM
    )
    update_exactly_one(waiting, lost=lambda: Conflict("nothing_to_confirm", "这次签到不需要确认"))
    held = held_of(activity)._replace(hours=hours_earned(activity, row.left_at, row.minutes))
    credit(held, row.member_id, row.public_id, confirmed=True, now=now)


def void_check_in(
    caller: Caller, public_id: str, body: VoidCheckIn, *, timezone: ZoneInfo, now: datetime
) -> CheckInDetail:
    """Strike a check-in out, on the roll and on the card; the member is told why, and may check in again."""
    row = _find_kept(caller, public_id)
    activity = row.activity

    def work() -> None:
        in_force = CheckIn.update(in_force=None).where(CheckIn.id == row.id, CheckIn.in_force == 1)
        update_exactly_one(in_force, lost=lambda: Conflict("already_voided", "这次签到已经作废"))
        note_step(row.id, StepKind.VOIDED, caller.account_id, body.reason, now=now)
        void_record(row.member_id, card_source(public_id), now=now)
        if row.status != CheckInStatus.TO_CONFIRM:
            counting.count(MEASURE, activity.organization_id, day=activity.held_on, amount=-1)
        outbox.enqueue(
            "check_in.voided",
            {**activity_facts(activity, activity.organization, timezone), "reason": body.reason},
            key=f"check_in.voided:{public_id}",
            organization_id=activity.organization_id,
            people={"member": [row.member.account_id]},
            now=now,
        )

    in_unit_of_work(work)
    return _detail(_find(public_id))


def _find(public_id: str) -> Any:
    """A check-in with its member, its activity and the organisation of that; NotFound."""
    row = (
        CheckIn.select(CheckIn, Member, Activity, Organization)
        .join_from(CheckIn, Member)
        .join_from(CheckIn, Activity)
        .join_from(Activity, Organization)
        .where(CheckIn.public_id == public_id)
        .first()
    )
    if row is None:
        raise NotFound()
    return row


def _find_kept(caller: Caller, public_id: str) -> Any:
    """The same for those who keep its roll."""
    row = _find(public_id)
    find_activity_to_run(caller, row.activity.public_id, Right.KEEP_ROLL)
    return row


def _find_own_or_kept(caller: Caller, public_id: str) -> Any:
    row = _find(public_id)
    if caller.member_id is None or row.member_id != caller.member_id:
        find_activity_to_run(caller, row.activity.public_id, Right.KEEP_ROLL)
    return row


def _detail(row: Any) -> CheckInDetail:
    return CheckInDetail(
        id=row.public_id,
        status=CheckInStatus(row.status),
        activity=row.activity.public_id,
        occurred_at=row.occurred_at,
        method=CheckInMethod(row.method),
        in_force=row.in_force == 1,
        left_at=row.left_at,
        minutes=row.minutes,
    )
