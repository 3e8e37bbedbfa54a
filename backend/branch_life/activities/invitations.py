"""Who is expected at an activity: whoever belongs to the organisation on its day, or whoever was named."""

from collections.abc import Sequence
from datetime import date

import peewee as pw

from backend.branch_life.activities.models import Activity, ActivityInvitation, SignUp, SignUpState
from backend.core.errors import invalid_field
from backend.people.directory import current_memberships
from backend.people.models import Member, Membership, MembershipKind

# organisational life is shared at home and as a guest; alliances and residence give no place on the roll
ATTENDING = (MembershipKind.HOME, MembershipKind.HOST)


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


def named_members(public_ids: Sequence[str], organization_id: int, day: date) -> list[Member]:
    """The members named in an invitation; 422 when one does not belong to the organisation."""
    known = {member.public_id: member for member in attending_members(organization_id, day)}
    unknown = [one for one in public_ids if one not in known]
    if unknown:
        raise invalid_field("invited.members", "unknown_member", f"有 {len(unknown)} 人不属于本组织")
    return [known[one] for one in dict.fromkeys(public_ids)]


def invite(activity: Activity, members: Sequence[Member]) -> None:
    """Write the names on the roll, in the caller's unit of work."""
    rows = [{"activity": activity.id, "member": member.id} for member in members]
    for batch in pw.chunked(rows, 200):
        ActivityInvitation.insert_many(batch).execute()


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
