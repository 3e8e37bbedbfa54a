"""What the room of branch life knows of a person."""

from backend.branch_life.activities.models import (
    Activity,
    ActivityInvitation,
    ActivityPartner,
    CheckIn,
    CheckInLocation,
    LeaveRequest,
    MakeUpRequest,
    SignUp,
    WrongCode,
)
from backend.branch_life.dues.models import DuesRecord
from backend.branch_life.minutes.models import FollowUpTask, Minutes
from backend.branch_life.schedules.models import ActivitySchedule
from backend.branch_life.templates.models import ActivityTemplate
from backend.people.held import DELETED, Fate, Held, exporter

LIFE = Fate("组织生活记录由党支部保存（《中国共产党支部工作条例（试行）》）")
WORK = Fate("这是为党组织做的工作，属于党组织的记录")
ACCOUNTS = Fate("党费收缴记录须留存备查（《关于中国共产党党费收缴、使用和管理的规定》）")
GONE = "（本人已注销，内容已删除）"

HELD = (
    Held("邀请", ActivityInvitation.member, LIFE, ("activity",)),
    Held("报名", SignUp.member, LIFE, ("activity", "state", "queued_at")),
    Held(
        "签到",
        CheckIn.member,
        Fate(LIFE.kept_for, {"device": None}),
        ("activity", "status", "method", "visitor", "occurred_at", "created_at", "left_at", "minutes", "device"),
    ),
    Held(
        "签到位置",
        CheckInLocation.check_in,
        Fate(LIFE.kept_for, {"lat": None, "lng": None}),
        ("at", "distance_m", "within", "lat", "lng"),
        through=CheckIn.member,
    ),
    Held(
        "请假",
        LeaveRequest.member,
        Fate(LIFE.kept_for, {"reason": GONE}),
        ("activity", "reason", "state", "asked_at", "decided_at", "decision_note"),
    ),
    Held(
        "补签",
        MakeUpRequest.member,
        Fate(LIFE.kept_for, {"reason": GONE}),
        ("activity", "reason", "state", "asked_at", "decided_at", "decision_note"),
    ),
    Held("输错的签到码", WrongCode.account, DELETED, ("activity", "at")),
    Held(
        "党费", DuesRecord.member, ACCOUNTS, ("organization", "month", "amount", "paid_on", "recorded_at", "voided_at")
    ),
    Held("会议交办事项", FollowUpTask.member, LIFE, ("text", "due_on")),
    Held("组织的活动", Activity.planned_by, WORK, ("organization", "title", "starts_at", "created_at")),
    Held("答复的联合活动", ActivityPartner.decided_by, WORK, ("activity", "organization", "state", "decided_at")),
    Held("制定的活动安排", ActivitySchedule.planned_by, WORK, ("organization", "title", "created_at")),
    Held("编写的活动模板", ActivityTemplate.written_by, WORK, ("organization", "title", "created_at")),
    Held("记录的会议", Minutes.written_by, WORK, ("activity", "written_at")),
)
export = exporter(HELD)
