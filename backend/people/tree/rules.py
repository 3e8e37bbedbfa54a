"""Which kinds of organisation may stand below which, and what is only advised; each with the clause it comes from."""

from dataclasses import dataclass

from backend.people.models import BODIES, Level, OrganizationKind

_CHARTER = "《中国共产党章程》第三十条：党的基层组织分别设立党的基层委员会、总支部委员会、支部委员会"
_REGULATION = "《中国共产党支部工作条例（试行）》"
_OWN = "本系统的约定，可由上级党组织调整"

KIND_LABELS = {
    OrganizationKind.COMMITTEE: "党委",
    OrganizationKind.WORKING_COMMITTEE: "党工委",
    OrganizationKind.GENERAL_BRANCH: "党总支",
    OrganizationKind.BRANCH: "党支部",
    OrganizationKind.JOINT_BRANCH: "联合党支部",
    OrganizationKind.TEMPORARY_BRANCH: "临时党支部",
    OrganizationKind.FLOATING_BRANCH: "流动党员党支部",
    OrganizationKind.CELL: "党小组",
    OrganizationKind.FUNCTIONAL_BODY: "功能型组织",
    OrganizationKind.DELIBERATIVE_BODY: "议事型组织",
    OrganizationKind.SERVICE_BODY: "服务型组织",
}
_COMMITTEES = frozenset({OrganizationKind.COMMITTEE, OrganizationKind.WORKING_COMMITTEE})
_ABOVE_BRANCHES = _COMMITTEES | {OrganizationKind.GENERAL_BRANCH}
BRANCHES = frozenset(
    {
        OrganizationKind.BRANCH,
        OrganizationKind.JOINT_BRANCH,
        OrganizationKind.TEMPORARY_BRANCH,
        OrganizationKind.FLOATING_BRANCH,
    }
)


@dataclass(frozen=True)
class Standing:
    """Below which kinds a kind may stand, and why."""

    below: frozenset[OrganizationKind]
    source: str


STANDING = {
    OrganizationKind.COMMITTEE: Standing(_COMMITTEES, _CHARTER),
    OrganizationKind.WORKING_COMMITTEE: Standing(_COMMITTEES, _OWN),
    OrganizationKind.GENERAL_BRANCH: Standing(_COMMITTEES, _CHARTER),
    **{kind: Standing(_ABOVE_BRANCHES, _CHARTER) for kind in BRANCHES},
    OrganizationKind.CELL: Standing(BRANCHES, f"{_REGULATION}：党小组由党支部划分"),
    **{kind: Standing(_ABOVE_BRANCHES | BRANCHES, _OWN) for kind in BODIES},
}
ROOTS = _COMMITTEES
_LEVELS = list(Level)


@dataclass(frozen=True)
class Measure:
    """A number that the regulation names, and the clause; it advises and never refuses."""

    value: int
    source: str


FULL_MEMBERS_AT_LEAST = Measure(3, f"{_REGULATION}第四条：凡是有正式党员3人以上的，都应当成立党支部")
MEMBERS_AT_MOST = Measure(50, f"{_REGULATION}第四条：党支部党员人数一般不超过50人")
UNITS_AT_MOST = Measure(5, f"{_REGULATION}第五条：联合党支部覆盖单位一般不超过5个")


def may_stand(kind: OrganizationKind, above: OrganizationKind | None) -> bool:
    """Whether an organisation of `kind` may stand below one of `above`; None is the top of a tree."""
    return kind in ROOTS if above is None else above in STANDING[kind].below


def level_fits(level: Level | None, above: Level | None) -> bool:
    """Whether a level is not above the one it stands below; what is not said fits."""
    return level is None or above is None or _LEVELS.index(level) >= _LEVELS.index(above)


def misfit(kind: OrganizationKind, above: OrganizationKind | None) -> str:
    """The sentence for what `may_stand` refuses."""
    if above is None:
        return f"{KIND_LABELS[kind]}须有上级组织"
    return f"{KIND_LABELS[kind]}不能设在{KIND_LABELS[above]}之下（{STANDING[kind].source}）"
