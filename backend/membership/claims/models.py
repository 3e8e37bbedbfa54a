"""Claims of membership and what became of them."""

from enum import StrEnum

import peewee as pw

from backend.core.crypto import SealedField
from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Account, Member, Organization


class ClaimState(StrEnum):
    """Submitted until the branch decides or the asker hands in another one."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    DENIED = "denied"
    SUPERSEDED = "superseded"


class MembershipClaim(Record):
    """Who an account says it is; whether that is true is looked up when the branch reads it, never before.

    `nth` counts the claims of an account on a local day: the unique index holds the limit in a race, too.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    account = pw.ForeignKeyField(Account, on_delete="CASCADE", index=False)
    account_id: int
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    name = pw.CharField(40)
    id_tail = SealedField()
    phone = SealedField()
    state = pw.CharField(12)
    claimed_on = pw.DateField()
    nth = pw.SmallIntegerField()
    submitted_at = UtcDateTimeField()
    member = pw.ForeignKeyField(Member, null=True, on_delete="SET NULL")
    member_id: int | None
    decided_by = pw.ForeignKeyField(Account, null=True, on_delete="SET NULL", backref="+")
    decided_by_id: int | None
    decided_at = UtcDateTimeField(null=True)
    note = pw.CharField(200, null=True)

    class Meta:
        indexes = ((("account", "claimed_on", "nth"), True), (("organization", "state", "id"), False))


TABLES = (MembershipClaim,)
