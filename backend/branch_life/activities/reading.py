"""Finding and showing activities to whoever may see them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import peewee as pw

from backend.branch_life.activities.invitations import ATTENDING
from backend.branch_life.activities.models import (
    Activity,
    ActivityInvitation,
    ActivityPartner,
    ActivityState,
    CheckIn,
    CheckInMethod,
    LeaveRequest,
    RequestState,
    SignUp,
)
from backend.branch_life.activities.rules import check_in_window
from backend.branch_life.activities.schemas import ActivityQuery, ActivityShape, OwnPart, VenueShape
from backend.branch_life.kinds import KIND_LABELS, ActivityKind
from backend.core.errors import Forbidden, NotFound
from backend.core.pages import Page, cursor_instant, page_by_instant
from backend.people.access import find_organization, within
from backend.people.directory import brief
from backend.people.models import Membership, Organization
from backend.people.permissions import Caller, Right
from backend.people.places.models import ServiceCentre

_STATE_LABELS = {
    ActivityState.PLANNED: "未开始",
    ActivityState.OPEN: "签到中",
    ActivityState.OVER: "已结束",
    ActivityState.CANCELLED: "已取消",
}


@dataclass(frozen=True)
class _Standing:
    """Where a caller takes or took part in organisational life, what he was invited to by name, and what his
    branches hold together with others.
    """

    lives: Sequence[Membership]
    named: frozenset[int]
    shared: frozenset[int] = frozenset()

    def takes_part(self, activity: Activity) -> bool:
        """Whether the activity is any of his business."""
        return activity.id in self.named | self.shared or any(
            life.organization_id == activity.organization_id for life in self.lives
        )

    def is_invited(self, activity: Activity) -> bool:
        """Whether he is on its roll."""
        if activity.invites_named:
            return activity.id in self.named
        return any(
            life.organization_id == activity.organization_id and _covers(life, activity.held_on) for life in self.lives
        )


@dataclass(frozen=True)
class _OwnPast:
    """What a caller did about the activities of one page, by their ids."""

    check_ins: dict[int, str] = field(default_factory=dict)
    leaves: dict[int, str] = field(default_factory=dict)
    sign_ups: dict[int, str] = field(default_factory=dict)


def find_activity(caller: Caller, public_id: str) -> Activity:
    """The activity with its organisation; NotFound when the caller may not see it."""
    activity: Activity | None = _activities().where(Activity.public_id == public_id).first()
    if activity is None or not _may_see(caller, activity):
        raise NotFound()
    return activity


def find_activity_to_run(caller: Caller, public_id: str, right: Right) -> Activity:
    """The same for the organiser: 403 for whoever may only look."""
    activity = find_activity(caller, public_id)
    if not caller.may(right, activity.organization.path):
        raise Forbidden()
    return activity


def read_activity(caller: Caller, public_id: str, *, now: datetime) -> ActivityShape:
    """One activity."""
    activity = find_activity(caller, public_id)
    return _shape(activity, _own_part(caller, activity, _standing(caller), _own_past(caller, [activity])), now)


def list_activities(caller: Caller, query: ActivityQuery, *, now: datetime) -> Page[ActivityShape]:
    """Activities of the organisations that the caller belongs to or may see."""
    standing = _standing(caller)
    rows = _activities().where(_visible(caller, standing)).limit(query.limit + 1)
    if query.organization:
        rows = rows.where(Activity.organization == find_organization(query.organization).id)
    coming = query.when == "coming"
    if query.when:
        rows = rows.where(Activity.ends_at >= now if coming else Activity.ends_at < now)
    if query.since:
        rows = rows.where(Activity.starts_at >= query.since)
    if query.before:
        rows = rows.where(Activity.starts_at < query.before)
    if query.cursor:
        rows = rows.where(_beyond(query.cursor, coming))
    order = (Activity.starts_at, Activity.id) if coming else (Activity.starts_at.desc(), Activity.id.desc())
    page, more = page_by_instant(list(rows.order_by(*order)), query.limit, "starts_at")
    past = _own_past(caller, page)
    return Page([_shape(row, _own_part(caller, row, standing, past), now) for row in page], more)


def _beyond(cursor: str, coming: bool) -> pw.Expression:
    at, number = cursor_instant(cursor)
    same = Activity.starts_at == at
    if coming:
        return (Activity.starts_at > at) | (same & (Activity.id > number))
    return (Activity.starts_at < at) | (same & (Activity.id < number))


def _activities() -> "pw.ModelSelect[Any]":
    return (
        Activity.select(Activity, Organization, ServiceCentre)
        .join_from(Activity, Organization)
        .join_from(Activity, ServiceCentre, pw.JOIN.LEFT_OUTER)
    )


def _may_see(caller: Caller, activity: Activity) -> bool:
    if caller.may(Right.SEE_ACTIVITIES, activity.organization.path) or _standing(caller).takes_part(activity):
        return True
    asked = Organization.select().join(ActivityPartner).where(ActivityPartner.activity == activity.id)
    return any(caller.may(Right.SEE_ACTIVITIES, partner.path) for partner in asked)


def _standing(caller: Caller) -> _Standing:
    if caller.member_id is None:
        return _Standing((), frozenset())
    lives = Membership.select().where(Membership.member == caller.member_id, Membership.kind.in_(ATTENDING))
    named = ActivityInvitation.select(ActivityInvitation.activity).where(ActivityInvitation.member == caller.member_id)
    shared = ActivityPartner.select(ActivityPartner.activity).where(
        ActivityPartner.organization.in_([life.organization_id for life in lives]),
        ActivityPartner.state == RequestState.APPROVED,
    )
    return _Standing(
        list(lives), frozenset(row.activity_id for row in named), frozenset(row.activity_id for row in shared)
    )


def _visible(caller: Caller, standing: _Standing) -> pw.Expression:
    """Own organisations, those of one's posts, and whatever one was invited to by name."""
    mine: pw.Expression = Activity.organization.in_([life.organization_id for life in standing.lives])
    if standing.named or standing.shared:
        mine = mine | Activity.id.in_(sorted(standing.named | standing.shared))
    seen = within(caller, Right.SEE_ACTIVITIES, Organization.path)
    return mine if seen is None else mine | seen


def _own_past(caller: Caller, page: Sequence[Activity]) -> _OwnPast:
    if caller.member_id is None:
        return _OwnPast()
    ids = [activity.id for activity in page]
    came = CheckIn.select(CheckIn.activity, CheckIn.status).where(
        CheckIn.activity.in_(ids), CheckIn.member == caller.member_id, CheckIn.in_force == 1
    )
    asked = LeaveRequest.select(LeaveRequest.activity, LeaveRequest.state).where(
        LeaveRequest.activity.in_(ids), LeaveRequest.member == caller.member_id
    )
    signed = SignUp.select(SignUp.activity, SignUp.state).where(
        SignUp.activity.in_(ids), SignUp.member == caller.member_id
    )
    return _OwnPast(
        {row.activity_id: row.status for row in came},
        {row.activity_id: row.state for row in asked},
        {row.activity_id: row.state for row in signed},
    )


def _own_part(caller: Caller, activity: Activity, standing: _Standing, past: _OwnPast) -> OwnPart:
    return OwnPart.model_validate(
        {
            "invited": standing.is_invited(activity),
            "awaited": standing.is_invited(activity) or activity.id in standing.shared,
            "check_in": past.check_ins.get(activity.id),
            "leave": past.leaves.get(activity.id),
            "sign_up": past.sign_ups.get(activity.id),
            "keeps_roll": caller.may(Right.KEEP_ROLL, activity.organization.path),
        }
    )


def _covers(life: Membership, day: date) -> bool:
    return life.since_on <= day and (life.until_on is None or life.until_on >= day)


def _shape(activity: Activity, own: OwnPart, now: datetime) -> ActivityShape:
    opens_at, closes_at = check_in_window(activity.starts_at, activity.ends_at)
    state = _state(activity, opens_at, closes_at, now)
    kind = ActivityKind(activity.kind)
    return ActivityShape(
        id=activity.public_id,
        organization=brief(activity.organization),
        kind=kind,
        kind_label=KIND_LABELS[kind],
        title=activity.title,
        starts_at=activity.starts_at,
        ends_at=activity.ends_at,
        check_in_from=opens_at,
        check_in_until=closes_at,
        place=_place(activity),
        agenda=activity.agenda,
        hours=float(activity.hours),
        methods=[CheckInMethod(method) for method in activity.methods.split(",")],
        welcomes_visitors=activity.welcomes_visitors,
        capacity=activity.capacity,
        rooms=activity.rooms,
        state=state,
        state_label=_STATE_LABELS[state],
        cancel_reason=activity.cancel_reason,
        own=own,
    )


def _state(activity: Activity, opens_at: datetime, closes_at: datetime, now: datetime) -> ActivityState:
    if activity.cancelled_at is not None:
        return ActivityState.CANCELLED
    if now < opens_at:
        return ActivityState.PLANNED
    return ActivityState.OPEN if now <= closes_at else ActivityState.OVER


def _place(activity: Activity) -> VenueShape:
    return VenueShape.model_validate(
        {
            "text": activity.place_text,
            "centre": activity.service_centre.public_id if activity.service_centre else None,
            "lat": activity.place_lat,
            "lng": activity.place_lng,
            "datum": activity.place_datum,
            "radius_m": activity.place_radius_m,
        }
    )
