"""Planning and cancelling an activity; its members are told."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from backend.branch_life.activities.invitations import (
    attending_members,
    chosen_members,
    invite,
    invited_members,
)
from backend.branch_life.activities.models import Activity, ActivityPartner, CheckIn, RequestState
from backend.branch_life.activities.reading import find_activity_to_run, read_activity
from backend.branch_life.activities.rooms import furnish
from backend.branch_life.activities.rules import FARTHEST_AHEAD, LONGEST_ACTIVITY, study_hours
from backend.branch_life.activities.schemas import ActivityPlace, ActivityShape, CancelActivity, PlanActivity
from backend.branch_life.kinds import KIND_LABELS, ActivityKind
from backend.branch_life.templates.library import find_template_id
from backend.core.clock import local_day
from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, invalid_field
from backend.messaging import outbox
from backend.people.access import find_organization, refuse_closed, require
from backend.people.models import Member, Organization
from backend.people.permissions import Caller, Right
from backend.people.places.models import ServiceCentre


def plan_activity(caller: Caller, body: PlanActivity, *, timezone: ZoneInfo, now: datetime) -> ActivityShape:
    """A new activity; 422 for times that make no sense or members of other organisations."""
    organization = find_organization(body.organization)
    require(caller, Right.PLAN_ACTIVITIES, organization)
    refuse_closed(organization)
    _check_times(body, now)
    activity = in_unit_of_work(
        lambda: write_activity(caller.account_id, organization, body, timezone=timezone, now=now)
    )
    return read_activity(caller, activity.public_id, now=now)


def write_activity(
    planned_by: int, organization: Organization, body: PlanActivity, *, timezone: ZoneInfo, now: datetime
) -> Activity:
    """Write an activity with its roll and rooms and tell the invited, in the caller's unit of work."""
    activity = _create(planned_by, organization, body, local_day(body.starts_at, timezone), now)
    if body.invited.everybody:
        members = attending_members(organization.id, activity.held_on)
    else:
        members = chosen_members(body.invited, organization, activity.held_on)
        invite(activity, members)
    furnish(activity, body.remote_rooms)
    announce("activity.planned", activity, organization, members, timezone=timezone, now=now)
    return activity


def _check_times(body: PlanActivity, now: datetime) -> None:
    if body.ends_at <= body.starts_at:
        raise invalid_field("ends_at", "not_after_start", "结束时间应在开始时间之后")
    if body.ends_at - body.starts_at > LONGEST_ACTIVITY.value:
        raise invalid_field("ends_at", "too_long", f"一次活动最长 {LONGEST_ACTIVITY.value.days} 天")
    if body.ends_at <= now:
        raise invalid_field("ends_at", "in_the_past", "活动已经结束，不能再安排；已开过的会请用补签登记")
    if body.starts_at > now + FARTHEST_AHEAD.value:
        raise invalid_field("starts_at", "too_far_ahead", f"最多提前 {FARTHEST_AHEAD.value.days} 天安排")


def _create(planned_by: int, organization: Organization, body: PlanActivity, held_on: date, now: datetime) -> Activity:
    activity: Activity = Activity.create(
        public_id=new_public_id(),
        organization=organization.id,
        kind=body.kind,
        title=body.title,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        held_on=held_on,
        **_venue(body.place),
        agenda=body.agenda,
        template=find_template_id(body.template, organization) if body.template else None,
        hours=study_hours(body.kind, body.ends_at - body.starts_at),
        methods=",".join(dict.fromkeys(body.check_in.methods)),
        capacity=body.capacity,
        rooms=1 + len(body.remote_rooms),
        invites_named=not body.invited.everybody,
        welcomes_visitors=body.invited.visitors,
        planned_by=planned_by,
        created_at=now,
    )
    return activity


def _venue(place: ActivityPlace) -> dict[str, Any]:
    """Where it is; 422 for a service centre that is not there any more. Its coordinates stand in for missing ones."""
    centre = ServiceCentre.get_or_none(ServiceCentre.public_id == place.centre) if place.centre else None
    if place.centre and (centre is None or centre.closed_at is not None):
        raise invalid_field("place.centre", "unknown_place", "没有这个场所，或已停用，请重新选择")
    located = place if place.lat is not None or centre is None else centre
    return {
        "place_text": place.text,
        "place_lat": located.lat,
        "place_lng": located.lng,
        "place_datum": located.datum,
        "place_radius_m": place.radius_m,
        "service_centre": centre,
    }


def cancel_activity(
    caller: Caller, public_id: str, body: CancelActivity, *, timezone: ZoneInfo, now: datetime
) -> ActivityShape:
    """Call it off before it is over; 409 when it is over, cancelled already, or somebody has checked in."""
    activity = find_activity_to_run(caller, public_id, Right.PLAN_ACTIVITIES)
    if activity.ends_at <= now:
        raise Conflict("activity_over", "活动已经结束，不能取消")
    organization = Organization.get_by_id(activity.organization_id)

    def work() -> None:
        still_on = Activity.update(cancelled_at=now, cancel_reason=body.reason).where(
            Activity.id == activity.id, Activity.cancelled_at.is_null()
        )
        update_exactly_one(still_on, lost=lambda: Conflict("already_cancelled", "活动已经取消"))
        # asked after the update, which waits for check-ins under way
        came = CheckIn.select().where(CheckIn.activity == activity.id, CheckIn.in_force == 1).count()
        if came:
            raise Conflict("has_check_ins", f"已有 {came} 人签到，请先逐一作废签到再取消")
        activity.cancel_reason = body.reason
        members = invited_members(activity)
        announce("activity.cancelled", activity, organization, members, timezone=timezone, now=now)
        for partner in partners_of(activity):
            members = attending_members(partner.id, activity.held_on)
            announce("activity.cancelled", activity, partner, members, timezone=timezone, now=now)

    in_unit_of_work(work)
    return read_activity(caller, public_id, now=now)


def partners_of(activity: Activity) -> list[Organization]:
    """The organisations that hold it too, by their own word."""
    agreed = ActivityPartner.select(ActivityPartner.organization).where(
        ActivityPartner.activity == activity.id, ActivityPartner.state == RequestState.APPROVED
    )
    return list(Organization.select().where(Organization.id.in_(agreed)).order_by(Organization.id))


def announce(
    topic: str,
    activity: Activity,
    organization: Organization,
    members: Sequence[Member],
    *,
    timezone: ZoneInfo,
    now: datetime,
) -> None:
    """Tell these members of an organisation, and its groups, what became of an activity."""
    own = organization.id == activity.organization_id
    outbox.enqueue(
        topic,
        activity_facts(activity, organization, timezone),
        key=f"{topic}:{activity.public_id}" + ("" if own else f":{organization.id}"),
        organization_id=organization.id,
        people={"invited": [member.account_id for member in members]},
        now=now,
    )


def activity_facts(activity: Activity, organization: Organization, timezone: ZoneInfo) -> dict[str, Any]:
    """What texts may say of an activity: its group may read all of it."""
    return {
        "activity": activity.public_id,
        "kind": KIND_LABELS[ActivityKind(activity.kind)],
        "title": activity.title,
        "organization": organization.name,
        "starts_at": activity.starts_at.astimezone(timezone).isoformat(),
        "ends_at": activity.ends_at.astimezone(timezone).isoformat(),
        "place": activity.place_text,
        "reason": activity.cancel_reason,
        "by_name": activity.invites_named,
    }
