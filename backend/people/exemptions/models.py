"""Exemptions: asked by one, approved by another, until a day."""

from enum import StrEnum

import peewee as pw

from backend.core.crypto import SealedField
from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Account, Member, Organization


class ExemptionState(StrEnum):
    """Asked until somebody else decides; an approved one may be ended before its day."""

    ASKED = "asked"
    APPROVED = "approved"
    DENIED = "denied"
    ENDED = "ended"


class MemberExemption(Record):
    """From local day to local day. The reason tells of health, so it is sealed, like the note.

    `in_force` is 1 while it is asked or approved: a member has one at a time.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    member = pw.ForeignKeyField(Member, on_delete="CASCADE", index=False)
    member_id: int
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    reason = SealedField()
    note = SealedField(null=True)
    state = pw.CharField(12)
    in_force = pw.SmallIntegerField(null=True)
    since_on = pw.DateField()
    until_on = pw.DateField()
    asked_by = pw.ForeignKeyField(Account, on_delete="RESTRICT", index=False, backref="+")
    asked_by_id: int
    asked_at = UtcDateTimeField()
    decided_by = pw.ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False, backref="+")
    decided_by_id: int | None
    decided_at = UtcDateTimeField(null=True)
    decision_note = pw.CharField(200, null=True)

    class Meta:
        indexes = ((("member", "in_force"), True), (("organization", "state"), False))


TABLES = (MemberExemption,)
