"""What the tally was last told of each organisation."""

import peewee as pw

from backend.core.database import Record
from backend.people.models import Organization


class HeadCount(Record):
    """Members of an organisation, its own only, as they were last counted: at home, or away in one direction."""

    id = pw.BigAutoField()
    organization = pw.ForeignKeyField(Organization, on_delete="CASCADE", index=False)
    organization_id: int
    measure = pw.CharField(40)
    members = pw.IntegerField()

    class Meta:
        indexes = ((("organization", "measure"), True),)


TABLES = (HeadCount,)
