"""Which posts an organisation should have filled, and when its term is spoken of, each with its clause."""

from backend.people.models import OrganizationKind, Role
from backend.people.tree.rules import BRANCHES
from backend.tally.rules import Rule

_REGULATION = "《中国共产党支部工作条例（试行）》"

COMMITTEE_FROM = Rule(7, "名正式党员", f"{_REGULATION}：有正式党员7人以上的党支部，应当设立党支部委员会")
SECRETARY_NEEDED = Rule((Role.SECRETARY,), "职务", f"{_REGULATION}：党支部设书记1名")
COMMITTEE_NEEDED = Rule(
    (Role.ORGANIZATION_MEMBER, Role.PUBLICITY_MEMBER, Role.DISCIPLINE_MEMBER),
    "职务",
    f"{_REGULATION}：党支部委员会设书记和组织委员、宣传委员、纪检委员等",
)
REMINDED_BEFORE = Rule((6, 3, 1), "个月", "本系统建议，可由上级党组织调整")


def vacancies(kind: OrganizationKind, full_members: int, held: set[Role]) -> list[Role]:
    """The posts that an organisation of this kind and size lacks."""
    if kind not in BRANCHES:
        return []
    committee = COMMITTEE_NEEDED.value if needs_committee(kind, full_members) else ()
    needed = (*SECRETARY_NEEDED.value, *committee)
    return [role for role in needed if role not in held]


def needs_committee(kind: OrganizationKind, full_members: int) -> bool:
    """Whether a branch has a committee; a temporary one elects nobody."""
    return kind in BRANCHES and kind != OrganizationKind.TEMPORARY_BRANCH and full_members >= COMMITTEE_FROM.value
