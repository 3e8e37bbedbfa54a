"""What is open to join, over HTTP."""

from enum import StrEnum

from pydantic import Field

from backend.branch_life.activities.models import SignUpState
from backend.card.schemas import CardHours
from backend.core.http import Instant, Shape
from backend.people.schemas import OrganizationBrief


class OpeningKind(StrEnum):
    """What there is to join."""

    ACTIVITY = "activity"
    LESSON = "lesson"


class Opening(Shape):
    """One thing that gives hours; a lesson has no hour of its own and no place."""

    what: OpeningKind
    id: str
    kind_label: str
    title: str
    organization: OrganizationBrief
    starts_at: Instant | None
    ends_at: Instant | None
    place: str | None
    hours: float
    places_left: int | None = Field(description="how many places are free, where they are few")
    own: SignUpState | None = Field(description="one's place or one's waiting, where places are few")


class OpeningsShape(Shape):
    """One's own hours, which nobody else sees here, and what is still open to join: the next first, then lessons."""

    hours: CardHours
    items: list[Opening]
    as_of: Instant
