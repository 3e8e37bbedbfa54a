"""What happened to organisations, and the pieces of their names by which they are found."""

from enum import StrEnum

import peewee as pw

from backend.core.database import JsonField, Record, UtcDateTimeField
from backend.people.models import Account, Organization


class ChangeKind(StrEnum):
    """What can happen to an organisation."""

    FOUNDED = "founded"
    EDITED = "edited"
    MOVED = "moved"
    MERGED = "merged"
    ABSORBED = "absorbed"
    CLOSED = "closed"


class OrganizationChange(Record):
    """One change of an organisation, append-only; `account` is empty when a command did it."""

    id = pw.BigAutoField()
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    kind = pw.CharField(12)
    before = JsonField(null=True)
    after = JsonField(null=True)
    account = pw.ForeignKeyField(Account, null=True, on_delete="SET NULL")
    account_id: int | None
    reason = pw.CharField(200, null=True)
    at = UtcDateTimeField()

    class Meta:
        indexes = ((("organization", "id"), False),)


class OrganizationGram(Record):
    """One or two neighbouring characters of a name: what is typed is found wherever it stands in the name."""

    gram = pw.CharField(2)
    organization = pw.ForeignKeyField(Organization, on_delete="CASCADE")
    organization_id: int

    class Meta:
        primary_key = pw.CompositeKey("gram", "organization")


TABLES = (OrganizationChange, OrganizationGram)
