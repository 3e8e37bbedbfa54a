"""The activities behind a figure of one organisation: meetings with how many were counted, never who."""

from datetime import date
from typing import Any, NamedTuple

import peewee as pw

from backend.branch_life.activities.models import Activity, CheckIn, CheckInStatus
from backend.people.access import require
from backend.people.models import Organization
from backend.people.permissions import Caller, Right

SHOWN = 200


class ActivityRecord(NamedTuple):
    """One activity and how many check-ins of it were counted."""

    id: str
    title: str
    held_on: date
    check_ins: int


def list_check_ins(caller: Caller, organization: Organization, days: tuple[date, date]) -> list[ActivityRecord]:
    """The newest `SHOWN` activities of this very organisation with check-ins in force that need no confirming."""
    require(caller, Right.SEE_ACTIVITIES, organization)
    rows: Any = (
        CheckIn.select(Activity.public_id, Activity.title, Activity.held_on, pw.fn.COUNT(CheckIn.id))
        .join(Activity)
        .where(
            Activity.organization == organization.id,
            Activity.held_on.between(*days),
            CheckIn.in_force == 1,
            CheckIn.status != CheckInStatus.TO_CONFIRM,
        )
        .group_by(Activity.id, Activity.public_id, Activity.title, Activity.held_on)
        .order_by(Activity.held_on.desc(), Activity.id.desc())
        .limit(SHOWN)
    )
    return [ActivityRecord(*row) for row in rows.tuples()]
