"""The figures that decide about activities and check-ins, each with its source, on one screen."""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from backend.branch_life.kinds import ActivityKind
from backend.tally.rules import Rule

_OWN = "本系统建议，可由上级党组织调整"

CHECK_IN_OPENS = Rule(timedelta(minutes=30), "开始前", _OWN)
CHECK_IN_CLOSES = Rule(timedelta(minutes=30), "结束后", _OWN)
LATE_AFTER = Rule(timedelta(minutes=10), "开始后", _OWN)
LATE_UPLOAD = Rule(timedelta(hours=48), "签到后", _OWN)
ROLL_CALL_CLOSES = Rule(timedelta(hours=24), "结束后", _OWN)
LONGEST_ACTIVITY = Rule(timedelta(days=7), "时长", _OWN)
MOST_INVITED = Rule(5_000, "人", _OWN)
FARTHEST_AHEAD = Rule(timedelta(days=730), "提前", _OWN)
MAKE_UP_CLOSES = Rule(timedelta(days=30), "结束后", _OWN)
EARLY_BEFORE = Rule(timedelta(minutes=10), "结束前", _OWN)
COORDINATES_KEPT = Rule(
    timedelta(days=30), "保存", "《中华人民共和国个人信息保护法》第十九条、第二十八条：行踪轨迹，最短时间"
)
DEVICES_KEPT = Rule(timedelta(days=30), "保存", "《中华人民共和国个人信息保护法》第十九条：最短时间")
PHONE_CLOCK_DRIFT = Rule(timedelta(minutes=2), "误差", _OWN)
RADIUS_M = Rule(200, "米", _OWN)
WRONG_CODES = Rule(10, "次", _OWN)
WRONG_CODES_WITHIN = Rule(timedelta(minutes=10), "时段", _OWN)
WRONG_CODES_KEPT = Rule(timedelta(days=30), "保存", _OWN)

# whoever stays this long gets these hours; shorter ones count by the clock
HOURS_BY_LENGTH = Rule(
    ((timedelta(hours=6), Decimal(8)), (timedelta(hours=3), Decimal(4))),
    "学时",
    "全天计 8 学时、半天计 4 学时，其余 1 小时计 1 学时（某单位 2018 年办法，可由本地规定替换）",
)
HOUR_STEP = Rule(Decimal("0.5"), "学时", _OWN)
KINDS_WITHOUT_HOURS = Rule(
    frozenset({ActivityKind.COMMITTEE_MEETING, ActivityKind.DEMOCRATIC_APPRAISAL, ActivityKind.VOLUNTEER_WORK}),
    "类别",
    "《中国共产党党员教育管理工作条例》第二十条：集中学习培训时间，议事、评议和志愿服务不计",
)


def study_hours(kind: ActivityKind, length: timedelta) -> Decimal:
    """Hours that an activity of this kind and length counts on the study card."""
    if kind in KINDS_WITHOUT_HOURS.value:
        return Decimal(0)
    for least, hours in HOURS_BY_LENGTH.value:
        if length >= least:
            return hours
    steps = Decimal(length.total_seconds()) / 3600 / HOUR_STEP.value
    return max(steps.quantize(Decimal(1), ROUND_HALF_UP), Decimal(1)) * HOUR_STEP.value


def check_in_window(starts_at: datetime, ends_at: datetime) -> tuple[datetime, datetime]:
    """From when until when one may check in."""
    return starts_at - CHECK_IN_OPENS.value, ends_at + CHECK_IN_CLOSES.value
