"""Tables of the surveys.

An anonymous survey keeps who has answered (`survey_participation`, without a time) apart from what was answered: that
is added to counters (`survey_count`), and free words lie under random numbers (`survey_text`). No row of the one leads
to a row of the other, and neither has an order that the other shares.
"""

import secrets
from datetime import datetime
from enum import StrEnum

import peewee as pw

from backend.core.database import JsonField, Record, UtcDateTimeField
from backend.people.models import Account, Member, Organization

RANDOM_BITS = 62


class SurveyState(StrEnum):
    """What a person did to it; whether it takes answers is a matter of the hour, too."""

    DRAFT = "draft"
    OPENED = "opened"
    CLOSED = "closed"


class Survey(Record):
    """A survey of one organisation, asked of the members of all below it.

    `questions` are frozen once it is opened; `closes_at` may be moved until then; `closed_at` is an earlier end.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    title = pw.CharField(60)
    purpose = pw.CharField(200)
    anonymous = pw.BooleanField()
    quota_percent = pw.SmallIntegerField()
    questions = JsonField()
    state = pw.CharField(8)
    opens_at = UtcDateTimeField()
    closes_at = UtcDateTimeField(index=True)
    author = pw.ForeignKeyField(Account, on_delete="RESTRICT")
    author_id: int
    created_at = UtcDateTimeField()
    opened_at = UtcDateTimeField(null=True)
    closed_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("organization", "state"), False),)

    @property
    def ends_at(self) -> datetime:
        """The instant from which nothing is taken any more."""
        ends: datetime = min(self.closed_at, self.closes_at) if self.closed_at else self.closes_at
        return ends


class SurveyParticipation(Record):
    """A member has answered. `nonce` is that of the last answers; `answered_at` is empty where these are anonymous."""

    id = pw.BigAutoField()
    survey = pw.ForeignKeyField(Survey, on_delete="CASCADE", index=False)
    survey_id: int
    member = pw.ForeignKeyField(Member, on_delete="CASCADE")
    member_id: int
    nonce = pw.CharField(40)
    answered_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("survey", "member"), True),)


class SurveySheet(Record):
    """What a member answered under his name, and the cells in which it was counted; anonymous surveys have none."""

    id = pw.BigAutoField()
    survey = pw.ForeignKeyField(Survey, on_delete="CASCADE", index=False)
    survey_id: int
    member = pw.ForeignKeyField(Member, on_delete="CASCADE")
    member_id: int
    answers = JsonField()
    cells = JsonField()
    saved_at = UtcDateTimeField()

    class Meta:
        indexes = ((("survey", "member"), True),)


class SurveyDraft(Record):
    """Answers under one's name that are not handed in; drafts of anonymous ones never leave the phone."""

    id = pw.BigAutoField()
    survey = pw.ForeignKeyField(Survey, on_delete="CASCADE", index=False)
    member = pw.ForeignKeyField(Member, on_delete="CASCADE")
    answers = JsonField()
    saved_at = UtcDateTimeField()

    class Meta:
        indexes = ((("survey", "member"), True),)


class SurveyText(Record):
    """Free words under a random number; `sheet` is empty where they are anonymous."""

    id = pw.BigAutoField()
    survey = pw.ForeignKeyField(Survey, on_delete="CASCADE", index=False)
    question = pw.SmallIntegerField()
    text = pw.CharField(500)
    sheet = pw.ForeignKeyField(SurveySheet, null=True, on_delete="CASCADE")

    class Meta:
        indexes = ((("survey", "question"), False),)


class SurveyCount(Record):
    """How many chose something, in all and in each cell of a cross-table. All rows are written when it is opened."""

    id = pw.BigAutoField()
    survey = pw.ForeignKeyField(Survey, on_delete="CASCADE", index=False)
    cell = pw.CharField(32)
    slot = pw.IntegerField()
    amount = pw.IntegerField(default=0)

    class Meta:
        indexes = ((("survey", "cell", "slot"), True),)


def random_number() -> int:
    """A row number that tells nothing of when the row was written."""
    return secrets.randbits(RANDOM_BITS) + 1


TABLES = (Survey, SurveyParticipation, SurveySheet, SurveyDraft, SurveyText, SurveyCount)
