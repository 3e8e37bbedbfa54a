"""What the teams know of a person."""

from typing import Any

from backend.people.held import DELETED, Fate, Held, exporter
from backend.service.join_codes.models import WrongJoinCode
from backend.service.report_ins.models import ReportIn
from backend.service.teams.models import Absence, FreeHours, HandlerProfile, HandlerSkill, Skill, Team, TeamMember
from backend.service.teams.windows import WEEKDAYS, text_of


def export(account_id: int) -> dict[str, Any]:
    """Skills, free hours, leave, load and teams."""
    skills: Any = HandlerSkill.select(Skill.name).join(Skill).where(HandlerSkill.account == account_id)
    return {
        "max_load": HandlerProfile.select(HandlerProfile.max_load).where(HandlerProfile.account == account_id).scalar(),
        "skills": [name for (name,) in skills.order_by(Skill.sort).tuples()],
        "free_hours": [
            f"{WEEKDAYS[row.weekday]} {text_of(row.start_minute)}–{text_of(row.end_minute)}"
            for row in FreeHours.select().where(FreeHours.account == account_id).order_by(FreeHours.id)
        ],
        "leave": list(
            Absence.select(Absence.from_on, Absence.until_on)
            .where(Absence.account == account_id)
            .order_by(Absence.id)
            .dicts()
        ),
        "teams": list(
            TeamMember.select(Team.name, TeamMember.asked_at, TeamMember.confirmed_at, TeamMember.left_at)
            .join(Team)
            .where(TeamMember.account == account_id)
            .order_by(TeamMember.id)
            .dicts()
        ),
        **exporter((REPORT_INS,))(account_id),
    }


REPORT_INS = Held(
    "社区报到",
    ReportIn.member,
    DELETED,
    ("organization", "kind", "post", "note", "state", "reported_at", "left_at"),
)
HELD = (
    Held("接单设置", HandlerProfile.account, DELETED),
    Held("特长", HandlerSkill.account, DELETED),
    Held("空闲时间", FreeHours.account, DELETED),
    Held("外出", Absence.account, DELETED),
    Held("输错的加入码", WrongJoinCode.account, DELETED, ("at",)),
    Held("服务队", TeamMember.account, Fate("服务队何时有谁，属于党组织的记录")),
    REPORT_INS,
    Held("担任队长", Team.leader, Fate("服务队归党组织", {"leader": None})),
)
