"""Merging an organisation into another: its people, places and organisations go over, its past stays where it was."""

from datetime import date, datetime, timedelta
from typing import Any

import peewee as pw

from backend.core.database import in_unit_of_work
from backend.core.errors import invalid_field
from backend.people.access import in_subtree
from backend.people.exemptions.models import MemberExemption
from backend.people.memberships import not_over
from backend.people.models import (
    BODIES,
    Account,
    Member,
    Membership,
    MembershipKind,
    Organization,
    OrganizationKind,
)
from backend.people.permissions import Caller
from backend.people.places.models import ServiceCentre
from backend.people.tree.closing import shut
from backend.people.tree.history import Deed, note_change
from backend.people.tree.holding import check_standing, hold_to_keep, level_of, require_above
from backend.people.tree.models import ChangeKind
from backend.people.tree.moving import rewrite_paths
from backend.people.tree.obstacles import RoomsAbove, refuse_while_in_the_way
from backend.people.tree.schemas import MergeOrganization


def merge_organization(
    caller: Caller, code: str, body: MergeOrganization, above: RoomsAbove, *, today: date, now: datetime
) -> None:
    """Merge an organisation into another; both stand below what the caller keeps, nothing of the former is open."""
    deed = Deed(caller.account_id, body.reason, today, now)

    def work() -> None:
        source, target = hold_to_keep(caller, code, body.into)
        require_above(caller, source)
        require_above(caller, target)
        _refuse_misfits(source, target)
        refuse_while_in_the_way(source.id, above.unsettled, now=now)
        _hand_over_members(source.id, target.id, today)
        for table in (Account, ServiceCentre, MemberExemption):
            table.update(organization=target.id).where(table.organization == source.id).execute()
        for hand_over in above.hand_over:
            hand_over(source.id, target.id)
        for child in _hand_over_children(source, target, deed):
            above.moved(f"{source.path}{child}.", f"{target.path}{child}.", now=now)
        shut(source.id, today=today)
        note_change(source.id, ChangeKind.MERGED, None, {"into": target.code, "closed_on": today.isoformat()}, deed)
        note_change(target.id, ChangeKind.ABSORBED, None, {"organization": source.code}, deed)

    in_unit_of_work(work)


def _refuse_misfits(source: Organization, target: Organization) -> None:
    if target.path.startswith(source.path):
        raise invalid_field("into", "below_itself", "不能并入自己或自己的下级")
    if (source.kind in BODIES) != (target.kind in BODIES):
        raise invalid_field("into", "other_kind", "党组织与功能型、议事型、服务型组织不能互相并入")
    below = (Organization.parent == source.id) & Organization.closed_on.is_null()
    for row in Organization.select(Organization.kind, Organization.level).where(below).distinct():
        check_standing(OrganizationKind(row.kind), level_of(row), target, "into")


def _hand_over_children(source: Organization, target: Organization, deed: Deed) -> list[int]:
    """Everything below the one now stands below the other; gives those that stood directly below."""
    children = [row.id for row in Organization.select(Organization.id).where(Organization.parent == source.id)]
    if not children:
        return []
    below = in_subtree(Organization.path, source.path) & (Organization.path != source.path)
    rewrite_paths(below, source.path, target.path)
    Organization.update(parent=target.id).where(Organization.parent == source.id).execute()
    for child in children:
        note_change(child, ChangeKind.MOVED, {"parent": source.code}, {"parent": target.code}, deed)
    return children


def _hand_over_members(source: int, target: int, today: date) -> None:
    """Memberships end yesterday and begin anew today, so that every past day still knows where its members were."""
    in_force = (Membership.organization == source) & not_over(today)
    for kind in MembershipKind:  # home comes first: who is at home in the target needs no other membership there
        _begin_anew(in_force & (Membership.kind == kind), kind, target, today)
        if kind is MembershipKind.HOME:
            Member.update(organization=target).where(Member.organization == source).execute()
    Membership.update(until_on=today - timedelta(days=1)).where(in_force).execute()


def _begin_anew(rows: pw.Expression, kind: MembershipKind, target: int, today: date) -> None:
    there = Membership.alias()
    known: Any = there.select(there.id).where(
        there.organization == target, there.member == Membership.member, there.kind == kind
    )
    once = Membership.alias()
    left: Any = (
        once.select(once.id)
        .where(once.organization == target, once.kind == kind, once.until_on < today)
        .where(once.member.in_(Membership.select(Membership.member).where(rows)))
    )
    returning = [row.id for row in left]  # MySQL updates no table that it reads in the same statement
    moving: Any = Membership.select(Membership.member, target, pw.Value(kind.value), pw.Value(today), None).where(rows)
    if kind is not MembershipKind.HOME:
        moving = moving.join(Member).where(Member.organization != target)
    columns = [Membership.member, Membership.organization, Membership.kind, Membership.since_on, Membership.until_on]
    Membership.insert_from(moving.where(~pw.fn.EXISTS(known)), columns).execute()
    if returning:
        Membership.update(since_on=today, until_on=None).where(Membership.id.in_(returning)).execute()
