"""What the erasures take and give over HTTP."""

from pydantic import Field

from backend.core.http import Body, Instant, Shape
from backend.membership.erasures.models import ErasureState


class AskErasure(Body):
    """That it was understood what goes and what stays."""

    understood: bool = Field(description="the person has read what goes and what stays")


class KeptData(Shape):
    """Something that stays, and on what ground."""

    what: str
    ground: str


class ErasureShape(Shape):
    """A request to be erased; `state_label` and the lists are meant to be read."""

    id: str
    state: ErasureState
    state_label: str
    asked_at: Instant
    due_at: Instant
    ended_at: Instant | None


class ErasureOutlook(Shape):
    """What an erasure would do, and one's requests so far, newest first."""

    erased: list[str]
    kept: list[KeptData]
    grace_days: int
    requests: list[ErasureShape]
