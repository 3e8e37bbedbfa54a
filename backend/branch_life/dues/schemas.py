"""What dues take and give over HTTP; sums of money are decimal texts in yuan."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema, field_validator

from backend.branch_life.activities.schemas import PublicId
from backend.branch_life.dues.rules import Payer
from backend.core.http import Body, Shape
from backend.core.pages import PageQuery
from backend.core.wording import Line
from backend.people.schemas import OrganizationBrief

DuesMonth = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
MOST = 1_000_000
# described as what it takes: a number, or its digits as text
Yuan = Annotated[
    Decimal,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": MOST},
                {"type": "string", "pattern": r"^[0-9]{1,6}(\.[0-9]{1,2})?$", "maxLength": 9},
            ]
        },
        mode="validation",
    ),
]


class ReckonQuery(BaseModel):
    """Whose dues to reckon, and from how much a month."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    payer: Payer
    base: Decimal = Field(Decimal(0), ge=0, le=MOST, max_digits=9, decimal_places=2, description="yuan a month")


class ReckonedDues(Shape):
    """The dues of a month from least to most, and by which rule."""

    payer: Payer
    base: str
    least: str
    most: str
    rate: float | None
    base_rule: str
    source: str


class RecordDues(Body):
    """Months that a member has paid, each with the same sum."""

    member: PublicId
    months: list[DuesMonth] = Field(min_length=1, max_length=12)
    amount: Yuan = Field(gt=0, lt=MOST, max_digits=8, decimal_places=2, description="yuan for each month")
    paid_on: date

    @field_validator("months")
    @classmethod
    def _once(cls, months: list[str]) -> list[str]:
        if len(set(months)) < len(months):
            raise ValueError("月份重复")
        return sorted(months)


class VoidDues(Body):
    """Why the record is wrong."""

    reason: Line = Field(min_length=1, max_length=200)


class DuesQuery(PageQuery):
    """Which records to list."""

    month: DuesMonth | None = None


class OpenDuesQuery(PageQuery):
    """Of which month; without one, the present."""

    month: DuesMonth | None = None


class OpenDues(Shape):
    """A member at home whose month is recorded nowhere; `exempt` ones are not reminded."""

    member: str
    member_name: str
    month: str
    exempt: bool


class DuesShape(Shape):
    """A month that is paid; a struck-out one stays readable."""

    id: str
    member: str
    member_name: str
    month: str
    amount: str
    organization: OrganizationBrief
    paid_on: date
    voided: bool
    void_reason: str | None
