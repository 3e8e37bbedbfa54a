"""The kinds of service of a new installation, each a row of configuration; a county changes them as data."""

from dataclasses import dataclass
from typing import Any

from backend.core import reference
from backend.core.database import rows_of
from backend.service.catalogue.kinds import Takers
from backend.service.models import Priority, ServiceType, Stage, TimerRule
from backend.service.timers.rules import DAY
from backend.workdays.calendar import Pace

_SUGGESTED = "本系统建议"
# 《未成年人学校保护规定》 and 《志愿服务条例》 ask for guardians' consent; two adults is good practice everywhere
MINORS = (
    "服务未成年人须先征得监护人同意，两名志愿者同行或在公共场所进行；不单独带离，不加孩子私人微信，"
    "不拍摄、不外传孩子的信息；发现孩子受伤害，立即报告支部并拨打110或12345。"
)
ELDERS = (
    "探访独居、高龄老人请两人同行，先出示证件；不代管现金、存折和密码，不推销，代购当面结清并留票据；"
    "老人身体不适先拨打120，再通知家属和支部。"
)


@dataclass(frozen=True)
class First:
    """A kind as it is first written; `stages` are its own timers in days of a pace."""

    code: str
    name: str
    hint: str
    priority: Priority = Priority.ORDINARY
    needs_evidence: bool = False
    hours: str = "1.0"
    takers: Takers = Takers.HELPERS
    safeguard: str = ""
    on_board: bool = False
    decides: bool = False
    skills: tuple[str, ...] = ()
    questions: tuple[dict[str, Any], ...] = ()
    stages: tuple[tuple[Stage, int, Pace], ...] = ()


def _ask(code: str, label: str, type_: str = "text", *, required: bool = False, **choices: str) -> dict[str, Any]:
    listed = [{"value": value, "label": text} for value, text in choices.items()]
    return {"code": code, "label": label, "type": type_, "required": required, "choices": listed}


_WHEN = _ask("when", "希望什么时候上门", "choice", any="都可以", daytime="工作日白天", evening="晚上", weekend="周末")
_SLOW = ((Stage.CLAIM, 3, Pace.WORKING_DAYS), (Stage.RESOLVE, 30, Pace.NATURAL))

FIRST_TYPES = (
    First(
        "repair",
        "公共设施报修",
        "楼道灯、水管、门禁等公共部位的小修小补",
        skills=("plumbing", "carpentry", "appliances"),
        questions=(
            _ask("danger", "是否有漏电、坠落等危险", "flag"),
            _ask("since", "什么时候坏的", "date"),
        ),
    ),
    First(
        "elder_visit",
        "老人探访",
        "独居、高龄老人的探望和陪伴",
        safeguard=ELDERS,
        skills=("company", "medical"),
        questions=(_ask("alone", "老人是否独居", "flag"), _WHEN),
    ),
    First(
        "errand",
        "代办跑腿",
        "代取药品、代办证件、代买生活用品",
        skills=("errands", "driving"),
        questions=(
            _ask("what", "代办什么", "choice", medicine="取药", papers="办证件", goods="买东西", other="其他"),
            _WHEN,
        ),
    ),
    First(
        "tutoring",
        "学业辅导与陪伴",
        "青年志愿者辅导功课、陪伴假期里的孩子",
        needs_evidence=False,
        hours="1.5",
        safeguard=MINORS,
        skills=("tutoring", "company"),
        questions=(
            _ask("grade", "孩子几年级，辅导什么", required=True),
            _ask("guardian", "监护人已同意并会在场或知情", "flag", required=True),
            _WHEN,
        ),
        stages=_SLOW,
    ),
    First("policy_question", "政策咨询", "低保、医保、养老等政策怎么办理", hours="0.5", skills=("policy", "law")),
    First(
        "dispute",
        "邻里调解",
        "噪音、漏水、停车等邻里矛盾",
        priority=Priority.DIFFICULT,
        hours="2.0",
        takers=Takers.MEMBERS,
        skills=("mediation", "law"),
        questions=(_ask("tried", "之前协商或报警过吗", "flag"),),
    ),
    First(
        "micro_wish",
        "微心愿",
        "一件小东西、一次陪伴：登上心愿墙，由党员公开认领",
        takers=Takers.ANY_MEMBER,
        on_board=True,
        questions=(_ask("for", "为谁许愿", "choice", child="孩子", elder="老人", family="家庭", other="其他"),),
        stages=((Stage.CLAIM, 10, Pace.WORKING_DAYS), (Stage.RESOLVE, 30, Pace.NATURAL)),
    ),
    First(
        "lecture",
        "党课点单",
        "点一堂课，由讲师到支部、到院坝来讲",
        hours="2.0",
        takers=Takers.LECTURERS,
        skills=("lecturing",),
        questions=(
            _ask("topic", "想听什么", required=True),
            _ask("listeners", "大约多少人听", "number", required=True),
            _ask("on", "希望哪一天", "date"),
        ),
        stages=_SLOW,
    ),
    First(
        "study_visit",
        "送学上门",
        "给年老体弱、行动不便的党员送书、读报、讲课到家（《党员教育管理工作条例》第二十三条）",
        takers=Takers.MEMBERS,
        safeguard=ELDERS,
        skills=("lecturing", "company"),
        questions=(_ask("topic", "想学什么"), _WHEN),
    ),
    First(
        "suggestion",
        "我为家乡献一策",
        "对家乡发展、社区治理的建议：收到、采纳或不采纳都会答复",
        hours="0.0",
        takers=Takers.MEMBERS,
        decides=True,
        questions=(
            _ask(
                "field", "关于哪方面", "choice", growth="产业发展", governance="社区治理", life="民生服务", other="其他"
            ),
        ),
        stages=((Stage.RESOLVE, 15, Pace.WORKING_DAYS),),
    ),
    First(
        "urgent_help",
        "急难救助",
        "突发困难需要马上有人上门；危及生命请先拨打110、119、120",
        priority=Priority.URGENT,
        hours="2.0",
        skills=("medical", "driving", "carrying"),
    ),
    First("other", "其他诉求", "上面都不合适时选这一项", hours="0.5"),
)


def seed_service_types() -> int:
    """Write the first kinds where they are missing, and what an older installation's kinds lack; how many were new."""
    everywhere = ServiceType.organization.is_null()
    known = dict(rows_of(ServiceType.select(ServiceType.code, ServiceType.questions).where(everywhere)))
    for place, first in enumerate(FIRST_TYPES):
        if first.code not in known:
            _write(first, place * 10)
        elif known[first.code] is None:
            ServiceType.update(_configuration(first)).where(everywhere, ServiceType.code == first.code).execute()
            reference.changed()
    return len({first.code for first in FIRST_TYPES} - set(known))


def _configuration(first: First) -> dict[str, Any]:
    return {
        "takers": first.takers,
        "safeguard": first.safeguard,
        "on_board": first.on_board,
        "decides": first.decides,
        "skills": list(first.skills),
        "questions": list(first.questions),
    }


def _write(first: First, sort: int) -> None:
    row = ServiceType.create(
        code=first.code,
        name=first.name,
        hint=first.hint,
        priority=first.priority,
        needs_evidence=first.needs_evidence,
        hours=first.hours,
        sort=sort,
        **_configuration(first),
    )
    rules = [
        {
            "stage": stage,
            "priority": priority,
            "service_type": row.id,
            "minutes": days * DAY,
            "pace": pace,
            "source": _SUGGESTED,
        }
        for stage, days, pace in first.stages
        for priority in Priority
    ]
    if rules:
        TimerRule.insert_many(rules).execute()
    reference.changed()
