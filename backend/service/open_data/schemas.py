"""What the public ledger takes and gives over HTTP."""

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from backend.core.http import Body, Instant, Shape
from backend.core.wording import Prose
from backend.service.models import Resolution
from backend.service.orders.workflow import State


class ApproveReply(Body):
    """The words that the ledger may show; none takes them back."""

    text: Prose | None = Field(min_length=1, max_length=500)


class LedgerEntry(Shape):
    """An order as everybody may see it."""

    number: str
    service_type: str
    service_type_name: str
    grid: str | None = Field(description="name")
    state: State
    state_label: str
    resolution: Resolution | None
    submitted_at: Instant
    completed_at: Instant | None
    closed_at: Instant | None
    reply: str | None = Field(description="what the branch has approved")


class ServicesQuery(BaseModel):
    """The parameters of GET Service List and Definition; without a jurisdiction: what is offered everywhere."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    jurisdiction_id: str | None = Field(None, min_length=1, max_length=40, description="code of an organisation")


class RequestsQuery(BaseModel):
    """The parameters of GET Service Requests; clients add an api_key and others, which count for nothing."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    jurisdiction_id: str = Field(min_length=1, max_length=40, description="code of an organisation")
    service_request_id: str | None = Field(None, max_length=2_000, description="one or several, with commas")
    service_code: str | None = Field(None, max_length=400, description="one or several, with commas")
    status: str | None = Field(None, max_length=20, description="open, closed or both with a comma")
    start_date: AwareDatetime | None = None
    end_date: AwareDatetime | None = None
