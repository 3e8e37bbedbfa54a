"""What the study card takes and gives over HTTP."""

from enum import StrEnum

from pydantic import Field

from backend.core.http import Body, Instant, Shape
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
    """Hours of the calendar year; `rule` says where the target comes from, which is 0 for whoever is exempt."""

    year: int
    done: float
    target: int
    training: float = Field(description="of these, hours of intensive training; collective study is none")
    left: float = Field(description="what is still open to join; activities that are coming say what they count")
    rule: str
    exempt: bool


class CardRecord(Shape):
    """One entry of the ledger; a struck-out one stays readable and counts no hours."""

    id: str
    at: Instant
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


class CardPart(StrEnum):
    """What the page behind a printed card can show."""

    NAME = "name"
    BRANCH = "branch"
    HOURS = "hours"


class SetDisclosure(Body):
    """What the holder allows to be shown; an empty list shows that the card is genuine and nothing else."""

    shows: list[CardPart] = Field(max_length=3)


class DisclosureShape(Shape):
    """What is shown, and the code of this year's card with the address that it leads to."""

    shows: list[CardPart]
    code: str
    url: str


class PublicCard(Shape):
    """What anybody with the code sees: the end of the number, the year, and what the holder allows."""

    number_end: str
    year: int
    name: str | None
    branch: str | None
    hours: float | None
