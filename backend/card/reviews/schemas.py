"""What reviews take and give over HTTP."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from backend.card.reviews.models import ReviewKind
from backend.card.reviews.rules import LONGEST_STRETCH, Grade
from backend.card.reviews.workflow import ReviewEvent, ReviewState
from backend.core.http import Body, Instant, Shape
from backend.core.pages import PageQuery
from backend.core.wording import Prose
from backend.people.schemas import OrganizationBrief

MemberId = Annotated[str, StringConstraints(pattern=r"^[a-z2-7]{16}$")]


class ConfirmStretch(Body):
    """The branch vouches for what a member did with it from one day to another."""

    member: MemberId
    first_on: date
    last_on: date
    text: Prose = Field(min_length=1, max_length=2000, description="what the branch has to say of it")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_on < self.first_on:
            raise ValueError("结束日期应不早于开始日期")
        if self.last_on - self.first_on >= LONGEST_STRETCH.value:
            raise ValueError(f"一次最多确认 {LONGEST_STRETCH.value.days} 天")
        return self


class SaveStatement(Body):
    """The member's account of a year of study, as a draft."""

    year: int = Field(ge=2000, le=2199)
    text: Prose = Field(min_length=1, max_length=5000)


class AppraiseReview(Body):
    """The home branch's word."""

    grade: Grade
    text: Prose = Field(min_length=1, max_length=2000)


class ReviewQuery(PageQuery):
    """Which reviews to list."""

    state: ReviewState | None = None


class ReviewStepShape(Shape):
    """Who did what, and when."""

    event: ReviewEvent
    at: Instant
    actor: str


class ReviewShape(Shape):
    """A stretch or a year of a card with what was said of it; `grade_source` says where the grades come from."""

    id: str
    kind: ReviewKind
    member: str
    member_name: str
    organization: OrganizationBrief
    first_on: date
    last_on: date
    text: str
    entries: int
    hours: float
    state: ReviewState
    state_label: str
    grade: Grade | None
    grade_label: str | None
    grade_source: str
    appraisal: str | None
    appraised_by: OrganizationBrief | None
    steps: list[ReviewStepShape]
