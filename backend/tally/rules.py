"""What a rule is: a figure that differs by place and year, with its unit and the clause it comes from."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Rule(Generic[T]):
    """One figure of a room's rule table; `source` is shown wherever the figure decides."""

    value: T
    unit: str
    source: str
