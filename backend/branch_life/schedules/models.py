"""Activities that come back every month."""

from enum import StrEnum

import peewee as pw

from backend.branch_life.activities.models import Activity
from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Account, Organization


class Shift(StrEnum):
    """What becomes of a day that is not worked; the month is never left, or it would lack its Party day."""

    NONE = "none"
    EARLIER = "earlier"
    LATER = "later"


class ActivitySchedule(Record):
    """A monthly activity on a fixed day: `day` of the month, or the `nth` `weekday` (1 is Monday, nth 5 the last).

    `next_on` is the local day of the next one that is still to be planned.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT")
    organization_id: int
    kind = pw.CharField(32)
    title = pw.CharField(60)
    place_text = pw.CharField(80)
    day = pw.SmallIntegerField(null=True)
    nth = pw.SmallIntegerField(null=True)
    weekday = pw.SmallIntegerField(null=True)
    starts_at_minute = pw.SmallIntegerField()
    minutes = pw.SmallIntegerField()
    shift = pw.CharField(8)
    next_on = pw.DateField(null=True, index=True)
    planned_by = pw.ForeignKeyField(Account, on_delete="RESTRICT")
    planned_by_id: int
    created_at = UtcDateTimeField()
    ended_at = UtcDateTimeField(null=True)


class ScheduleSlot(Record):
    """One month of a schedule that is settled: planned as an activity, or skipped for a reason."""

    id = pw.BigAutoField()
    schedule = pw.ForeignKeyField(ActivitySchedule, on_delete="CASCADE", index=False)
    schedule_id: int
    month = pw.FixedCharField(7)
    activity = pw.ForeignKeyField(Activity, null=True, on_delete="RESTRICT")
    activity_id: int | None
    skipped_by = pw.ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False)
    skip_reason = pw.CharField(200, null=True)
    settled_at = UtcDateTimeField()

    class Meta:
        indexes = ((("schedule", "month"), True),)


TABLES = (ActivitySchedule, ScheduleSlot)
