"""The map that an organisation brings."""

from typing import Any

import peewee as pw

from backend.core.database import JsonField, Record, UtcDateTimeField
from backend.people.models import Organization


class FlowMap(Record):
    """Outlines of places, made coarse enough for a page: `areas` is a list of {name, rings}.

    `home` is the area that the ways begin in, `licence` the review number that a published map must carry.
    """

    id = pw.BigAutoField()
    organization = pw.ForeignKeyField(Organization, unique=True, on_delete="CASCADE")
    organization_id: int
    areas: Any = JsonField()
    home = pw.CharField(40, null=True)
    licence = pw.CharField(40, null=True)
    kept_at = UtcDateTimeField()


TABLES = (FlowMap,)
