"""What transfers take and give over HTTP."""

from typing import Literal

from pydantic import Field

from backend.core.http import Body, Instant, Shape
from backend.core.pages import PageQuery
from backend.membership.away.schemas import Code, MemberId, Note
from backend.membership.away.shapes import FlowPerson
from backend.membership.transfers.models import TransferState
from backend.people.schemas import OrganizationBrief


class AskTransfer(Body):
    """Whose affiliation is to go to which organisation, and why."""

    member: MemberId
    receiver: Code
    reason: Note


class DeclineTransfer(Body):
    """Not without cause (clause 25); the organisation above the receiver reads why."""

    reason: Note


class TransferQuery(PageQuery):
    """Which transfers of an organisation to list."""

    side: Literal["sent", "received"] = "received"
    state: TransferState | None = None


class TransferShape(Shape):
    """A transfer; `responsible` is who answers for the member now."""

    id: str
    state: TransferState
    state_label: str
    member: FlowPerson
    sender: OrganizationBrief
    receiver: OrganizationBrief
    responsible: OrganizationBrief
    reason: str
    refusal: str | None
    asked_at: Instant
    decided_at: Instant | None
    rule: str = Field(description="the clause that it rests on")
    actions: list[str] = Field(description="what the caller may do now: accept, decline, withdraw")
