"""What joint events take and give over HTTP."""

from pydantic import Field

from backend.branch_life.activities.models import RequestState
from backend.core.http import Body, Instant, Shape
from backend.core.wording import Line
from backend.people.schemas import OrganizationBrief


class AskPartner(Body):
    """Which organisation is asked to hold the activity together with one's own."""

    organization: Line = Field(min_length=1, max_length=40, description="code")


class PartnerShape(Shape):
    """A partner and what it said."""

    organization: OrganizationBrief
    state: RequestState
    state_label: str
    asked_at: Instant
    decided_at: Instant | None
