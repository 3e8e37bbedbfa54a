"""Counting what happens, and reading what it adds up to."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import peewee as pw

from backend.core.database import append_row, insert_rows, require_transaction
from backend.people.access import in_subtree
from backend.people.models import Organization
from backend.tally.models import TallyCount, TallyDelta

ROWS_AT_ONCE = 500


def count(measure: str, organization_id: int, *, day: date, amount: int = 1) -> None:
    """Append a delta in the caller's unit of work; `day` is local."""
    append_row(TallyDelta, measure=measure, organization=organization_id, day=day, amount=amount)


def count_rows(rows: Sequence[tuple[str, int, date, int]]) -> None:
    """The same for many at once: measure, organisation, local day and amount of each."""
    require_transaction("count_rows")
    for batch in pw.chunked(rows, ROWS_AT_ONCE):
        insert_rows(TallyDelta, ("measure", "organization", "day", "amount"), batch)


def total(measure: str, path: str, *, first: date, last: date) -> int:
    """The count over an organisation and all below it, both days included, folded or not."""
    return totals([measure], path, first=first, last=last)[measure]


def totals(measures: Sequence[str], path: str, *, first: date, last: date) -> dict[str, int]:
    """Several counts over an organisation and all below it; 0 for what was never counted.

    One statement, so that a delta being folded meanwhile is counted once; its cost grows with the days and with
    what waits to be folded, not with the tree.
    """
    folded = TallyCount.select(TallyCount.measure, TallyCount.amount).where(
        TallyCount.organization == own_id(path),
        TallyCount.measure.in_(measures),
        TallyCount.day.between(first, last),
    )
    fresh = (
        TallyDelta.select(TallyDelta.measure, TallyDelta.amount)
        .join(Organization)
        .where(
            TallyDelta.measure.in_(measures),
            TallyDelta.day.between(first, last),
            in_subtree(Organization.path, path),
        )
    )
    both = folded.union_all(fresh)
    sums: Any = pw.Select((both,), (both.c.measure, pw.fn.SUM(both.c.amount))).group_by(both.c.measure)
    found = {name: int(amount) for name, amount in sums.tuples().execute(TallyCount._meta.database)}
    return {measure: found.get(measure, 0) for measure in measures}


def own_id(path: str) -> int:
    """The organisation that a path leads to."""
    return ids_of(path)[-1]


def ids_of(path: str) -> list[int]:
    """The organisation and all above it, from the root."""
    return [int(step) for step in path.split(".")[:-1]]
