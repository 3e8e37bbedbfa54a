"""Members who took part with another branch: at home one sees it beside the duty of that kind and period.

It meets no duty of the home branch, which is met by its own meeting; but nobody who was there counts as silent.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from backend.branch_life.activities.models import Activity, CheckIn, CheckInStatus
from backend.branch_life.duties.models import Duty
from backend.branch_life.duties.schemas import TookPart
from backend.people.directory import brief
from backend.people.models import Member, Membership, MembershipKind, Organization


class Part(NamedTuple):
    """One check-in of a home member with another branch."""

    activity: Activity
    shape: TookPart


def took_part(organization_id: int, duties: Sequence[Duty]) -> Mapping[int, list[TookPart]]:
    """By duty of one organisation, who of its members at home took part elsewhere; one statement."""
    if not duties:
        return {}
    rows: Any = (
        CheckIn.select(CheckIn, Member, Activity, Organization)
        .join_from(CheckIn, Member)
        .join_from(CheckIn, Activity)
        .join_from(Activity, Organization)
        .join_from(Member, Membership)
        .where(
            Membership.organization == organization_id,
            Membership.kind == MembershipKind.HOME,
            Membership.since_on <= Activity.held_on,
            Membership.until_on.is_null() | (Membership.until_on >= Activity.held_on),
            CheckIn.in_force == 1,
            CheckIn.status != CheckInStatus.TO_CONFIRM,
            Activity.organization != organization_id,
            Organization.parent.is_null() | (Organization.parent != organization_id),  # its own cells are no others
            Activity.kind.in_(sorted({duty.kind for duty in duties})),
            Activity.held_on.between(min(duty.starts_on for duty in duties), max(duty.due_on for duty in duties)),
        )
        .order_by(Activity.held_on, CheckIn.id)
    )
    parts = [Part(row.activity, _shape(row)) for row in rows]
    return {duty.id: [part.shape for part in parts if _counts_for(duty, part.activity)] for duty in duties}


def _counts_for(duty: Duty, activity: Activity) -> bool:
    return activity.kind == duty.kind and duty.starts_on <= activity.held_on <= duty.due_on


def _shape(row: Any) -> TookPart:
    return TookPart(
        member=row.member.public_id,
        name=row.member.name,
        organization=brief(row.activity.organization),
        title=row.activity.title,
        held_on=row.activity.held_on,
    )
