"""Who may vote at a meeting, and who of them was there."""

from typing import NamedTuple

import peewee as pw

from backend.branch_life.activities.models import Activity, CheckIn, CheckInStatus
from backend.branch_life.kinds import ActivityKind
from backend.branch_life.minutes.rules import COMMITTEE_ROLES, MAJORITY, QUORUM, may_open
from backend.branch_life.minutes.schemas import Voting
from backend.core.database import rows_of
from backend.people.directory import current_memberships
from backend.people.models import Account, Member, Membership, MembershipKind, MemberStatus, OrganizationPost
from backend.people.posts import in_office


class Turnout(NamedTuple):
    """How many may vote, how many of them were there, and whether the meeting could open."""

    entitled: int
    present: int
    quorate: bool | None


def turnout(activity: Activity) -> Turnout:
    """Counted from the day's roster and the roll: probationary members, visitors and guests have no vote."""
    kind = ActivityKind(activity.kind)
    entitled = _committee(activity) if kind is ActivityKind.COMMITTEE_MEETING else _voting_members(activity)
    present = len(entitled & _came(activity))
    return Turnout(len(entitled), present, may_open(kind, len(entitled), present))


def _voting_members(activity: Activity) -> set[int]:
    """Full members whose home it is on the day, invited by name or not."""
    home = current_memberships(activity.organization_id, activity.held_on).where(
        Membership.kind == MembershipKind.HOME, Member.status == MemberStatus.FULL
    )
    return {row.member_id for row in home}


def _committee(activity: Activity) -> set[int]:
    """Whoever holds a post of the committee on the day, once, whatever posts he holds."""
    day = activity.held_on
    posts = (
        Member.select(Member.id)
        .join(Account)
        .join(OrganizationPost, on=(OrganizationPost.account == Account.id))
        .where(
            OrganizationPost.organization == activity.organization_id,
            OrganizationPost.role.in_(sorted(COMMITTEE_ROLES)),
            in_office(day),
            Member.status == MemberStatus.FULL,
        )
        .distinct()
    )
    return {int(number) for (number,) in rows_of(posts)}


def _came(activity: Activity) -> set[int]:
    return {int(number) for (number,) in rows_of(counted_check_ins(activity.id))}


def counted_check_ins(activity_id: int) -> "pw.ModelSelect[CheckIn]":
    """The members on the roll, without those whose presence is still to be confirmed."""
    return CheckIn.select(CheckIn.member).where(
        CheckIn.activity == activity_id, CheckIn.in_force == 1, CheckIn.status != CheckInStatus.TO_CONFIRM
    )


def voting_shape(kind: ActivityKind, found: Turnout) -> Voting:
    """A turnout as it is printed."""
    rule = QUORUM.get(kind)
    return Voting(
        entitled=found.entitled,
        present=found.present,
        quorate=found.quorate,
        rule=rule.source if rule else None,
        majority=MAJORITY.source,
        statement=_statement(kind, found),
    )


def _statement(kind: ActivityKind, found: Turnout) -> str:
    who = "委员" if kind is ActivityKind.COMMITTEE_MEETING else "有表决权的党员"
    text = f"应到会{who} {found.entitled} 名，实到 {found.present} 名"
    if found.quorate is None:
        return f"{text}。"
    return f"{text}，{'达到' if found.quorate else '未达到'}半数，{'可以' if found.quorate else '不能'}开会表决。"
