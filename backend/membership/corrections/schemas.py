"""What the corrections take and give over HTTP."""

from pydantic import Field

from backend.core.http import Body, Instant, Shape
from backend.core.pages import PageQuery
from backend.core.wording import Line, Prose
from backend.membership.corrections.models import CorrectionField, CorrectionState
from backend.people.schemas import OrganizationBrief


class AskCorrection(Body):
    """What should stand there, and why."""

    field: CorrectionField
    value: Line = Field(min_length=1, max_length=40, description="a day as 2020-07-01")
    reason: Prose = Field(min_length=2, max_length=200)


class DecideCorrection(Body):
    """The decision; the asker reads the note."""

    note: Prose | None = Field(None, max_length=200)


class CorrectionQuery(PageQuery):
    """Which requests of an organisation to list."""

    state: CorrectionState | None = None


class CorrectionShape(Shape):
    """A request as its asker and those who decide see it; numbers are masked for the latter."""

    id: str
    field: CorrectionField
    label: str
    member: str = Field(description="name on the roster")
    value: str
    reason: str
    state: CorrectionState
    state_label: str
    organization: OrganizationBrief
    asked_at: Instant
    decided_at: Instant | None
    note: str | None
