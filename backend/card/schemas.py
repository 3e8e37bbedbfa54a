"""What the study card takes and gives over HTTP."""

from datetime import datetime

from pydantic import Field

from backend.core.http import Body, Shape
from backend.core.pages import MAX_LIMIT, PageQuery
from backend.core.wording import Prose
from backend.people.schemas import OrganizationBrief


class CardQuery(PageQuery):
    """How much of the card to show: by default as much as fits one page."""

    limit: int = Field(MAX_LIMIT, ge=1, le=MAX_LIMIT, description="how many at most")


class CardHolder(Shape):
    """Whose card it is."""

    public_id: str
    name: str
    branch: OrganizationBrief


class CardHours(Shape):
    """Hours of the calendar year; `rule` says where the target comes from."""

    year: int
    done: float
    target: int
    rule: str


class CardRecord(Shape):
    """One entry of the ledger; a struck-out one stays readable and counts no hours."""

    id: str
    at: datetime
    place: str
    content: str
    kind: str
    hours: float
    reflection: str | None
    confirmed_by: OrganizationBrief | None
    source: str
    voided: bool


class CardShape(Shape):
    """A member's study card with its newest entries."""

    number: str
    holder: CardHolder
    hours: CardHours
    records: list[CardRecord]
    next_cursor: str | None


class WriteReflection(Body):
    """What one takes home from it."""

    text: Prose = Field(min_length=1, max_length=1000)
