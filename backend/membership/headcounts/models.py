"""What the tally was last told of each organisation."""

import peewee as pw

from backend.core.database import Record
from backend.people.models import Organization


class HeadCount(Record):
    """Home members of an organisation, its own only, as they were last counted."""

    id = pw.BigAutoField()
    organization = pw.ForeignKeyField(Organization, unique=True, on_delete="CASCADE")
    organization_id: int
    members = pw.IntegerField()


TABLES = (HeadCount,)
