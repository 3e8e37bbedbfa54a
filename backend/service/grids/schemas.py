"""What grids, households and duty lists take and give over HTTP."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from backend.core.http import Body, Instant, Shape
from backend.core.pages import PageQuery
from backend.core.wording import HalfWidth, Line
from backend.people.places.models import Datum
from backend.people.schemas import OrganizationBrief
from backend.service.grids.models import HouseholdFlag
from backend.service.teams.schemas import PersonId
from backend.service.teams.windows import HourMinute, Weekday

Degrees = Annotated[float, Field(allow_inf_nan=False)]
Phone = Annotated[Line, Field(pattern=r"^(\+?86)?1[3-9][0-9]{9}$"), HalfWidth]
LARGEST_DEGREES = 0.3
"""How far a grid may reach from south to north or from west to east: about thirty kilometres."""


class Corner(Body):
    """A point of a grid's border."""

    lat: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lng: float = Field(ge=-180, le=180, allow_inf_nan=False)


class KeepGrid(Body):
    """A grid: its border, if it was drawn, and the buildings and streets that belong to it."""

    code: Line = Field(min_length=1, max_length=20)
    name: Line = Field(min_length=1, max_length=40)
    polygon: list[Corner] | None = Field(None, min_length=3, max_length=200, description="in the order of the border")
    datum: Datum = Datum.GCJ02
    addresses: list[Annotated[Line, Field(min_length=2, max_length=80)]] = Field([], max_length=500)

    @model_validator(mode="after")
    def _of_reasonable_size(self) -> Self:
        corners = self.polygon or []
        spans = [max(values) - min(values) for values in zip(*((one.lat, one.lng) for one in corners), strict=True)]
        if corners and not all(0 < span <= LARGEST_DEGREES for span in spans):
            raise ValueError("边界须围成一片，南北和东西都不超过约30公里")
        return self


class AddWorker(Body):
    """Who looks after a grid."""

    person: PersonId


class AddHousehold(Body):
    """A door."""

    door: Line = Field(min_length=1, max_length=60)


class HouseholdQuery(PageQuery):
    """Which doors of a grid to list."""

    q: Line | None = Field(None, min_length=1, max_length=40, description="part of the door")


class SetFlags(Body):
    """What whoever comes to the door should know; the whole of it each time."""

    flags: list[HouseholdFlag] = Field([], max_length=len(HouseholdFlag))


class AddHouseholdMember(Body):
    """Somebody who lives there, by the phone number of his account."""

    phone: Phone


class DutyTarget(Body):
    """Who is on duty."""

    kind: Literal["member", "team"]
    id: PersonId


class AddDuty(Body):
    """A row of the duty list: every week on a day, or on one date."""

    weekday: Weekday | None = None
    on: date | None = None
    start: HourMinute = "00:00"
    end: HourMinute = "24:00"
    target: DutyTarget

    @model_validator(mode="after")
    def _when(self) -> Self:
        if (self.weekday is None) == (self.on is None):
            raise ValueError("请在每周的某一天和某个日期中选一个")
        if self.end <= self.start:
            raise ValueError("结束时间须晚于开始时间")
        return self


class SetPolicy(Body):
    """Whether the duty lists dispatch by themselves."""

    auto_dispatch: bool


class WorkerShape(Shape):
    """Somebody who looks after a grid."""

    id: str
    name: str


class GridShape(Shape):
    """A grid in a list."""

    id: str
    code: str
    name: str
    organization: OrganizationBrief
    workers: list[WorkerShape]
    households: int


class AddressShape(Shape):
    """A building or street of a grid; the code is for its poster."""

    text: str
    code: str
    scene: str


class CornerShape(Shape):
    """A point of the border, in GCJ-02."""

    lat: float
    lng: float


class GridDetail(GridShape):
    """A grid with its border and buildings."""

    polygon: list[CornerShape]
    addresses: list[AddressShape]


class HouseholdShape(Shape):
    """A door of a grid, for its worker and the branch's dispatchers."""

    id: str
    door: str
    join_code: str
    members: int


class HouseholdMemberShape(Shape):
    """Somebody who lives behind a door."""

    id: str
    name: str
    phone: str | None = Field(description="masked")
    joined_at: Instant
    by_code: bool


class FlagShape(Shape):
    """One thing to know of a household."""

    code: HouseholdFlag
    label: str


class HouseholdDetail(HouseholdShape):
    """A household with its people; reading it is logged."""

    grid: str
    grid_name: str
    flags: list[FlagShape]
    people: list[HouseholdMemberShape]


class OwnHousehold(Shape):
    """The door that one lives behind."""

    id: str
    door: str
    grid: str
    grid_name: str
    organization: OrganizationBrief
    workers: list[WorkerShape]
    joined_at: Instant


class MyHousehold(Shape):
    """One's household, if one has joined any."""

    household: OwnHousehold | None


class DutyShape(Shape):
    """A row of a duty list."""

    id: str
    weekday: int | None
    on: date | None
    start: str
    end: str
    kind: Literal["member", "team"]
    target: str = Field(description="id of the person's account, or of the team")
    name: str


class PolicyShape(Shape):
    """How a branch dispatches."""

    auto_dispatch: bool


class PosterShape(Shape):
    """What the code on a building's poster stands for: fills in the form of an order."""

    organization: OrganizationBrief
    grid: str
    grid_name: str
    place: str
