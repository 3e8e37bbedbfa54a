"""The ledger of a member's study and organisational life."""

import peewee as pw

from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Member, Organization


class StudyCard(Record):
    """The card itself: a number per member, whatever branch he is in."""

    id = pw.BigAutoField()
    number = pw.CharField(20, unique=True)
    member = pw.ForeignKeyField(Member, unique=True, on_delete="CASCADE")
    member_id: int
    issued_at = UtcDateTimeField()


class StudyRecord(Record):
    """One entry: time, place, content, kind, hours and reflection, with the branch that confirms it.

    `source` names the row it comes from (`check-in:17`), so that nothing is entered twice. What says the same as an
    entry that stands (`yields_to`) is struck out for as long as that one stands, and shown to nobody.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    member = pw.ForeignKeyField(Member, on_delete="CASCADE", index=False)
    member_id: int
    at = UtcDateTimeField()
    place = pw.CharField(80)
    content = pw.CharField(80)
    kind = pw.CharField(32)
    hours = pw.DecimalField(5, 2, default=0)
    reflection = pw.CharField(1000, null=True)
    source = pw.CharField(40)
    confirmed_by = pw.ForeignKeyField(Organization, null=True, on_delete="RESTRICT")
    confirmed_by_id: int | None
    created_at = UtcDateTimeField()
    voided_at = UtcDateTimeField(null=True)
    yields_to = pw.BigIntegerField(null=True)

    class Meta:
        indexes = ((("member", "source"), True), (("member", "at"), False))


class CardDisclosure(Record):
    """What the holder lets the page behind a printed card show, as words with commas; no row: nothing."""

    id = pw.BigAutoField()
    member = pw.ForeignKeyField(Member, unique=True, on_delete="CASCADE")
    member_id: int
    shows = pw.CharField(40)
    changed_at = UtcDateTimeField()


TABLES = (StudyCard, StudyRecord, CardDisclosure)
