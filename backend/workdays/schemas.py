"""What the calendar takes and gives over HTTP."""

from datetime import date

from pydantic import Field

from backend.core.http import Body, Shape
from backend.core.wording import Line
from backend.people.schemas import OrganizationBrief


class YearQuery(Body):
    """Which year to read."""

    year: int | None = Field(None, ge=2000, le=2100, description="this year unless given")


class DeclareDay(Body):
    """A day that is worked, or not, whatever the published calendar says."""

    on: date
    working: bool
    reason: Line = Field(min_length=2, max_length=80)


class DeclaredDay(Shape):
    """A declared day and whose word it is."""

    on: date
    working: bool
    reason: str
    organization: OrganizationBrief | None = Field(description="empty: it holds everywhere")


class CalendarYear(Shape):
    """What is known of a year in an organisation: whether its holidays are published, and what was declared."""

    year: int
    published: bool
    days: list[DeclaredDay]
