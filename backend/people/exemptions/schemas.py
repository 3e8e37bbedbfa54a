"""What exemptions take and give over HTTP."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from backend.core.http import Body, Instant, Shape
from backend.core.pages import PageQuery
from backend.core.wording import Line, Prose
from backend.people.exemptions.models import ExemptionState
from backend.people.schemas import OrganizationBrief

LONGEST_DAYS = 366  # 本系统建议：每年复核一次


class ExemptionReason(StrEnum):
    """Clause 23."""

    OLD = "old"
    ILL = "ill"
    DISABLED = "disabled"


REASON_LABELS = {
    ExemptionReason.OLD: "年老体弱",
    ExemptionReason.ILL: "长期患病",
    ExemptionReason.DISABLED: "失能或行动不便",
}


class AskExemption(Body):
    """For whom, why and until when; at most a year, then somebody looks again."""

    member: Annotated[str, StringConstraints(pattern=r"^[a-z2-7]{16}$")]
    reason: ExemptionReason
    note: Prose | None = Field(None, max_length=300)
    since_on: date
    until_on: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not 0 <= (self.until_on - self.since_on).days <= LONGEST_DAYS:
            raise ValueError("截止日期应不早于开始日期，且不超过一年，到期可再次申请")
        return self


class DecideExemption(Body):
    """A word with the decision; no health data here."""

    note: Line | None = Field(None, max_length=200)


class RevealExemption(Body):
    """Why the reason has to be read; it is logged."""

    purpose: Line = Field(min_length=2, max_length=100)


class ExemptionQuery(PageQuery):
    """Which exemptions of an organisation to list."""

    state: ExemptionState | None = None


class ExemptionShape(Shape):
    """An exemption; reason and note are null unless revealed."""

    id: str
    member: str
    member_name: str
    organization: OrganizationBrief
    state: ExemptionState
    state_label: str
    since_on: date
    until_on: date
    reason: ExemptionReason | None
    reason_label: str | None
    note: str | None
    asked_by: str
    asked_at: Instant
    decided_at: Instant | None
    decision_note: str | None
    actions: list[str] = Field(description="what the caller may do now: approve, deny, end, reveal")
    rule: str
