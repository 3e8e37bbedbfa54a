"""What a question of a room answers: where something is still undone today, and what may be said of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from backend.core.clock import local_day
from backend.people.models import Organization
from backend.people.tree.rules import BRANCHES

BATCH = 500


@dataclass(frozen=True)
class Span:
    """Of what a question is asked: things due between two local days; of one organisation, or of all.

    Without `names` nobody is about to be told, and whom it concerns need not be looked up.
    """

    first: date
    last: date
    now: datetime
    timezone: ZoneInfo
    organization_id: int | None = None
    names: bool = True

    @property
    def today(self) -> date:
        """The local day of the question."""
        return local_day(self.now, self.timezone)


@dataclass(frozen=True)
class Occasion:
    """One thing that is undone. `due_on` is empty for what is told by rhythm alone; `people` are named by part."""

    organization_id: int
    target: str
    topic: str
    facts: Mapping[str, Any]
    due_on: date | None = None
    people: Mapping[str, Sequence[int | None]] = field(default_factory=dict)


Question = Callable[[Span], Iterable[Occasion]]
# how many of something wait in each of these organisations
Count = Callable[[Sequence[int], Span], Mapping[int, int]]


def branches(span: Span) -> Iterator[list[Organization]]:
    """The open branches in question, a batch at a time."""
    last = 0
    while True:
        rows = Organization.select().where(
            Organization.kind.in_(sorted(BRANCHES)), Organization.closed_on.is_null(), Organization.id > last
        )
        if span.organization_id is not None:
            rows = rows.where(Organization.id == span.organization_id)
        found = list(rows.order_by(Organization.id).limit(BATCH))
        if not found:
            return
        yield found
        last = found[-1].id


def summed(topic: str, counts: Mapping[str, Count], page: str) -> Question:
    """A question that counts several things in each branch; a branch where nothing waits is left in peace."""

    def ask(span: Span) -> Iterator[Occasion]:
        for batch in branches(span):
            ids = [branch.id for branch in batch]
            sums = {label: count(ids, span) for label, count in counts.items()}
            for branch in batch:
                lines = [[label, found[branch.id]] for label, found in sums.items() if found.get(branch.id)]
                if lines:
                    facts = {"organization": branch.name, "lines": lines, "page": f"{page}?organization={branch.code}"}
                    yield Occasion(branch.id, f"organization:{branch.id}", topic, facts)

    return ask


def days_around(day: date, timezone: ZoneInfo) -> datetime:
    """The instant at which a local day begins."""
    return datetime.combine(day, datetime.min.time(), timezone)


def within(span: Span) -> tuple[datetime, datetime]:
    """From the beginning of the first day to the end of the last."""
    return days_around(span.first, span.timezone), days_around(span.last + timedelta(days=1), span.timezone)
