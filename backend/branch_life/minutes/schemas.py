"""What minutes take and give over HTTP."""

from datetime import date

from pydantic import Field, field_validator

from backend.branch_life.activities.schemas import PublicId
from backend.core.http import Body, Instant, Shape
from backend.core.pages import PageQuery
from backend.core.wording import Line, Prose
from backend.media.models import MediaState

MAX_TEXT = 20_000
MAX_PICTURES = 20
MAX_DOCUMENTS = 10


class Votes(Body):
    """A vote that was taken."""

    yes: int = Field(ge=0, le=100_000)
    no: int = Field(ge=0, le=100_000)
    abstain: int = Field(ge=0, le=100_000)


class WriteTask(Body):
    """Something to be done by a member of the organisation until a day."""

    text: Line = Field(min_length=1, max_length=200)
    member: PublicId
    due_on: date


class WriteDecision(Body):
    """What was decided, the vote if one was taken, and what follows from it."""

    text: Line = Field(min_length=1, max_length=500)
    votes: Votes | None = None
    tasks: list[WriteTask] = Field(default_factory=list, max_length=20)


class AttachDocument(Body):
    """A document that was uploaded before, and what people call it."""

    id: PublicId
    name: Line = Field(min_length=1, max_length=60)


class WriteMinutes(Body):
    """The minutes; writing them again replaces what is in force, and the version before is kept."""

    text: Prose = Field(min_length=1, max_length=MAX_TEXT)
    decisions: list[WriteDecision] = Field(default_factory=list, max_length=50)
    pictures: list[PublicId] = Field(default_factory=list, max_length=MAX_PICTURES, description="uploaded before")
    documents: list[AttachDocument] = Field(default_factory=list, max_length=MAX_DOCUMENTS)

    @field_validator("documents")
    @classmethod
    def _once(cls, documents: list[AttachDocument]) -> list[AttachDocument]:
        if len({one.id for one in documents}) < len(documents):
            raise ValueError("同一份附件只列一次")
        return documents


class Voting(Shape):
    """Who may vote, who of them was there, and whether that is enough to open; `rule` says by which clause."""

    entitled: int
    present: int
    quorate: bool | None
    rule: str | None
    majority: str
    statement: str


class TaskShape(Shape):
    """Something to be done."""

    id: str
    text: str
    member: str
    member_name: str
    due_on: date
    done_at: Instant | None
    done_note: str | None


class OpenTask(TaskShape):
    """A task and the decision that it comes from."""

    overdue: bool
    activity: str
    activity_title: str
    decision: str


class TaskQuery(PageQuery):
    """Which tasks to list."""

    open: bool | None = Field(None, description="only those that are done (false) or are not (true)")


class FinishTask(Body):
    """How it went, if there is something to say."""

    note: Line | None = Field(None, min_length=1, max_length=200)


class PictureShape(Shape):
    """A picture; its link is empty while it may not be shown."""

    id: str
    url: str | None
    moderation: MediaState


class DocumentShape(PictureShape):
    """A document; its link opens as a download."""

    name: str
    extension: str = Field(description="pdf, docx or xlsx")
    size: int = Field(description="bytes")


class DecisionShape(Shape):
    """A decision with the outcome of its vote."""

    number: int
    text: str
    votes: Votes | None
    passed: bool | None
    outcome: str | None
    tasks: list[TaskShape]


class MinutesText(Shape):
    """The minutes in force, with voting as it was found on writing them."""

    text: str
    voting: Voting
    decisions: list[DecisionShape]
    pictures: list[PictureShape]
    documents: list[DocumentShape]
    written_by: str
    written_at: Instant
    version: int


class MissingItem(Shape):
    """Something that the records of an activity lack."""

    code: str
    message: str


class MinutesShape(Shape):
    """The records of an activity: minutes if there are any, voting as the roll says now, and what is missing."""

    activity: str
    voting: Voting
    minutes: MinutesText | None
    missing: list[MissingItem]
