"""What the records of an activity lack."""

from datetime import datetime

from backend.branch_life.activities.models import Activity, CheckIn, CheckInStatus, LeaveRequest, RequestState
from backend.branch_life.kinds import ActivityKind
from backend.branch_life.minutes.electorate import Turnout, counted_check_ins
from backend.branch_life.minutes.models import Decision, Minutes
from backend.branch_life.minutes.rules import QUORUM
from backend.branch_life.minutes.schemas import MissingItem


def missing_items(activity: Activity, found: Turnout, minutes: Minutes | None, *, now: datetime) -> list[MissingItem]:
    """One line for each thing that is missing once the activity has begun; nothing before, or when it was cancelled."""
    if now < activity.starts_at or activity.cancelled_at is not None:
        return []
    gaps = {**_roll_gaps(activity), **_minutes_gaps(activity, found, minutes)}
    return [MissingItem(code=code, message=message) for code, message in gaps.items()]


def _roll_gaps(activity: Activity) -> dict[str, str]:
    gaps = {}
    if not counted_check_ins(activity.id).exists():
        gaps["roll"] = "还没有人签到"
    waiting = CheckIn.select().where(
        CheckIn.activity == activity.id, CheckIn.in_force == 1, CheckIn.status == CheckInStatus.TO_CONFIRM
    )
    if count := waiting.count():
        gaps["to_confirm"] = f"有 {count} 人的签到待确认"
    asked = LeaveRequest.select().where(LeaveRequest.activity == activity.id, LeaveRequest.state == RequestState.ASKED)
    if count := asked.count():
        gaps["leaves"] = f"有 {count} 份请假待审批"
    return gaps


def _minutes_gaps(activity: Activity, found: Turnout, minutes: Minutes | None) -> dict[str, str]:
    gaps = {}
    if found.quorate is False:
        gaps["quorum"] = "到会有表决权的人数未达到半数"
    if minutes is None:
        return {**gaps, "minutes": "还没有会议记录"}
    if (minutes.entitled, minutes.present) != (found.entitled, found.present):
        gaps["roll_changed"] = "会议记录写成后名册有变动，请重新提交会议记录"
    undecided = Decision.select().where(Decision.minutes == minutes.id, Decision.yes.is_null())
    if ActivityKind(activity.kind) in QUORUM and (count := undecided.count()):
        gaps["votes"] = f"有 {count} 项决定没有表决结果"
    return gaps
