"""Joint events: a branch asks others to hold an activity with it; each answers for its own members.

The roll of the organiser stays that of its own branch: no branch learns the names of another one before they come.
Members of a partner that agreed are told, see the activity, and check in as visitors; their cards get the entry.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.branch_life.activities.invitations import attending_members
from backend.branch_life.activities.models import Activity, ActivityPartner, RequestState
from backend.branch_life.activities.planning import activity_facts, announce
from backend.branch_life.activities.reading import find_activity, find_activity_to_run
from backend.branch_life.activities.refusals import refusal
from backend.branch_life.partners.schemas import AskPartner, PartnerShape
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, NotFound, invalid_field
from backend.messaging import outbox
from backend.people.access import find_organization
from backend.people.directory import brief
from backend.people.models import Organization, OrganizationKind
from backend.people.permissions import Caller, Right

MOST_PARTNERS = 20
_LABELS = {RequestState.ASKED: "待答复", RequestState.APPROVED: "同意参加", RequestState.DENIED: "不参加"}


def ask_partner(
    caller: Caller, public_id: str, body: AskPartner, *, timezone: ZoneInfo, now: datetime
) -> list[PartnerShape]:
    """Ask another organisation to hold it together, before the start; its secretaries are told."""
    activity = find_activity_to_run(caller, public_id, Right.PLAN_ACTIVITIES)
    _refuse_past(activity, now)
    partner = find_organization(body.organization)
    if partner.id == activity.organization_id or partner.closed_on or partner.kind == OrganizationKind.CELL:
        raise invalid_field("organization", "no_partner", "请选另一个党组织，不能是本组织、党小组或已撤销的组织")
    if ActivityPartner.select().where(ActivityPartner.activity == activity.id).count() >= MOST_PARTNERS:
        raise Conflict("too_many_partners", f"一次活动最多与 {MOST_PARTNERS} 个党组织联合")

    def work() -> None:
        ActivityPartner.create(activity=activity, organization=partner, asked_at=now)
        _tell("joint.asked", activity, partner, to=partner, timezone=timezone, now=now)

    try:
        in_unit_of_work(work)
    except pw.IntegrityError:
        raise Conflict("already_asked", "已经邀请过这个党组织") from None
    return _shapes(activity)


def answer_partner(
    caller: Caller, place: tuple[str, str], state: RequestState, *, timezone: ZoneInfo, now: datetime
) -> list[PartnerShape]:
    """The partner's word, once, before the start; `place` is the activity's id and the partner's code.

    With its consent its members are told, and whoever comes checks in as a visitor.
    """
    activity = find_activity(caller, place[0])
    row = _find(activity, place[1])
    if not caller.may(Right.PLAN_ACTIVITIES, row.organization.path):
        raise NotFound()
    _refuse_past(activity, now)
    partner = row.organization

    def work() -> None:
        waiting = ActivityPartner.update(state=state, decided_by=caller.account_id, decided_at=now).where(
            ActivityPartner.id == row.id, ActivityPartner.state == RequestState.ASKED
        )
        update_exactly_one(waiting, lost=lambda: Conflict("already_answered", "已经答复过了"))
        _tell(f"joint.{state}", activity, partner, to=activity.organization, timezone=timezone, now=now)
        if state is RequestState.APPROVED:
            Activity.update(welcomes_visitors=True).where(Activity.id == activity.id).execute()
            members = attending_members(partner.id, activity.held_on)
            announce("activity.planned", activity, partner, members, timezone=timezone, now=now)

    in_unit_of_work(work)
    return _shapes(activity)


def list_partners(caller: Caller, public_id: str) -> list[PartnerShape]:
    """With whom it is held, for whoever may see it."""
    return _shapes(find_activity(caller, public_id))


def _refuse_past(activity: Activity, now: datetime) -> None:
    if activity.cancelled_at is not None:
        raise refusal("cancelled")
    if now >= activity.starts_at:
        raise Conflict("already_started", "活动已经开始，不能再邀请或答复")


def _find(activity: Activity, code: str) -> Any:
    row = _rows(activity).where(Organization.code == code).first()
    if row is None:
        raise NotFound()
    return row


def _rows(activity: Activity) -> Any:
    return (
        ActivityPartner.select(ActivityPartner, Organization)
        .join(Organization)
        .where(ActivityPartner.activity == activity.id)
    )


def _shapes(activity: Activity) -> list[PartnerShape]:
    return [
        PartnerShape(
            organization=brief(row.organization),
            state=RequestState(row.state),
            state_label=_LABELS[RequestState(row.state)],
            asked_at=row.asked_at,
            decided_at=row.decided_at,
        )
        for row in _rows(activity).order_by(ActivityPartner.id)
    ]


def _tell(
    topic: str, activity: Activity, partner: Organization, *, to: Organization, timezone: ZoneInfo, now: datetime
) -> None:
    outbox.enqueue(
        topic,
        {**activity_facts(activity, activity.organization, timezone), "partner": partner.name},
        key=f"{topic}:{activity.public_id}:{partner.id}",
        organization_id=to.id,
        people={},
        now=now,
    )
