"""What teams and handlers take and give over HTTP."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from backend.core.http import Body, Shape
from backend.core.wording import Line
from backend.people.schemas import OrganizationBrief
from backend.service.teams.rules import PERSONS_LOAD, TEAMS_LOAD
from backend.service.teams.windows import HourMinute, Weekday

SkillCode = Annotated[Line, Field(min_length=1, max_length=40)]
PersonId = Annotated[Line, Field(min_length=1, max_length=20)]
JoinCode = Annotated[Line, Field(min_length=1, max_length=40)]


class Window(Body):
    """A window of the week."""

    weekday: Weekday
    start: HourMinute
    end: HourMinute

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if self.end <= self.start:
            raise ValueError("结束时间须晚于开始时间")
        return self


class KeepProfile(Body):
    """What somebody says of himself as a handler; the whole of it each time."""

    skills: list[SkillCode] = Field([], max_length=20)
    free_hours: list[Window] = Field([], max_length=28, description="nothing here means: at any time")
    max_load: int = Field(PERSONS_LOAD.value, ge=1, le=50, description="how many orders at a time")


class AskAway(Body):
    """Days on which somebody gets no orders."""

    from_on: date
    until_on: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until_on < self.from_on:
            raise ValueError("结束日期不能早于开始日期")
        return self


class KeepTeam(Body):
    """A team: its name, its leader, what it can do and how much at a time."""

    name: Line = Field(min_length=2, max_length=40)
    leader: PersonId = Field(description="a member of the branch (id on the roster) or a volunteer (id of the account)")
    skills: list[SkillCode] = Field([], max_length=20)
    max_load: int = Field(TEAMS_LOAD.value, ge=1, le=200)


class AddTeamMember(Body):
    """Somebody whom the branch may order work to."""

    person: PersonId


class JoinByCode(Body):
    """A code that a person was given, however it is typed."""

    code: JoinCode


class SkillShape(Shape):
    """A word of the table of skills."""

    code: str
    name: str


class WindowShape(Shape):
    """A window of the week."""

    weekday: int
    start: str
    end: str


class AwayShape(Shape):
    """Days of leave."""

    id: str
    from_on: date
    until_on: date


class TeamBrief(Shape):
    """A team in passing."""

    id: str
    name: str
    organization: OrganizationBrief


class OwnTeam(Shape):
    """A team that one belongs to or has asked to join."""

    team: TeamBrief
    leads: bool
    confirmed: bool


class HandlerShape(Shape):
    """Oneself as a handler."""

    skills: list[SkillShape]
    free_hours: list[WindowShape]
    max_load: int
    away: list[AwayShape]
    teams: list[OwnTeam]


class TeamMemberShape(Shape):
    """Somebody of a team; `confirmed` is false while he waits."""

    id: str
    name: str
    confirmed: bool
    leads: bool
    away: bool


class TeamShape(Shape):
    """A team in the list of its organisation."""

    id: str
    name: str
    leader: str | None = Field(description="name")
    skills: list[SkillShape]
    max_load: int
    members: int
    waiting: int = Field(description="how many wait to be confirmed")
    orders: int = Field(description="how many closed orders it has hours for")
    hours: float = Field(description="of these orders, all its people together")


class TeamDetail(TeamShape):
    """A team with its people; the code only for those who lead or keep it."""

    people: list[TeamMemberShape]
    join_code: str | None
