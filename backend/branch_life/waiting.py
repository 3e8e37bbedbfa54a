"""What of a branch's life waits for its officers: requests to be counted, duties without a day, days that come."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import peewee as pw

from backend.branch_life.activities.models import Activity, ActivityPartner, LeaveRequest, MakeUpRequest, RequestState
from backend.branch_life.duties.models import Duty, DutyState
from backend.branch_life.duties.periods import Every, period_of
from backend.branch_life.kinds import KIND_LABELS, ActivityKind
from backend.core.database import rows_of


def requests_of(organization_ids: Sequence[int], *, now: datetime) -> Mapping[str, "pw.ModelSelect[Any]"]:
    """Leaves of activities to come and entries afterwards that nobody has decided on, of none that was called off."""
    here = Activity.organization.in_(organization_ids) & Activity.cancelled_at.is_null()
    return {
        "请假待审批": LeaveRequest.select(LeaveRequest.id)
        .join(Activity)
        .where(here, Activity.starts_at > now, LeaveRequest.state == RequestState.ASKED),
        "补签待审批": MakeUpRequest.select(MakeUpRequest.id).join(Activity).where(here, MakeUpRequest.waiting == 1),
    }


def activities_asked_about(organization_ids: Sequence[int], most: int, *, now: datetime) -> list[tuple[str, str, int]]:
    """Where these requests are decided on: id and title of the activity and how many, the next activity first."""
    found: dict[tuple[datetime, str, str], int] = {}
    for query in requests_of(organization_ids, now=now).values():
        about = (Activity.starts_at, Activity.public_id, Activity.title)
        rows = query.select(*about, pw.fn.COUNT(pw.SQL("1"))).group_by(*about).order_by(Activity.starts_at).limit(most)
        for *activity, count in rows_of(rows):
            found[tuple(activity)] = found.get(tuple(activity), 0) + count
    return [(public_id, title, count) for (_, public_id, title), count in sorted(found.items())[:most]]


def invitations_to(organization_ids: Sequence[int], *, now: datetime) -> "pw.ModelSelect[Any]":
    """Joint events to come that these organisations were asked to and have not answered."""
    return (
        ActivityPartner.select(ActivityPartner.id)
        .join(Activity)
        .where(
            ActivityPartner.organization.in_(organization_ids),
            ActivityPartner.state == RequestState.ASKED,
            Activity.starts_at > now,
            Activity.cancelled_at.is_null(),
        )
    )


def owed_by(organization_ids: Sequence[int], *, today: date) -> list[tuple[str, date]]:
    """What the periods of today ask for and nothing is planned for: label and last day, the next one first."""
    periods = [period_of(every, today).name for every in Every]
    rows = (
        Duty.select(Duty.kind, Duty.due_on)
        .where(
            Duty.organization.in_(organization_ids),
            Duty.period.in_(periods),
            Duty.state == DutyState.DUE,
            Duty.activity.is_null(),
        )
        .order_by(Duty.due_on, Duty.id)
    )
    return [(KIND_LABELS[ActivityKind(kind)], due_on) for kind, due_on in rows_of(rows)]


def coming_to(organization_ids: Sequence[int], most: int, *, now: datetime) -> list[tuple[datetime, str]]:
    """The next activities that stand: instant and title."""
    rows = (
        Activity.select(Activity.starts_at, Activity.title)
        .where(
            Activity.organization.in_(organization_ids),
            Activity.ends_at >= now,
            Activity.cancelled_at.is_null(),
        )
        .order_by(Activity.starts_at, Activity.id)
        .limit(most)
    )
    return [(starts_at, title) for starts_at, title in rows_of(rows)]
