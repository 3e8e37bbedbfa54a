"""What the rates take and give over HTTP."""

from datetime import date
from typing import Self

from pydantic import AliasChoices, Field, model_validator

from backend.core.http import Body, Instant, Shape
from backend.people.schemas import OrganizationBrief
from backend.service.rates.rules import Unit


class SpanQuery(Body):
    """Over which local days, both included; without days, this year so far."""

    first: date | None = Field(None, alias="from", validation_alias=AliasChoices("from"))
    last: date | None = Field(None, alias="to", validation_alias=AliasChoices("to"))

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first and self.last and self.first > self.last:
            raise ValueError("起始日期不能晚于截止日期")
        return self

    def days(self, today: date) -> tuple[date, date]:
        """The first and the last day that are meant."""
        last = self.last or today
        return self.first or min(last, today).replace(month=1, day=1), last


class BesideShape(Shape):
    """A count that a rate must not be read without."""

    label: str
    count: int


class RateShape(Shape):
    """One rate. `value` is empty, and `refused` says why, when there is nothing to divide by."""

    code: str
    label: str
    unit: Unit
    rule: str
    numerator: int
    denominator: int | None = Field(description="empty for a plain count")
    value: float | None = Field(description="a share between 0 and 1, minutes, or the count itself")
    refused: str | None
    beside: list[BesideShape]
    exclusions: list[str]


class RatesShape(Shape):
    """The rates of an organisation and all below it."""

    organization: OrganizationBrief
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    as_of: Instant
    rates: list[RateShape]
