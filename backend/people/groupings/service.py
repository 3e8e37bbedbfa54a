"""Putting members into cells, and giving them tags."""

from datetime import date, timedelta

import peewee as pw

from backend.core.database import in_unit_of_work, rows_of
from backend.core.errors import NotFound, invalid_field
from backend.people.access import find_organization, require
from backend.people.directory import brief, current_memberships
from backend.people.groupings.models import MemberTag
from backend.people.groupings.schemas import CellMembers, CellShape, TaggedShape, TagMember, TagShape
from backend.people.memberships import close_membership, not_over, open_membership
from backend.people.models import Member, Membership, MembershipKind, Organization, OrganizationKind
from backend.people.permissions import Caller, Right

LIVING_HERE = (MembershipKind.HOME, MembershipKind.HOST)


def set_cell_members(caller: Caller, code: str, body: CellMembers, *, today: date) -> CellShape:
    """Let a cell consist of exactly these members of its branch; whoever was in another cell of it changes over."""
    cell = find_organization(code)
    require(caller, Right.KEEP_ROSTER, cell)
    if cell.kind != OrganizationKind.CELL or cell.parent_id is None:
        raise invalid_field("members", "not_a_cell", "这个组织不是党小组")
    branch_id = cell.parent_id
    wanted = _members_of(branch_id, body.members, today)

    def work() -> None:
        for member_id, organization_id in _in_cells_of(branch_id, today):
            if organization_id == cell.id and member_id in wanted:
                continue
            if organization_id == cell.id or member_id in wanted:
                yesterday = today - timedelta(days=1)
                close_membership(member_id, organization_id, MembershipKind.CELL, until=yesterday)
        for member_id in wanted:
            open_membership(member_id, cell.id, MembershipKind.CELL, since=today)

    in_unit_of_work(work)
    return CellShape(cell=brief(cell), members=sorted(wanted.values()))


def tag_member(caller: Caller, code: str, public_id: str, body: TagMember, *, today: date) -> TaggedShape:
    """Give a member of the branch exactly these tags."""
    branch = find_organization(code)
    require(caller, Right.KEEP_ROSTER, branch)
    (member_id,) = _members_of(branch.id, [public_id], today)
    tags = list(dict.fromkeys(body.tags))

    def work() -> None:
        own = (MemberTag.organization == branch.id) & (MemberTag.member == member_id)
        MemberTag.delete().where(own).execute()
        if tags:
            rows = [{"organization": branch.id, "member": member_id, "tag": tag} for tag in tags]
            MemberTag.insert_many(rows).execute()

    in_unit_of_work(work)
    return TaggedShape(member=public_id, tags=tags)


def list_tags(caller: Caller, code: str) -> list[TagShape]:
    """The tags of a branch, for those who see its members."""
    branch = find_organization(code)
    require(caller, Right.SEE_MEMBERS, branch)
    counted = (
        MemberTag.select(MemberTag.tag, pw.fn.COUNT(MemberTag.id))
        .where(MemberTag.organization == branch.id)
        .group_by(MemberTag.tag)
        .order_by(MemberTag.tag)
    )
    return [TagShape(tag=tag, members=count) for tag, count in rows_of(counted)]


def _members_of(branch_id: int, public_ids: list[str], today: date) -> dict[int, str]:
    """Members of a branch, at home or as guests, by row id; 404 when one does not belong to it."""
    rows = current_memberships(branch_id, today).where(
        Membership.kind.in_(LIVING_HERE), Member.public_id.in_(public_ids)
    )
    found = {row.member_id: row.member.public_id for row in rows}
    if len(found) < len(set(public_ids)):
        raise NotFound("member_not_found", "有人不属于本支部，请刷新名册后再选")
    return found


def _in_cells_of(branch_id: int, today: date) -> list[tuple[int, int]]:
    rows = (
        Membership.select(Membership.member, Membership.organization)
        .join(Organization)
        .where(
            Organization.parent == branch_id,
            Organization.kind == OrganizationKind.CELL,
            Membership.kind == MembershipKind.CELL,
            not_over(today),
        )
    )
    return [(int(member), int(organization)) for member, organization in rows_of(rows)]
