"""Which months of whose dues are paid, and where."""

import peewee as pw

from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Account, Member, Organization


class DuesRecord(Record):
    """A month that a member has paid at an organisation. `in_force` is 1, or empty once it is struck out."""

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    member = pw.ForeignKeyField(Member, on_delete="RESTRICT", index=False)
    member_id: int
    month = pw.FixedCharField(7)
    in_force = pw.SmallIntegerField(null=True)
    amount = pw.DecimalField(9, 2)
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    paid_on = pw.DateField()
    recorded_by = pw.ForeignKeyField(Account, on_delete="RESTRICT", index=False)
    recorded_at = UtcDateTimeField()
    voided_by = pw.ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False)
    voided_at = UtcDateTimeField(null=True)
    void_reason = pw.CharField(200, null=True)

    class Meta:
        indexes = (
            (("member", "month", "in_force"), True),
            (("organization", "month"), False),
        )


TABLES = (DuesRecord,)
