"""What the issuing of cards takes and gives over HTTP."""

from pydantic import Field

from backend.core.http import Body, Instant, Shape
from backend.core.pages import PageQuery
from backend.core.wording import Line
from backend.people.schemas import OrganizationBrief


class ReplaceCard(Body):
    """Why a card is to count no more."""

    reason: Line = Field(min_length=2, max_length=100)


class NewCard(Shape):
    """The number that counts from now on."""

    member: str
    number: str
    issued_at: Instant
    replaced: int = Field(description="how many numbers of this member count no more")


class BatchQuery(PageQuery):
    """Batches, the last first."""


class BatchShape(Shape):
    """A batch of cards."""

    id: str
    organization: OrganizationBrief
    issued: int
    issued_at: Instant
