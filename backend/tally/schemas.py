"""What the numbers take and give over HTTP."""

from datetime import date

from pydantic import AliasChoices, Field

from backend.core.http import Body, Instant, Shape


class NumberQuery(Body):
    """Which number, over which local days, both included; without days, this year so far."""

    measure: str = Field(min_length=1, max_length=40)
    first: date | None = Field(None, alias="from", validation_alias=AliasChoices("from"))
    last: date | None = Field(None, alias="to", validation_alias=AliasChoices("to"))


class NumberShape(Shape):
    """A number that says where it comes from."""

    measure: str
    label: str
    organization: str
    value: int
    rule: str
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    as_of: Instant
