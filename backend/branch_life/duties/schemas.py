"""What duties take and give over HTTP."""

from datetime import date
from typing import Annotated

from pydantic import AliasChoices, Field, StringConstraints

from backend.branch_life.duties.models import DutyState
from backend.branch_life.kinds import ActivityKind
from backend.core.http import Body, Instant, Shape
from backend.core.pages import PageQuery
from backend.people.schemas import OrganizationBrief

PeriodName = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}(-(0[1-9]|1[0-2])|-Q[1-4])?$")]


class DutyQuery(PageQuery):
    """Which duties to list; without a period those of the month, quarter and year that run now."""

    period: PeriodName | None = Field(None, description="`2026-11`, `2026-Q4` or `2026`")


class DutyShape(Shape):
    """One thing owed; `locked_on` is the day from which it is late, `source` the clause that it comes from.

    With `asks_minutes` the roll of an activity is not enough: its minutes have to be written too.
    """

    organization: OrganizationBrief
    kind: ActivityKind
    kind_label: str
    period: str
    starts_on: date
    due_on: date
    locked_on: date
    state: DutyState
    state_label: str
    waived_for: str | None
    activity: str | None
    settled_at: Instant | None
    asks_minutes: bool
    source: str


class TookPart(Shape):
    """A member of the branch who was there with another branch, as a guest or a visitor."""

    member: str
    name: str
    organization: OrganizationBrief
    title: str
    held_on: date


class OwnDutyShape(DutyShape):
    """A duty of one organisation, with how often its members took part in the same elsewhere meanwhile.

    That meets no duty of theirs at home; who it was is told to those who see the members.
    """

    elsewhere: int
    elsewhere_people: list[TookPart] | None


class CompletionQuery(PageQuery):
    """Which duty of which period to add up."""

    kind: ActivityKind
    period: PeriodName = Field(description="`2026-11`, `2026-Q4` or `2026`")


class Exclusion(Shape):
    """How many organisations do not owe it, and why."""

    reason: str
    count: int


class FigureShape(Shape):
    """Met out of due. `rate` is empty, and `refused` says why, when nothing was due.

    `late` counts what was held and put on record after the lock.
    """

    kind: ActivityKind
    kind_label: str
    rule: str
    sources: list[str]
    denominator: int
    met: int
    late: int
    open: int
    rate: float | None
    refused: str | None
    exclusions: list[Exclusion]


class CompletionShape(FigureShape):
    """One figure of one period up the tree; `missing` lists who lacks it, by cursor."""

    organization: OrganizationBrief
    period: str
    as_of: Instant
    missing: list[DutyShape]
    next_cursor: str | None


class FiguresQuery(Body):
    """Over which local days, both included: the periods that began in them count; without days, this year so far."""

    first: date | None = Field(None, validation_alias=AliasChoices("from"))
    last: date | None = Field(None, validation_alias=AliasChoices("to"))


class FiguresShape(Shape):
    """The figures of every kind of duty, over an organisation and all below it."""

    organization: OrganizationBrief
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    as_of: Instant
    figures: list[FigureShape]
