"""Who may give which post, where it can be held and how long a term is, each with its clause."""

from datetime import date, timedelta

from backend.card.rules import COMMITTEE
from backend.core.clock import same_day
from backend.people.models import Organization, OrganizationKind, Role, Sector
from backend.people.permissions import OFFICERS, Caller, Post, Right
from backend.tally.rules import Rule

_REGULATION = "《中国共产党支部工作条例（试行）》"

# given by an organisation above only; everything else by the organisation's own secretary, too
FROM_ABOVE = frozenset({Role.SECRETARY, Role.AUDITOR}) | OFFICERS
# officers are given by officers of a higher grade; the highest by whoever installs the system
GRADES = (Role.COUNTY_OFFICER, Role.CITY_OFFICER, Role.PROVINCE_OFFICER)
# one at a time
SINGLE = frozenset({Role.SECRETARY})

COMMITTEES = frozenset({OrganizationKind.COMMITTEE, OrganizationKind.WORKING_COMMITTEE})
# where not everywhere
PLACES = {
    **dict.fromkeys(OFFICERS, COMMITTEES),
    **dict.fromkeys(COMMITTEE, frozenset(OrganizationKind) - {OrganizationKind.CELL}),
    Role.CELL_LEADER: frozenset({OrganizationKind.CELL}),
}

FULL_MEMBERS_ONLY = Rule(
    COMMITTEE | {Role.CELL_LEADER}, "职务", "《中国共产党章程》第七条：预备党员没有表决权、选举权和被选举权"
)
TERM_OF_VILLAGES = Rule(5, "年", f"{_REGULATION}：村、社区党支部委员会每届任期5年")
TERM_OF_OTHERS = Rule(3, "年", f"{_REGULATION}：其他基层单位党支部委员会一般每届任期3年")
VILLAGES = frozenset({Sector.VILLAGE, Sector.COMMUNITY})
_NAMED_SO = ("村", "社区")  # where nobody has entered the sector


def may_give(caller: Caller, role: Role, organization: Organization) -> bool:
    """Whether one of the caller's posts lets him give and end this post there."""
    return any(_gives(post, role, organization) for post in caller.posts)


def _gives(post: Post, role: Role, organization: Organization) -> bool:
    if not post.grants(Right.APPOINT, organization.path):
        return False
    above = post.organization_id != organization.id
    if role in OFFICERS:
        return above and post.role in OFFICERS and GRADES.index(post.role) > GRADES.index(role)
    return above or role not in FROM_ABOVE


def term_of(organization: Organization) -> Rule[int] | None:
    """How long a term is there, in years; None where nobody is elected (a temporary branch)."""
    if organization.kind == OrganizationKind.TEMPORARY_BRANCH:
        return None
    if organization.sector is None:
        in_village = any(word in organization.name for word in _NAMED_SO)
    else:
        in_village = organization.sector in VILLAGES
    return TERM_OF_VILLAGES if in_village else TERM_OF_OTHERS


def suggested_end(organization: Organization, role: Role, starts_on: date) -> date | None:
    """The last day of a regular term; None for posts that are not elected."""
    term = term_of(organization) if role in COMMITTEE else None
    if term is None:
        return None
    return same_day(starts_on, months=12 * term.value) - timedelta(days=1)
