"""Places: what and where they are, and the code on their poster."""

from enum import StrEnum

import peewee as pw

from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Organization

CODE_LENGTH = 8


class PlaceKind(StrEnum):
    """What a place is for (`domain.md` §5.1)."""

    SERVICE_CENTRE = "service_centre"
    VENUE = "venue"
    SITE = "site"


class Datum(StrEnum):
    """What coordinates refer to: WeChat gives GCJ-02, GPS gives WGS 84."""

    GCJ02 = "gcj02"
    WGS84 = "wgs84"


class ServiceCentre(Record):
    """A place of an organisation, a 党群服务中心 above all. `code` is what its poster shows and may be renewed.

    Coordinates are those of the place, never of a person.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    kind = pw.CharField(16)
    name = pw.CharField(60)
    address = pw.CharField(120)
    lat = pw.DoubleField(null=True)
    lng = pw.DoubleField(null=True)
    datum = pw.CharField(8, null=True)
    code = pw.CharField(CODE_LENGTH, unique=True)
    code_since = UtcDateTimeField()
    created_at = UtcDateTimeField()
    closed_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("organization", "id"), False),)


TABLES = (ServiceCentre,)
