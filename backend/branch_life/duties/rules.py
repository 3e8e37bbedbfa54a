"""What is owed by whom and how often, and when it is not; each row with the clause that it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from backend.branch_life.duties.periods import Every
from backend.branch_life.kinds import ActivityKind
from backend.membership.terms.rules import COMMITTEE_FROM
from backend.people.models import OrganizationKind
from backend.people.tree.rules import BRANCHES
from backend.tally.rules import Rule

_OWN = "本系统建议，可由上级党组织调整"
_REGULATION = "《中国共产党支部工作条例（试行）》"
_EDUCATION = "《中国共产党党员教育管理工作条例》"

COMMITTEES = frozenset({OrganizationKind.COMMITTEE, OrganizationKind.WORKING_COMMITTEE})
CELLS = frozenset({OrganizationKind.CELL})


@dataclass(frozen=True)
class DutyRule:
    """One row: organisations of these kinds owe this every so often.

    `waived` says why an organisation of a kind does not owe it; `asks_minutes` that only minutes prove it.
    """

    kind: ActivityKind
    every: Every
    owed_by: frozenset[OrganizationKind]
    source: str
    asks_minutes: bool = False
    waived: Mapping[OrganizationKind, str] = field(default_factory=dict)


_NO_ELECTION = "临时党支部一般不发展、处分党员，不换届选举，不要求召开党员大会"
_APPRAISED_AT_HOME = "党员在组织关系所在党支部参加民主评议"

DUTY_RULES = (
    DutyRule(
        ActivityKind.MEMBER_ASSEMBLY,
        Every.QUARTER,
        BRANCHES,
        f"{_REGULATION}第十一条：党员大会一般每季度召开1次",
        asks_minutes=True,
        waived={OrganizationKind.TEMPORARY_BRANCH: _NO_ELECTION},
    ),
    DutyRule(
        ActivityKind.COMMITTEE_MEETING,
        Every.MONTH,
        BRANCHES,
        f"{_REGULATION}第十二条：党支部委员会会议一般每月召开1次",
        asks_minutes=True,
    ),
    DutyRule(
        ActivityKind.CELL_MEETING,
        Every.MONTH,
        BRANCHES | CELLS,
        f"{_REGULATION}第十三条：党小组会一般每月召开1次",
    ),
    DutyRule(ActivityKind.PARTY_DAY, Every.MONTH, BRANCHES, f"{_EDUCATION}第十六条：每月开展1次主题党日"),
    DutyRule(
        ActivityKind.LIFE_MEETING,
        Every.YEAR,
        BRANCHES,
        f"{_EDUCATION}第十七条：组织生活会每年至少召开1次",
        asks_minutes=True,
    ),
    DutyRule(
        ActivityKind.DEMOCRATIC_APPRAISAL,
        Every.YEAR,
        BRANCHES,
        f"{_EDUCATION}第十八条：民主评议党员一般每年开展1次",
        asks_minutes=True,
        waived={
            OrganizationKind.TEMPORARY_BRANCH: _APPRAISED_AT_HOME,
            OrganizationKind.FLOATING_BRANCH: _APPRAISED_AT_HOME,
        },
    ),
    DutyRule(
        ActivityKind.PARTY_LECTURE,
        Every.YEAR,
        COMMITTEES,
        f"{_REGULATION}第十六条：党委书记每年至少讲1次党课",
    ),
    DutyRule(
        ActivityKind.PARTY_LECTURE,
        Every.YEAR,
        BRANCHES,
        f"{_REGULATION}第十六条：党员应当按期参加党课；全国没有统一次数，本系统按每年至少1次提示",
    ),
)

KINDS_WITH_MINUTES = frozenset(rule.kind for rule in DUTY_RULES if rule.asks_minutes)

WITHOUT_FULL_MEMBERS = "没有正式党员"
WITHOUT_COMMITTEE = f"正式党员不足 {COMMITTEE_FROM.value} 名，不设支部委员会"
WITHOUT_CELLS = "没有党小组"
# how the tally names each reason
WAIVERS = {
    "no_election": _NO_ELECTION,
    "at_home": _APPRAISED_AT_HOME,
    "no_full": WITHOUT_FULL_MEMBERS,
    "no_committee": WITHOUT_COMMITTEE,
    "no_cells": WITHOUT_CELLS,
}

GENERATED_AHEAD = Rule(timedelta(days=7), "提前", _OWN)
GRACE = Rule(timedelta(days=5), "期满后补录", _OWN)
RECORDED_UNTIL = Rule(timedelta(days=45), "期满后仍认定", _OWN)


def rules_of(kind: OrganizationKind, every: Every) -> list[DutyRule]:
    """What an organisation of this kind owes so often."""
    return [rule for rule in DUTY_RULES if rule.every is every and kind in rule.owed_by]


def owing_kinds(every: Every) -> frozenset[OrganizationKind]:
    """The kinds of organisation that owe anything so often."""
    return frozenset().union(*(rule.owed_by for rule in DUTY_RULES if rule.every is every))


def rule_for(kind: ActivityKind, organization: OrganizationKind) -> DutyRule | None:
    """The row that makes an organisation of this kind owe that kind of activity."""
    return next((rule for rule in DUTY_RULES if rule.kind is kind and organization in rule.owed_by), None)
