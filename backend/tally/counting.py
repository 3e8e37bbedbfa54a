"""Counting what happens, and reading what it adds up to."""

from datetime import date
from typing import Any

import peewee as pw

from backend.core.database import append_row
from backend.people.access import in_subtree
from backend.people.models import Organization
from backend.tally.models import TallyCount, TallyDelta


def count(measure: str, organization_id: int, *, day: date, amount: int = 1) -> None:
    """Append a delta in the caller's unit of work; `day` is local."""
    append_row(TallyDelta, measure=measure, organization=organization_id, day=day, amount=amount)


def total(measure: str, path: str, *, first: date, last: date) -> int:
    """The count over an organisation and all below it, both days included, folded or not.

    One statement, so that a delta being folded meanwhile is counted once.
    """
    folded, fresh = (_sums(table, measure, path, first, last) for table in (TallyCount, TallyDelta))
    both = folded.union_all(fresh)
    found = pw.Select((both,), (pw.fn.SUM(both.c.amount),)).scalar(TallyCount._meta.database)
    return int(found or 0)


def _sums(table: type[TallyCount] | type[TallyDelta], measure: str, path: str, first: date, last: date) -> Any:
    return (
        table.select(pw.fn.SUM(table.amount).alias("amount"))
        .join(Organization)
        .where(table.measure == measure, table.day.between(first, last), in_subtree(Organization.path, path))
    )
