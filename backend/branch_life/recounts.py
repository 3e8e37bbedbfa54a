"""What the records of branch life add up to, by the measures that the tally knows them by."""

from collections.abc import Iterable
from typing import Any

import peewee as pw

from backend.branch_life.activities.entries import MEASURE
from backend.branch_life.activities.models import Activity, CheckIn, CheckInStatus
from backend.branch_life.duties.counting import measure_of
from backend.branch_life.duties.models import Duty
from backend.tally.recounting import Counted


def check_ins() -> Iterable[Counted]:
    """Check-ins in force that need no confirming, by the organisation and day of their activity."""
    counted: Any = (
        CheckIn.select(Activity.organization, Activity.held_on, pw.fn.COUNT(CheckIn.id))
        .join(Activity)
        .where(CheckIn.in_force == 1, CheckIn.status != CheckInStatus.TO_CONFIRM)
        .group_by(Activity.organization, Activity.held_on)
    )
    return ((MEASURE, *row) for row in counted.tuples())


def duties() -> Iterable[Counted]:
    """Duties by what has become of them, at the first day of their period."""
    rows: Any = Duty.select(Duty.kind, Duty.state, Duty.activity, Duty.waived_for, Duty.organization, Duty.starts_on)
    for kind, state, activity, waived_for, organization_id, starts_on in rows.tuples().iterator():
        measure = measure_of(kind, state, settled=activity is not None, waived_for=waived_for)
        yield measure, organization_id, starts_on, 1


RECOUNTS = {MEASURE: check_ins, "duty_": duties, "waived:": duties}
