"""What reminder rules take and give over HTTP."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from backend.core.http import Body, Instant, Shape

TimeOfDay = Annotated[str, StringConstraints(pattern=r"^(0[89]|1[0-9]|20):[0-5][0-9]$")]
Offset = Annotated[int, Field(ge=-60, le=60)]
PublicId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,20}$")]


class ChangeReminder(Body):
    """What an organisation changes of a rule; what is left out stays. `at` lies outside of the quiet hours."""

    enabled: bool | None = None
    at: TimeOfDay | None = None
    offsets: list[Offset] | None = Field(None, min_length=1, max_length=6)


class SnoozeReminder(Body):
    """Silent before this local day; without one it speaks again at once."""

    until: date | None = None


class HandReminder(Body):
    """Who gets it in the secretary's place; nobody: the secretary again."""

    account: PublicId | None = None


class NextReminder(Shape):
    """What would be said next, if nothing is done until then; `times`: of so many things in the same words."""

    at: Instant
    title: str
    body: str
    times: int


class ReminderShape(Shape):
    """A rule as it holds in an organisation, with what it would say in the next seven days.

    What fell into down time is made up for within `late_days`; 0: it is skipped.
    """

    rule: str
    label: str
    trigger: str
    audience: str
    channel: str
    offsets: list[int]
    at: str | None
    rhythm: str
    late_days: int
    stops: str
    escalation: str
    source: str
    quiet_hours: str
    enabled: bool
    tunable: bool
    locked: bool
    skip_on: date | None
    snoozed_until: date | None
    deputy: str | None
    next_runs: list[NextReminder]
