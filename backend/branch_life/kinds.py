"""Kinds of organisational life, by the names that everybody knows them by."""

from enum import StrEnum


class ActivityKind(StrEnum):
    """What kind of organisational life it is (`domain.md` §5.1)."""

    MEMBER_ASSEMBLY = "member_assembly"
    COMMITTEE_MEETING = "committee_meeting"
    CELL_MEETING = "cell_meeting"
    PARTY_LECTURE = "party_lecture"
    PARTY_DAY = "party_day"
    LIFE_MEETING = "life_meeting"
    DEMOCRATIC_APPRAISAL = "democratic_appraisal"
    INTENSIVE_TRAINING = "intensive_training"
    COLLECTIVE_STUDY = "collective_study"
    VOLUNTEER_WORK = "volunteer_work"
    RED_SITE_VISIT = "red_site_visit"
    GROUP_VIEWING = "group_viewing"
    JOINT_EVENT = "joint_event"


KIND_LABELS = {
    ActivityKind.MEMBER_ASSEMBLY: "党员大会",
    ActivityKind.COMMITTEE_MEETING: "支委会",
    ActivityKind.CELL_MEETING: "党小组会",
    ActivityKind.PARTY_LECTURE: "党课",
    ActivityKind.PARTY_DAY: "主题党日",
    ActivityKind.LIFE_MEETING: "组织生活会",
    ActivityKind.DEMOCRATIC_APPRAISAL: "民主评议党员",
    ActivityKind.INTENSIVE_TRAINING: "集中培训",
    ActivityKind.COLLECTIVE_STUDY: "集体学习",
    ActivityKind.VOLUNTEER_WORK: "志愿服务",
    ActivityKind.RED_SITE_VISIT: "红色教育基地参观",
    ActivityKind.GROUP_VIEWING: "集中收看",
    ActivityKind.JOINT_EVENT: "联合活动",
}
