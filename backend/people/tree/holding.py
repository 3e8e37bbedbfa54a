"""Organisations about to be changed: held, so that two hands do not change the tree at once, and checked."""

from backend.core.database import hold_rows
from backend.core.errors import Forbidden, invalid_field
from backend.people.access import find_organization, refuse_closed, require
from backend.people.models import Level, Organization, OrganizationKind
from backend.people.permissions import Caller, Right
from backend.people.tree.rules import level_fits, may_stand, misfit


def hold_to_keep(caller: Caller, *codes: str) -> list[Organization]:
    """Open organisations that the caller keeps, as they stand now, in the order of `codes`; 403, 404 or 409."""
    known = [find_organization(code).id for code in codes]
    # in one order for all, or two who rearrange the same organisations would deadlock
    held = {
        row.id: row
        for row in hold_rows(Organization.select().where(Organization.id.in_(known)).order_by(Organization.id))
    }
    found = [held[number] for number in known]
    for organization in found:
        require(caller, Right.KEEP_ORGANIZATIONS, organization)
    for organization in found:
        refuse_closed(organization)
    return found


def require_above(caller: Caller, organization: Organization) -> None:
    """Forbidden unless the caller keeps what stands above, too: nobody moves, merges or closes his own."""
    above = organization.parent
    if above is None or not caller.may(Right.KEEP_ORGANIZATIONS, above.path):
        raise Forbidden("not_by_itself", "隶属关系的调整、合并和撤销须由上级党组织办理")


def check_standing(kind: OrganizationKind, level: Level | None, above: Organization, field: str) -> None:
    """422 unless an organisation of this kind and level may stand there."""
    kind_above = OrganizationKind(above.kind)
    if not may_stand(kind, kind_above):
        raise invalid_field(field, "kind_not_below", misfit(kind, kind_above))
    if not level_fits(level, Level(above.level) if above.level else None):
        raise invalid_field("level" if field == "kind" else field, "level_too_high", "层级不能高于上级组织的层级")


def level_of(organization: Organization) -> Level | None:
    """Its level, if it is said."""
    return Level(organization.level) if organization.level else None
