"""What the lesson calls take and give."""

from datetime import date
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from backend.core.http import Body, Instant, Shape
from backend.core.pages import PageQuery
from backend.core.wording import Line, Prose
from backend.learning.lessons.models import TextState
from backend.learning.lessons.rules import LISTENING
from backend.learning.lessons.workflow import LessonEvent, LessonState
from backend.media.models import MediaState
from backend.people.schemas import OrganizationBrief

# bounds for fields, not rules
LONGEST_LESSON_S = 3_600
LARGEST_ROLL = 300

ShortId = Annotated[Line, Field(min_length=1, max_length=20)]


class LessonQuestion(Body):
    """One light question with its choices; `answer` counts them from 0."""

    text: Line = Field(min_length=1, max_length=100)
    choices: list[Annotated[Line, Field(min_length=1, max_length=60)]] = Field(min_length=2, max_length=4)
    answer: int = Field(ge=0, le=3)
    explanation: Line = Field(min_length=1, max_length=300, description="why it is so, in a sentence or two")

    @model_validator(mode="after")
    def _answerable(self) -> Self:
        if self.answer >= len(self.choices):
            raise ValueError("正确答案须是选项之一")
        if len(set(self.choices)) < len(self.choices):
            raise ValueError("选项不能重复")
        return self


class LessonContent(Body):
    """What a lesson says."""

    title: Line = Field(min_length=1, max_length=60)
    lecturer: Line = Field(min_length=1, max_length=40)
    source: Line = Field(min_length=1, max_length=80, description="where it was given, or what it is taken from")
    text: Prose = Field(min_length=1, max_length=6000, description="the lecture in words, for those who read")
    audio: ShortId = Field(description="id of an uploaded sound of 240 to 360 seconds")
    poster: ShortId | None = Field(None, description="id of an uploaded picture")
    publish_on: date = Field(description="the Sunday wished for")
    series: ShortId | None = Field(None, description="id of the series that it belongs to")
    question: LessonQuestion | None = Field(None, description="asked after listening; nobody has to answer")


class WriteLesson(LessonContent):
    """A new lesson, as a draft."""

    organization: Line = Field(min_length=1, max_length=40, description="code of the publishing organisation")


class LessonStep(Body):
    """A step that needs no more than a note."""

    note: Line | None = Field(None, max_length=200)


class ReturnLesson(Body):
    """Back to its author, with the reason."""

    note: Line = Field(min_length=1, max_length=200)


class ScheduleLesson(Body):
    """Give an approved lesson its Sunday; without one, the Sunday that its author wished for."""

    publish_on: date | None = None
    note: Line | None = Field(None, max_length=200)


class StandInLesson(Body):
    """Name an approved lesson a stand-in for empty Sundays, or no longer."""

    stand_in: bool


class LessonHeartbeat(Body):
    """What a player reports every quarter of a minute: the sound played since the last report."""

    position_s: float = Field(ge=0, le=LONGEST_LESSON_S, description="where the player stands")
    played_s: float = Field(ge=0, le=LONGEST_LESSON_S, description="seconds of sound played up to there")
    speed: float = Field(1.0, ge=0.5, le=LISTENING.max_speed)
    nonce: Line = Field(min_length=1, max_length=64, description="the same again is a quiet repeat")


class MemberOnRoll(Shape):
    """A member on the roll of a viewing."""

    public_id: str
    name: str


class KeepViewing(Body):
    """The roll of a branch that listened together."""

    organization: Line = Field(min_length=1, max_length=40)
    held_at: AwareDatetime
    place: Line = Field(min_length=1, max_length=80)
    members: list[Annotated[Line, Field(max_length=20)]] = Field(
        min_length=1, max_length=LARGEST_ROLL, description="public ids of the members present"
    )


class VoidViewing(Body):
    """Strike a viewing out, with the reason."""

    reason: Line = Field(min_length=1, max_length=200)


class ViewingQuery(PageQuery):
    """Viewings of one organisation."""

    organization: Line = Field(min_length=1, max_length=40)


class ViewingShape(Shape):
    """A viewing and its roll."""

    id: str
    organization: OrganizationBrief
    held_at: Instant
    place: str
    keeper: str
    members: list[MemberOnRoll]
    recorded: int = Field(description="entries that it made on study cards; the others had heard it before")
    voided: bool


class OpenSeries(Body):
    """A column with issue numbers."""

    organization: Line = Field(min_length=1, max_length=40)
    name: Line = Field(min_length=1, max_length=40)


class SeriesView(Shape):
    """A series and how far it has come."""

    id: str
    organization: OrganizationBrief
    name: str
    issues: int = Field(description="published so far")


class LessonNumbers(Shape):
    """How a lesson was taken up: plays and persons are counted apart and never added."""

    plays: int = Field(description="sittings of single listeners")
    persons: int = Field(description="single listeners")
    heard: int = Field(description="single listeners who heard nine tenths")
    viewings: int = Field(description="branches that listened together, each time")
    on_rolls: int = Field(description="members on the rolls of those viewings")


class SeriesNumbers(LessonNumbers):
    """The same for all issues of a series; somebody who heard several is one person."""

    issues: int


class LessonQuery(PageQuery):
    """Published lessons unless an editor asks for another state."""

    series: ShortId | None = None
    state: LessonState | None = None


class CalendarQuery(Body):
    """Whose Sundays: the next eight, or all of a year."""

    organization: Line = Field(min_length=1, max_length=40)
    year: int | None = Field(None, ge=2024, le=2100)


class LessonBrief(Shape):
    """A lesson in a list."""

    id: str
    organization: OrganizationBrief
    title: str
    lecturer: str
    state: LessonState
    state_label: str
    publish_on: date
    published_at: Instant | None
    duration_s: int
    poster_url: str | None
    series: str | None
    issue: int | None


class LessonAction(Shape):
    """Something that the caller may do to the lesson now."""

    name: LessonEvent
    label: str


class LessonStepShape(Shape):
    """One step in the life of a lesson, for its editors."""

    at: Instant
    actor: str | None
    event: str
    label: str = Field(description="the step in words")
    state: LessonState
    version: int
    note: str | None


class LessonVersionShape(Shape):
    """What a lesson said in one version, and who approved that, for its editors."""

    version: int
    title: str
    lecturer: str
    source: str
    text: str
    audio_url: str | None
    poster_url: str | None
    text_moderation: TextState | None
    made_at: Instant
    approved_by: str | None
    approved_at: Instant | None


class OwnListening(Shape):
    """How far the caller has come, on whichever phone."""

    position_s: float
    listened_s: int
    done: bool


class AnswerQuestion(Body):
    """The choice that somebody takes, counted from 0."""

    choice: int = Field(ge=0, le=3)


class QuestionView(Shape):
    """The question of a lesson; what is right, and why, is told to those who have answered, and to editors."""

    text: str
    choices: list[str]
    chosen: int | None = Field(description="what the caller answered")
    answer: int | None
    explanation: str | None


class OwnRecord(Shape):
    """The entry that the lesson made on the caller's card; its reflection is written on the card."""

    id: str
    reflection: str | None


class LessonView(LessonBrief):
    """A lesson to be listened to or read, with links that end in two to three hours."""

    source: str
    text: str
    text_moderation: TextState | None = Field(description="the check of its words; empty until they are handed in")
    audio_moderation: MediaState
    audio_url: str
    version: int
    stand_in: bool = Field(description="takes a Sunday that stays empty")
    publish_at: Instant | None
    author: str
    reviewer: str | None
    listening: OwnListening
    question: QuestionView | None
    record: OwnRecord | None
    actions: list[LessonAction]
    log: list[LessonStepShape] = Field(description="empty for those who only listen")


class HeartbeatAnswer(Shape):
    """What has been counted so far."""

    listened_s: int
    done: bool


class CalendarLesson(Shape):
    """The lesson that holds a Sunday, and whose it is."""

    id: str
    organization: OrganizationBrief
    title: str
    lecturer: str
    state: LessonState


class CalendarSunday(Shape):
    """One of the coming Sundays: a lesson, or a gap and how many drafts could fill it.

    `above` lists what the members get that day from the organisations above, the highest first.
    """

    publish_on: date
    publish_at: Instant
    lesson: CalendarLesson | None
    above: list[CalendarLesson]
    working_day: bool = Field(description="worked for a holiday elsewhere (调休): the lesson comes at noon")
    festival: str | None = Field(description="a festival on whose days off it lies, as 春节")
    gap: bool
    in_preparation: int = Field(description="lessons not yet scheduled whose authors wish for this Sunday")


class LessonCalendar(Shape):
    """The coming Sundays of one organisation."""

    organization: OrganizationBrief
    sundays: list[CalendarSunday]
