"""Minutes, what they decided, and who follows it up until when."""

import peewee as pw

from backend.branch_life.activities.models import Activity
from backend.core.database import LongTextField, Record, UtcDateTimeField
from backend.media.models import Media
from backend.people.models import Account, Member


class Minutes(Record):
    """One version of the minutes of an activity. `in_force` is 1 for the last one, empty for those before.

    Who may vote and who of them was there is kept as it was found on writing; `quorate` is empty where no rule
    asks for a quorum.
    """

    id = pw.BigAutoField()
    activity = pw.ForeignKeyField(Activity, on_delete="RESTRICT", index=False)
    activity_id: int
    in_force = pw.SmallIntegerField(null=True)
    text = LongTextField()
    entitled = pw.IntegerField()
    present = pw.IntegerField()
    quorate = pw.BooleanField(null=True)
    written_by = pw.ForeignKeyField(Account, on_delete="RESTRICT", index=False)
    written_by_id: int
    written_at = UtcDateTimeField()

    class Meta:
        indexes = ((("activity", "in_force"), True),)


class Decision(Record):
    """One decision; the votes are empty when none were taken, `passed` is computed with them."""

    id = pw.BigAutoField()
    minutes = pw.ForeignKeyField(Minutes, on_delete="CASCADE", index=False)
    minutes_id: int
    number = pw.SmallIntegerField()
    text = pw.CharField(500)
    yes = pw.IntegerField(null=True)
    no = pw.IntegerField(null=True)
    abstain = pw.IntegerField(null=True)
    passed = pw.BooleanField(null=True)

    class Meta:
        indexes = ((("minutes", "number"), True),)


class FollowUpTask(Record):
    """Something that a decision asks of a member until a local day. Its number stays when minutes are rewritten."""

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    decision = pw.ForeignKeyField(Decision, on_delete="CASCADE")
    decision_id: int
    text = pw.CharField(200)
    member = pw.ForeignKeyField(Member, on_delete="RESTRICT")
    member_id: int
    due_on = pw.DateField()
    done_at = UtcDateTimeField(null=True)
    done_by = pw.ForeignKeyField(Account, null=True, on_delete="RESTRICT", index=False)
    done_by_id: int | None
    done_note = pw.CharField(200, null=True)

    class Meta:
        indexes = ((("done_at", "due_on"), False),)


class MinutesPicture(Record):
    """A picture of the meeting, with one version of the minutes."""

    id = pw.BigAutoField()
    minutes = pw.ForeignKeyField(Minutes, on_delete="CASCADE", index=False)
    media = pw.ForeignKeyField(Media, on_delete="RESTRICT")
    position = pw.SmallIntegerField()

    class Meta:
        indexes = ((("minutes", "position"), True),)


class MinutesDocument(Record):
    """A document with one version of the minutes, by the name that its writer gave it."""

    id = pw.BigAutoField()
    minutes = pw.ForeignKeyField(Minutes, on_delete="CASCADE", index=False)
    media = pw.ForeignKeyField(Media, on_delete="RESTRICT")
    position = pw.SmallIntegerField()
    name = pw.CharField(60)

    class Meta:
        indexes = ((("minutes", "position"), True),)


TABLES = (Minutes, Decision, FollowUpTask, MinutesPicture, MinutesDocument)
