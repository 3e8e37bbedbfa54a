"""What large sendings take and give over HTTP."""

from backend.core.http import Instant, Shape
from backend.core.pages import PageQuery
from backend.messaging.fan_outs.workflow import FanOutState, FanOutStep
from backend.people.schemas import OrganizationBrief


class FanOutQuery(PageQuery):
    """Which sendings to list: all that one may steer, or those of one organisation."""

    organization: str | None = None


class FanOutReason(Shape):
    """Why some were not sent, and how many."""

    reason: str
    count: int


class FanOutShape(Shape):
    """A sending to very many and how far it is; figures as of `counted_at`.

    `expected` readers were found (all of them once `planned_at` is set), `recipients` have their inbox copy; the
    notifications and posts that go with them are `delivered`, `pending`, `dead` or `skipped`, and `maybe_twice` of
    them may have arrived twice.
    `ranges_dead` of the ranges could not be written: they are among the dead letters. `percent` tells how
    much of the whole is settled.
    """

    id: str
    organization: OrganizationBrief
    topic: str
    title: str
    state: FanOutState
    state_label: str
    steps: list[FanOutStep]
    expected: int
    recipients: int
    delivered: int
    pending: int
    dead: int
    skipped: int
    maybe_twice: int
    ranges: int
    ranges_done: int
    ranges_dead: int
    percent: int
    reasons: list[FanOutReason]
    created_at: Instant
    planned_at: Instant | None
    counted_at: Instant | None
    finished_at: Instant | None
