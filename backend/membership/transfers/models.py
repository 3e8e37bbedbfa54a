"""Transfers of affiliation."""

from enum import StrEnum

import peewee as pw

from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Account, Member, Organization


class TransferState(StrEnum):
    """Asked until the receiver decides or the sender takes it back."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class AffiliationTransfer(Record):
    """`in_force` is 1 while it is asked: a member is on his way to one branch at a time."""

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    member = pw.ForeignKeyField(Member, on_delete="CASCADE", index=False)
    member_id: int
    sender = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False, backref="+")
    sender_id: int
    receiver = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False, backref="+")
    receiver_id: int
    state = pw.CharField(12)
    in_force = pw.SmallIntegerField(null=True)
    reason = pw.CharField(200)
    asked_by = pw.ForeignKeyField(Account, on_delete="RESTRICT", index=False)
    asked_by_id: int
    asked_at = UtcDateTimeField()
    decided_by = pw.ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False, backref="+")
    decided_by_id: int | None
    decided_at = UtcDateTimeField(null=True)
    refusal = pw.CharField(200, null=True)

    class Meta:
        indexes = (
            (("member", "in_force"), True),
            (("sender", "state"), False),
            (("receiver", "state"), False),
        )


TABLES = (AffiliationTransfer,)
