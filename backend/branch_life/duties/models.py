"""What an organisation owes, a row for each kind and period."""

from enum import StrEnum

import peewee as pw

from backend.branch_life.activities.models import Activity
from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Organization


class DutyState(StrEnum):
    """Where a duty stands: `late` when its period and the days of grace went by without it."""

    DUE = "due"
    MET = "met"
    LATE = "late"
    WAIVED = "waived"


class Duty(Record):
    """One thing owed by an organisation in a period (`2026-11`, `2026-Q4`, `2026`), from local day to local day.

    `activity` is what met it; on a late one it is what was held in time and put on record too late.
    """

    id = pw.BigAutoField()
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    kind = pw.CharField(32)
    period = pw.CharField(7)
    starts_on = pw.DateField()
    due_on = pw.DateField()
    state = pw.CharField(8)
    waived_for = pw.CharField(80, null=True)
    activity = pw.ForeignKeyField(Activity, null=True, on_delete="SET NULL")
    activity_id: int | None
    settled_at = UtcDateTimeField(null=True)
    created_at = UtcDateTimeField()

    class Meta:
        indexes = (
            (("organization", "period", "kind"), True),
            (("state", "due_on"), False),
        )


TABLES = (Duty,)
