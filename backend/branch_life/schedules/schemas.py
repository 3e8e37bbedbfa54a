"""What monthly activities take and give over HTTP."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from backend.branch_life.kinds import ActivityKind
from backend.branch_life.schedules.models import Shift
from backend.core.http import Body, Instant, Shape
from backend.core.pages import PageQuery
from backend.core.wording import Line
from backend.people.schemas import OrganizationBrief

Month = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class FixDay(Body):
    """A monthly activity: on `day` of the month, or on the `nth` `weekday` (1 is Monday, nth 5 the last)."""

    organization: Line = Field(min_length=1, max_length=40)
    kind: ActivityKind = ActivityKind.PARTY_DAY
    title: Line = Field(min_length=1, max_length=60)
    place: Line = Field(min_length=1, max_length=80)
    day: int | None = Field(default=None, ge=1, le=31)
    nth: int | None = Field(default=None, ge=1, le=5)
    weekday: int | None = Field(default=None, ge=1, le=7)
    starts: TimeOfDay
    minutes: int = Field(ge=10, le=720)
    shift: Shift = Shift.LATER

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        by_weekday = self.nth is not None and self.weekday is not None
        if (self.day is not None) == by_weekday or (self.nth is None) != (self.weekday is None):
            raise ValueError("请选每月几号，或每月第几个星期几，二者择一")
        return self


class ScheduleQuery(PageQuery):
    """Whose monthly activities to list."""

    organization: str = Field(min_length=1, max_length=40, description="code of the organisation")


class SkipMonth(Body):
    """Leave one month out."""

    month: Month
    reason: Line = Field(min_length=1, max_length=200)


class ComingDay(Shape):
    """One of the next days: `moved_from` if a holiday moved it, `activity` once it is planned."""

    month: str
    on: date
    starts_at: Instant
    ends_at: Instant
    moved_from: date | None
    skipped: str | None
    activity: str | None


class ScheduleShape(Shape):
    """A monthly activity with its next five days."""

    id: str
    organization: OrganizationBrief
    kind: ActivityKind
    kind_label: str
    title: str
    place: str
    day: int | None
    nth: int | None
    weekday: int | None
    starts: str
    minutes: int
    shift: Shift
    ended: bool
    coming: list[ComingDay]
