"""What minutes take and give over HTTP."""

from datetime import date, datetime

from pydantic import Field

from backend.branch_life.activities.schemas import PublicId
from backend.core.http import Body, Shape
from backend.core.wording import Line, Prose

MAX_TEXT = 20_000


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


class WriteMinutes(Body):
    """The minutes; writing them again replaces what is in force, and the version before is kept."""

    text: Prose = Field(min_length=1, max_length=MAX_TEXT)
    decisions: list[WriteDecision] = Field(default_factory=list, max_length=50)


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

    text: str
    member: str
    member_name: str
    due_on: date


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
    written_by: str
    written_at: datetime
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
