"""Tables of the lessons and of who has listened to them."""

from enum import StrEnum

import peewee as pw

from backend.core.database import JsonField, Record, UtcDateTimeField
from backend.media.models import Media
from backend.people.models import Account, Member, Organization


class LessonSeries(Record):
    """A column with issue numbers (书记龙门阵, 党员开会了, 云端党课)."""

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    name = pw.CharField(40)
    created_at = UtcDateTimeField()

    class Meta:
        indexes = ((("organization", "name"), True),)


class Lesson(Record):
    """A lecture of about five minutes: sound, poster and text, published by an organisation on a Sunday.

    `publish_on` is the Sunday wished for. `slot_on` is set while the lesson holds that Sunday (scheduled or
    published): unique with the organisation, and empty values do not collide in either database. `stand_in_at`
    is when an approved lesson was named a stand-in: it may take a Sunday that stays empty. `poster_due_at` is set
    while an approved lesson without a poster waits for one to be drawn.
    `issue` counts the published lessons of a series and is never given twice. `question` is one light question
    as `LessonQuestion` has it, or nothing.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    title = pw.CharField(60)
    lecturer = pw.CharField(40)
    source = pw.CharField(80)
    text = pw.TextField()
    question = JsonField(null=True)
    audio = pw.ForeignKeyField(Media, on_delete="RESTRICT")
    audio_id: int
    poster = pw.ForeignKeyField(Media, null=True, on_delete="RESTRICT")
    poster_id: int | None
    duration_s = pw.IntegerField()
    series = pw.ForeignKeyField(LessonSeries, null=True, on_delete="RESTRICT", index=False)
    series_id: int | None
    issue = pw.IntegerField(null=True)
    state = pw.CharField(12)
    version = pw.IntegerField(default=1)
    author = pw.ForeignKeyField(Account, on_delete="RESTRICT")
    author_id: int
    reviewer = pw.ForeignKeyField(Account, null=True, on_delete="RESTRICT")
    reviewer_id: int | None
    publish_on = pw.DateField()
    slot_on = pw.DateField(null=True)
    publish_at = UtcDateTimeField(null=True)
    published_at = UtcDateTimeField(null=True)
    stand_in_at = UtcDateTimeField(null=True)
    poster_due_at = UtcDateTimeField(null=True, index=True)
    created_at = UtcDateTimeField()
    changed_at = UtcDateTimeField()

    class Meta:
        indexes = (
            (("organization", "slot_on"), True),
            (("series", "issue"), True),
            (("organization", "state", "publish_on"), False),
            (("state", "publish_at"), False),
        )


class TextState(StrEnum):
    """Where the platform's check of a version's words stands; a person's approval passes what it left open."""

    PENDING = "pending"
    PASSED = "passed"
    REVIEW = "review"
    REFUSED = "refused"


class LessonVersion(Record):
    """What a lesson said in one version: append-only, so that the approved words can be shown later.

    `text_state` is empty until the version was handed in: then its words are checked.
    """

    id = pw.BigAutoField()
    lesson = pw.ForeignKeyField(Lesson, on_delete="CASCADE", index=False)
    version = pw.IntegerField()
    title = pw.CharField(60)
    lecturer = pw.CharField(40)
    source = pw.CharField(80)
    text = pw.TextField()
    question = JsonField(null=True)
    text_state = pw.CharField(12, null=True)
    audio = pw.ForeignKeyField(Media, on_delete="RESTRICT")
    poster = pw.ForeignKeyField(Media, null=True, on_delete="RESTRICT")
    made_at = UtcDateTimeField()

    class Meta:
        indexes = ((("lesson", "version"), True),)


class LessonLog(Record):
    """One step in the life of a lesson: append-only. No actor means the clock."""

    id = pw.BigAutoField()
    lesson = pw.ForeignKeyField(Lesson, on_delete="CASCADE")
    at = UtcDateTimeField()
    actor = pw.ForeignKeyField(Account, null=True, on_delete="SET NULL")
    actor_id: int | None
    event = pw.CharField(12)
    from_state = pw.CharField(12, null=True)
    to_state = pw.CharField(12)
    version = pw.IntegerField()
    note = pw.CharField(200, null=True)


class LessonListening(Record):
    """What one account has heard of a lesson.

    `parts` lists the stretches played, in tenths of a second, sorted and apart from each other; `credit` is
    the sound, in tenths, that real time since the first heartbeat allows and that was not claimed yet.
    `beats` counts heartbeats and is what a compare-and-swap compares; `plays` counts sittings.
    """

    id = pw.BigAutoField()
    lesson = pw.ForeignKeyField(Lesson, on_delete="CASCADE", index=False)
    lesson_id: int
    account = pw.ForeignKeyField(Account, on_delete="CASCADE")
    parts = JsonField()
    nonces = JsonField()
    credit = pw.IntegerField()
    listened = pw.IntegerField(default=0)
    position = pw.IntegerField(default=0)
    beats = pw.IntegerField(default=0)
    plays = pw.IntegerField(default=0)
    started_at = UtcDateTimeField()
    heartbeat_at = UtcDateTimeField()
    done_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("lesson", "account"), True),)


class LessonAnswer(Record):
    """What somebody chose as the answer to a lesson's question: his own note, of which nobody makes a score."""

    id = pw.BigAutoField()
    lesson = pw.ForeignKeyField(Lesson, on_delete="CASCADE", index=False)
    account = pw.ForeignKeyField(Account, on_delete="CASCADE")
    choice = pw.SmallIntegerField()
    at = UtcDateTimeField()

    class Meta:
        indexes = ((("lesson", "account"), True),)


class LessonViewing(Record):
    """A branch that listened together (集中收看): when, where, and who kept the roll."""

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    lesson = pw.ForeignKeyField(Lesson, on_delete="CASCADE")
    lesson_id: int
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    held_at = UtcDateTimeField()
    place = pw.CharField(80)
    keeper = pw.ForeignKeyField(Account, on_delete="RESTRICT")
    created_at = UtcDateTimeField()
    voided_at = UtcDateTimeField(null=True)
    void_reason = pw.CharField(200, null=True)

    class Meta:
        indexes = ((("organization", "lesson"), False),)


class LessonViewer(Record):
    """One name on the roll of a viewing; `recorded` when it made the entry on his card."""

    id = pw.BigAutoField()
    viewing = pw.ForeignKeyField(LessonViewing, on_delete="CASCADE", index=False)
    viewing_id: int
    member = pw.ForeignKeyField(Member, on_delete="CASCADE")
    member_id: int
    recorded = pw.BooleanField()

    class Meta:
        indexes = ((("viewing", "member"), True),)


TABLES = (
    LessonSeries,
    Lesson,
    LessonVersion,
    LessonLog,
    LessonListening,
    LessonAnswer,
    LessonViewing,
    LessonViewer,
)
