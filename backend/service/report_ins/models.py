"""Report-ins of members to communities."""

from enum import StrEnum

import peewee as pw

from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Account, Member, MembershipKind, Organization


class ReportInKind(StrEnum):
    """With the unit, to the community that it is paired with, or alone, to the one where he lives."""

    UNIT_PAIR = "unit_pair"
    RESIDENTIAL = "residential"


class ReportInState(StrEnum):
    """Reported until the community branch decides; confirmed until he leaves."""

    REPORTED = "reported"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    LEFT = "left"


# the life that a confirmed report-in gives: no place on the roll, no vote, but a part in the community's service
LIFE = {
    ReportInKind.UNIT_PAIR: MembershipKind.ALLIANCE,
    ReportInKind.RESIDENTIAL: MembershipKind.RESIDENTIAL,
}


class ReportIn(Record):
    """`in_force` is 1 until it is refused or he leaves: a member has one of each kind at a time.

    `post` is the vanguard post (先锋岗) that he claims. Skills and free hours stand in his handler profile.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    member = pw.ForeignKeyField(Member, on_delete="CASCADE", index=False)
    member_id: int
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    kind = pw.CharField(12)
    post = pw.CharField(40, null=True)
    note = pw.CharField(200, null=True)
    state = pw.CharField(12)
    in_force = pw.SmallIntegerField(null=True)
    reported_at = UtcDateTimeField()
    decided_by = pw.ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False)
    decided_by_id: int | None
    decided_at = UtcDateTimeField(null=True)
    refusal = pw.CharField(200, null=True)
    left_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("member", "kind", "in_force"), True), (("organization", "state"), False))


TABLES = (ReportIn,)
