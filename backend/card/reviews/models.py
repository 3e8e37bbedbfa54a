"""Reviews of a member's card, and who did what to them."""

from enum import StrEnum

import peewee as pw

from backend.core.database import LongTextField, Record, UtcDateTimeField
from backend.people.models import Account, Member, Organization


class ReviewKind(StrEnum):
    """A stretch with a branch, which confirms it; a calendar year, which the member gives account of; a stay away."""

    STRETCH = "stretch"
    YEAR = "year"
    AWAY = "away"


class StudyReview(Record):
    """A stretch of a card from local day to local day.

    `organization` is the branch that confirmed it or, for a year and a stay away, the home at the time. `text` is
    the branch's note, the member's statement or where he was; `entries` and `hours` are what the card said then.
    `version` grows with every step: of two at once one is lost.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    member = pw.ForeignKeyField(Member, on_delete="CASCADE", index=False)
    member_id: int
    kind = pw.CharField(8)
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT")
    organization_id: int
    first_on = pw.DateField()
    last_on = pw.DateField()
    text = LongTextField()
    entries = pw.IntegerField()
    hours = pw.DecimalField(6, 2)
    state = pw.CharField(12)
    version = pw.IntegerField()
    grade = pw.CharField(20, null=True)
    appraisal = LongTextField(null=True)
    appraised_by = pw.ForeignKeyField(Organization, null=True, on_delete="RESTRICT", index=False)
    appraised_by_id: int | None
    created_at = UtcDateTimeField()

    class Meta:
        indexes = ((("member", "kind", "first_on", "organization"), True),)


class StudyReviewStep(Record):
    """One thing that a person did to a review: append-only."""

    id = pw.BigAutoField()
    review = pw.ForeignKeyField(StudyReview, on_delete="CASCADE")
    event = pw.CharField(12)
    at = UtcDateTimeField()
    actor = pw.ForeignKeyField(Account, on_delete="RESTRICT", index=False)
    actor_id: int


TABLES = (StudyReview, StudyReviewStep)
