"""How many hours of study a year ask for, each with its source."""

from collections.abc import Iterable

from backend.people.exemptions.standing import RULE as EXEMPTION
from backend.people.models import Role
from backend.tally.rules import Rule

YEARLY_HOURS = Rule(32, "学时/年", "《中国共产党党员教育管理工作条例》第二十条")
YEARLY_HOURS_OF_COMMITTEE = Rule(56, "学时/年", "《2019—2023年全国党员教育培训工作规划》：书记和班子成员")
# 集中培训 and 集体学习 are kept apart: both are study, only the first is training
TRAINING_KINDS = frozenset({"intensive_training"})
COMMITTEE = frozenset(
    {
        Role.SECRETARY,
        Role.DEPUTY_SECRETARY,
        Role.ORGANIZATION_MEMBER,
        Role.PUBLICITY_MEMBER,
        Role.DISCIPLINE_MEMBER,
    }
)
NO_HOURS = Rule(0, "学时/年", EXEMPTION)


def yearly_hours(roles: Iterable[Role], *, exempt: bool) -> Rule[int]:
    """The rule for somebody who holds these posts; nothing is asked of whoever is exempt."""
    if exempt:
        return NO_HOURS
    return YEARLY_HOURS_OF_COMMITTEE if COMMITTEE.intersection(roles) else YEARLY_HOURS
