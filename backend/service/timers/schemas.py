"""What the table of allowances takes and gives over HTTP."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from backend.core.http import Body, Shape
from backend.core.wording import Line
from backend.people.schemas import OrganizationBrief
from backend.service.models import Priority, Stage
from backend.workdays.calendar import Pace


class Unit(StrEnum):
    """In what an allowance is written: by the clock, or in time that is worked."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"


class SetTimer(Body):
    """How long a stage may take at a priority, in an organisation and all below it, from a day on."""

    stage: Stage
    priority: Priority
    service_type: str | None = Field(None, min_length=1, max_length=40, description="code; empty: every kind")
    amount: int = Field(ge=1, le=1_000)
    unit: Unit
    source: Line = Field(min_length=2, max_length=80, description="the clause or decision that it rests on")
    starts_on: date


class TimerShape(Shape):
    """An allowance with its basis, whose it is, and from when to when it counts."""

    id: str
    stage: Stage
    stage_label: str
    priority: Priority
    service_type: str | None = Field(description="name; empty: every kind")
    minutes: int
    pace: Pace
    words: str
    source: str
    organization: OrganizationBrief | None = Field(description="empty: everywhere")
    starts_on: date | None
    ends_on: date | None
    in_force: bool
