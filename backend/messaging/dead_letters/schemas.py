"""What dead letters take and give over HTTP."""

from enum import StrEnum

from pydantic import Field

from backend.core.http import Body, Instant, Shape
from backend.core.pages import PageQuery
from backend.messaging.dead_letters.models import DeadKind
from backend.people.schemas import OrganizationBrief


class DeadState(StrEnum):
    """Nobody has looked at it, or somebody had it sent again."""

    OPEN = "open"
    RETRIED = "retried"


class DeadLetterQuery(PageQuery):
    """Which to list: of all that one may steer, or of one organisation and, for officers, all below it."""

    organization: str | None = None
    kind: DeadKind | None = None
    reason: str | None = Field(None, max_length=200)
    state: DeadState = DeadState.OPEN


class ReasonQuery(Body):
    """Whose reasons to count."""

    organization: str | None = None


class DeadLetterShape(Shape):
    """One thing that the bot gave up on.

    `maybe_twice`: it may have arrived before it was given up. `recipient` is a masked name or the name of a group.
    """

    id: str
    kind: DeadKind
    kind_label: str
    organization: OrganizationBrief | None
    topic: str
    title: str
    channel: str | None
    channel_label: str | None
    recipient: str | None
    reason: str
    advice: str
    attempts: int
    maybe_twice: bool
    happened_at: Instant
    died_at: Instant
    retried_at: Instant | None
    retryable: bool


class DeadReason(Shape):
    """How many died of one reason, and what to do about it."""

    kind: DeadKind
    kind_label: str
    reason: str
    advice: str
    count: int
    first_at: Instant
    last_at: Instant


class RetryAll(Body):
    """All of one kind and reason, at an organisation and, for officers, all below it."""

    organization: str = Field(max_length=40)
    kind: DeadKind
    reason: str = Field(max_length=200)


class Retried(Shape):
    """How many go out again, and how many of the same reason are left: ask again while there are any."""

    retried: int
    left: int
