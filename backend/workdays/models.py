"""Days that somebody declared otherwise than the published calendar."""

import peewee as pw

from backend.core.database import Record
from backend.people.models import Organization


class CalendarDay(Record):
    """A day that is, or is not, worked in an organisation and all below it, whatever the published calendar says.

    Without an organisation it holds everywhere: the operator's word, before the holidays are published.
    """

    id = pw.BigAutoField()
    on = pw.DateField(index=True)
    working = pw.BooleanField()
    reason = pw.CharField(80)
    organization = pw.ForeignKeyField(Organization, null=True, on_delete="CASCADE", index=False)
    organization_id: int | None

    class Meta:
        indexes = ((("organization", "on"), True),)


TABLES = (CalendarDay,)
