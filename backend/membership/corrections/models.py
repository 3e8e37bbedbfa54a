"""Requests to correct the roster and what became of them."""

from enum import StrEnum

import peewee as pw

from backend.core.crypto import SealedField
from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Account, Member, Organization


class CorrectionField(StrEnum):
    """What a member may ask to have corrected."""

    NAME = "name"
    PHONE = "phone"
    IDENTITY_NUMBER = "identity_number"
    JOINED_ON = "joined_on"


class CorrectionState(StrEnum):
    """Asked until somebody else has decided."""

    ASKED = "asked"
    APPROVED = "approved"
    DENIED = "denied"


class CorrectionRequest(Record):
    """A field of the roster that should read otherwise. `waiting` is 1 until decided: one per member and field."""

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    member = pw.ForeignKeyField(Member, on_delete="CASCADE", index=False)
    member_id: int
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    asked_by = pw.ForeignKeyField(Account, on_delete="CASCADE")
    asked_by_id: int
    field = pw.CharField(20)
    value = SealedField()
    reason = pw.CharField(200)
    waiting = pw.SmallIntegerField(null=True)
    state = pw.CharField(12)
    asked_at = UtcDateTimeField()
    decided_by = pw.ForeignKeyField(Account, null=True, on_delete="SET NULL", backref="+")
    decided_at = UtcDateTimeField(null=True)
    note = pw.CharField(200, null=True)

    class Meta:
        indexes = ((("member", "field", "waiting"), True), (("organization", "state", "id"), False))


TABLES = (CorrectionRequest,)
