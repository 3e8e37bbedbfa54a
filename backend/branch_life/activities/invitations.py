"""Who is expected at an activity: whoever belongs to the organisation on its day, or whoever was named."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import peewee as pw

from backend.branch_life.activities.models import (
    Activity,
    ActivityInvitation,
    ActivityPartner,
    RequestState,
    SignUp,
    SignUpState,
)
from backend.branch_life.activities.rules import MOST_INVITED
from backend.branch_life.activities.schemas import Invited
from backend.core.errors import invalid_field
from backend.people.access import in_subtree
from backend.people.directory import current_memberships
from backend.people.groupings.models import MemberTag
from backend.people.memberships import in_force
from backend.people.models import (
    Member,
    Membership,
    MembershipKind,
    Organization,
    OrganizationKind,
    OrganizationPost,
    Role,
)
from backend.people.posts import in_office

# organisational life is shared at home, as a guest and in one's cell; alliances and residence give no place on the roll
ATTENDING = (MembershipKind.HOME, MembershipKind.HOST, MembershipKind.CELL)


def expected_members(activity: Activity) -> list[Member]:
    """The members on the roll: all who are invited or, where places are few, those who have one."""
    if activity.capacity is None:
        return invited_members(activity)
    going = SignUp.select(SignUp.member).where(SignUp.activity == activity.id, SignUp.state == SignUpState.GOING)
    return list(Member.select().where(Member.id.in_(going)).order_by(Member.id))


def invited_members(activity: Activity) -> list[Member]:
    """The members who may come, whether or not places are few."""
    if activity.invites_named:
        invited = ActivityInvitation.select(ActivityInvitation.member).where(ActivityInvitation.activity == activity.id)
        return list(Member.select().where(Member.id.in_(invited)).order_by(Member.id))
    return attending_members(activity.organization_id, activity.held_on)


def attending_members(organization_id: int, day: date) -> list[Member]:
    """Everybody who belongs to an organisation on a local day, at home or as a guest."""
    rows = current_memberships(organization_id, day).where(Membership.kind.in_(ATTENDING))
    members = {row.member.id: row.member for row in rows}
    return [members[key] for key in sorted(members)]


def chosen_members(invited: Invited, organization: Organization, day: date) -> list[Member]:
    """Whoever is named in an invitation, each once; 422 for a name, a group or a tag that nobody belongs to."""
    found: dict[int, Member] = {}
    for part, choose in _WAYS.items():
        if named := getattr(invited, part):
            found |= {member.id: member for member in choose(named, organization, day)}
    if not found:
        raise invalid_field("invited", "nobody", "没有人符合邀请条件，请检查党小组、职务或标签")
    if len(found) > MOST_INVITED.value:
        raise invalid_field("invited", "too_many", f"一次最多邀请 {MOST_INVITED.value} 人，请分场次安排")
    return [found[key] for key in sorted(found)]


def _by_name(public_ids: Sequence[str], organization: Organization, day: date) -> list[Member]:
    known = {member.public_id: member for member in attending_members(organization.id, day)}
    unknown = [one for one in public_ids if one not in known]
    if unknown:
        raise invalid_field("invited.members", "unknown_member", f"有 {len(unknown)} 人不属于本组织")
    return [known[one] for one in dict.fromkeys(public_ids)]


def _by_organization(codes: Sequence[str], organization: Organization, day: date) -> list[Member]:
    below = in_subtree(Organization.path, organization.path)
    found = list(Organization.select(Organization.id).where(Organization.code.in_(codes), below))
    if len(found) < len(set(codes)):
        raise invalid_field("invited.organizations", "unknown_organization", "只能邀请本组织及下级组织")
    return _belonging(Membership.organization.in_([row.id for row in found]), ATTENDING, day)


def _by_cell(codes: Sequence[str], organization: Organization, day: date) -> list[Member]:
    cells = Organization.select(Organization.id).where(
        Organization.code.in_(codes),
        Organization.kind == OrganizationKind.CELL,
        in_subtree(Organization.path, organization.path),
    )
    found = [row.id for row in cells]
    if len(found) < len(set(codes)):
        raise invalid_field("invited.cells", "unknown_cell", "本组织没有这个党小组")
    return _belonging(Membership.organization.in_(found), ATTENDING, day)


def _by_role(roles: Sequence[Role], organization: Organization, day: date) -> list[Member]:
    holders = (
        OrganizationPost.select(OrganizationPost.account)
        .join(Organization)
        .where(
            in_subtree(Organization.path, organization.path),
            OrganizationPost.role.in_(roles),
            in_office(day),
        )
    )
    return list(Member.select().where(Member.account.in_(holders)))


def _by_tag(tags: Sequence[str], organization: Organization, day: date) -> list[Member]:
    tagged = MemberTag.select(MemberTag.member).where(
        MemberTag.organization == organization.id, MemberTag.tag.in_(tags)
    )
    here = (Membership.organization == organization.id) & Membership.member.in_(tagged)
    return _belonging(here, ATTENDING, day)


def _belonging(where: pw.Expression, kinds: Sequence[MembershipKind], day: date) -> list[Member]:
    rows = (
        Member.select()
        .join(Membership)
        .where(
            where,
            Membership.kind.in_(kinds),
            in_force(day),
        )
    )
    return list(rows.distinct())


_WAYS: dict[str, Callable[[Any, Organization, date], list[Member]]] = {
    "members": _by_name,
    "organizations": _by_organization,
    "cells": _by_cell,
    "roles": _by_role,
    "tags": _by_tag,
}


def invite(activity: Activity, members: Sequence[Member]) -> None:
    """Write the names on the roll, in the caller's unit of work."""
    rows = [{"activity": activity.id, "member": member.id} for member in members]
    for batch in pw.chunked(rows, 200):
        ActivityInvitation.insert_many(batch).execute()


def awaited(activity: Activity, member_id: int | None) -> bool:
    """Whether a member is on the roll, or belongs to a branch that holds the activity too."""
    if member_id is None or belongs(activity, member_id):
        return member_id is not None
    partners = ActivityPartner.select(ActivityPartner.organization).where(
        ActivityPartner.activity == activity.id, ActivityPartner.state == RequestState.APPROVED
    )
    there = (Membership.member == member_id) & Membership.organization.in_(partners)
    lives = Membership.select().where(there, Membership.kind.in_(ATTENDING), in_force(activity.held_on))
    return bool(lives.exists())


def belongs(activity: Activity, member_id: int | None) -> bool:
    """Whether a member is on the roll of an activity."""
    if member_id is None:
        return False
    if activity.invites_named:
        named = (ActivityInvitation.activity == activity.id) & (ActivityInvitation.member == member_id)
        return bool(ActivityInvitation.select().where(named).exists())
    own = current_memberships(activity.organization_id, activity.held_on).where(
        Membership.member == member_id, Membership.kind.in_(ATTENDING)
    )
    return bool(own.exists())
