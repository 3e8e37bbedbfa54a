"""What a reveal takes and gives over HTTP."""

from typing import Literal

from pydantic import Field

from backend.core.http import Body, Shape
from backend.core.wording import Line

Revealed = Literal["phone", "identity_number"]


class RevealField(Body):
    """Which field, and what for: the member reads it under "who looked at my data"."""

    field: Revealed
    purpose: Line = Field(min_length=4, max_length=100)


class RevealedField(Shape):
    """The field in full; null when the roster has none."""

    field: Revealed
    value: str | None
