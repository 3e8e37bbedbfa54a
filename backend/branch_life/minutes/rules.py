"""Who may vote, when a meeting may open and when something is passed, each with its clause."""

from datetime import timedelta

from backend.branch_life.kinds import ActivityKind
from backend.card.rules import COMMITTEE
from backend.tally.rules import Rule

_REGULATION = "《中国共产党支部工作条例（试行）》"

QUORUM = {
    ActivityKind.MEMBER_ASSEMBLY: Rule(
        (1, 2),
        "有表决权的到会党员 / 应到会有表决权的党员",
        f"{_REGULATION}第十一条：表决必须有半数以上有表决权的党员到会方可进行",
    ),
    ActivityKind.COMMITTEE_MEETING: Rule(
        (1, 2), "到会委员 / 全体委员", f"{_REGULATION}第十二条：须有半数以上委员到会方可进行"
    ),
}
MAJORITY = Rule(
    (1, 2),
    "赞成 / 应到会有表决权的人数",
    f"{_REGULATION}第十一条：赞成人数超过应到会有表决权的党员的半数为通过",
)
DROPPED_KEPT = Rule(
    timedelta(days=30), "从会议记录里撤下后保存", "本系统设定：可改回；《中华人民共和国个人信息保护法》第十九条"
)
COMMITTEE_ROLES = COMMITTEE


def may_open(kind: ActivityKind, entitled: int, present: int) -> bool | None:
    """Whether at least half of those who may vote are there; None where no rule asks for it."""
    rule = QUORUM.get(kind)
    if rule is None:
        return None
    part, whole = rule.value
    return entitled > 0 and present * whole >= entitled * part


def is_passed(entitled: int, yes: int, *, quorate: bool | None) -> bool:
    """Whether more than half of those entitled (not of those present) said yes, in a meeting that could open."""
    part, whole = MAJORITY.value
    return quorate is not False and yes * whole > entitled * part
