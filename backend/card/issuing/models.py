"""What became of every card number."""

import peewee as pw

from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Account, Member, Organization


class CardBatch(Record):
    """Cards that an organisation gave to all members who had none."""

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    issued_by = pw.ForeignKeyField(Account, on_delete="RESTRICT", index=False)
    issued = pw.IntegerField()
    issued_at = UtcDateTimeField()

    class Meta:
        indexes = ((("organization", "id"), False),)


class LostCard(Record):
    """A number that counts no more, since when and why; the member's card goes on under another one."""

    id = pw.BigAutoField()
    member = pw.ForeignKeyField(Member, on_delete="CASCADE")
    member_id: int
    number = pw.CharField(20, unique=True)
    issued_at = UtcDateTimeField()
    voided_at = UtcDateTimeField()
    voided_by = pw.ForeignKeyField(Account, null=True, on_delete="SET NULL", index=False)
    reason = pw.CharField(100)


TABLES = (CardBatch, LostCard)
