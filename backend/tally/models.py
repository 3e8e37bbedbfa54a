"""Deltas and what they fold into."""

import peewee as pw

from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Organization


class TallyDelta(Record):
    """One change of a count, appended in the transaction of its cause: no hot row to wait for."""

    id = pw.BigAutoField()
    measure = pw.CharField(40)
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    day = pw.DateField()
    amount = pw.IntegerField()


class TallyCount(Record):
    """The folded count of one measure on one local day in an organisation and all below it: read by its key."""

    id = pw.BigAutoField()
    measure = pw.CharField(40)
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    day = pw.DateField()
    amount = pw.IntegerField()
    folded_at = UtcDateTimeField()

    class Meta:
        indexes = ((("measure", "organization", "day"), True),)


TABLES = (TallyDelta, TallyCount)
