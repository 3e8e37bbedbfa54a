"""What the regulations ask of an organisation as it is: said, never enforced."""

from backend.people.access import find_organization, require
from backend.people.models import Member, MemberStatus, Organization, OrganizationKind
from backend.people.permissions import Caller, Right
from backend.people.tree.finding import organization_shape
from backend.people.tree.rules import BRANCHES, FULL_MEMBERS_AT_LEAST, MEMBERS_AT_MOST, UNITS_AT_MOST
from backend.people.tree.schemas import AdviceShape, TreeAnswer


def read_advice(caller: Caller, code: str) -> list[AdviceShape]:
    """The advice on one organisation, for those who see it."""
    organization = find_organization(code)
    require(caller, Right.SEE_ORGANIZATION, organization)
    return advice_on(organization)


def answer_with_advice(caller: Caller, code: str) -> TreeAnswer:
    """An organisation after a change, with advice."""
    organization = find_organization(code)
    return TreeAnswer(organization=organization_shape(caller, organization), advice=advice_on(organization))


def advice_on(organization: Organization) -> list[AdviceShape]:
    """What falls short of the measures of the regulation on branches."""
    if organization.kind not in BRANCHES or organization.closed_on is not None:
        return []
    home = Member.select().where(Member.organization == organization.id)
    members, full = home.count(), home.where(Member.status == MemberStatus.FULL).count()
    found = []
    if organization.kind == OrganizationKind.BRANCH and full < FULL_MEMBERS_AT_LEAST.value:
        least = FULL_MEMBERS_AT_LEAST
        found.append((f"现有正式党员 {full} 名，不足 {least.value} 名，可考虑与邻近单位成立联合党支部", least))
    if members > MEMBERS_AT_MOST.value:
        found.append((f"现有党员 {members} 名，超过 {MEMBERS_AT_MOST.value} 名，可考虑分设党支部", MEMBERS_AT_MOST))
    if (organization.units or 0) > UNITS_AT_MOST.value:
        found.append((f"覆盖 {organization.units} 个单位，超过 {UNITS_AT_MOST.value} 个，可考虑分设", UNITS_AT_MOST))
    return [AdviceShape(message=message, source=measure.source) for message, measure in found]
