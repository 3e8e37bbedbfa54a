"""Counting what happens, and reading what it adds up to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import peewee as pw

from backend.core.database import among, append_row, append_statement, database, insert_rows, require_transaction
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


# the database finds the branches and counts: of a large sending nothing goes through this process
OF_PEOPLE = (
    "INSERT INTO tally_delta (measure, organization_id, day, amount) SELECT {0}, place, {0}, {0} * COUNT(*)"
    " FROM (SELECT COALESCE(m.organization_id, {0}) AS place FROM account a LEFT JOIN member m ON m.account_id = a.id"
    " WHERE a.id IN {1}) AS places WHERE place IS NOT NULL GROUP BY place"
)


def count_people(measure: str, people: Mapping[int, int], elsewhere: int | None, *, day: date) -> None:
    """Count accounts so many times each, at the home branch of each: `elsewhere`, or nowhere, who is no member.

    At the end of the caller's unit of work; `day` is local.
    """
    mark = database.obj.param
    for times in sorted(set(people.values())):
        some = among(account for account, named in people.items() if named == times)
        append_statement(OF_PEOPLE.format(mark, some.sql), [measure, str(day), times, elsewhere])


def total(measure: str, path: str, *, first: date, last: date) -> int:
    """The count over an organisation and all below it, both days included, folded or not."""
    return totals([measure], path, first=first, last=last)[measure]


def totals(measures: Sequence[str], path: str, *, first: date, last: date) -> dict[str, int]:
    """Several counts over an organisation and all below it; 0 for what was never counted.

    One statement, so that a delta being folded meanwhile is counted once; its cost grows with the days and with
    what waits to be folded, not with the tree.
    """
    counted = _of_tree(measures, path, first, last)
    sums: Any = pw.Select((counted,), (counted.c.measure, pw.fn.SUM(counted.c.amount))).group_by(counted.c.measure)
    found = {name: int(amount) for name, amount in sums.tuples().execute(TallyCount._meta.database)}
    return {measure: found.get(measure, 0) for measure in measures}


def by_day(measures: Sequence[str], path: str, *, first: date, last: date) -> dict[tuple[date, str], int]:
    """Counts of each local day that has one, over an organisation and all below it; one statement."""
    counted = _of_tree(measures, path, first, last)
    key = (counted.c.day, counted.c.measure)
    sums: Any = pw.Select((counted,), (*key, pw.fn.SUM(counted.c.amount))).group_by(*key)
    rows = sums.tuples().execute(TallyCount._meta.database)
    return {(_as_day(day), measure): int(amount) for day, measure, amount in rows}


def _of_tree(measures: Sequence[str], path: str, first: date, last: date) -> Any:
    """Day, measure and amount of all that counts for an organisation and below it, folded or not."""
    folded = TallyCount.select(TallyCount.day, TallyCount.measure, TallyCount.amount).where(
        TallyCount.organization == own_id(path),
        TallyCount.measure.in_(measures),
        TallyCount.day.between(first, last),
    )
    fresh = (
        TallyDelta.select(TallyDelta.day, TallyDelta.measure, TallyDelta.amount)
        .join(Organization)
        .where(
            TallyDelta.measure.in_(measures),
            TallyDelta.day.between(first, last),
            in_subtree(Organization.path, path),
        )
    )
    return folded.union_all(fresh)


def _as_day(stored: date | str) -> date:
    return date.fromisoformat(stored) if isinstance(stored, str) else stored


def by_child(measures: Sequence[str], path: str, *, first: date, last: date) -> dict[tuple[int, str], int]:
    """What stands directly below an organisation: (child, measure) → count of the child with all below it.

    One statement; its cost grows with the children and with what waits to be folded, not with the tree.
    """
    folded = (
        TallyCount.select(Organization.path, TallyCount.measure, TallyCount.amount)
        .join(Organization)
        .where(
            Organization.parent == own_id(path),
            TallyCount.measure.in_(measures),
            TallyCount.day.between(first, last),
        )
    )
    fresh = (
        TallyDelta.select(Organization.path, TallyDelta.measure, TallyDelta.amount)
        .join(Organization)
        .where(
            TallyDelta.measure.in_(measures),
            TallyDelta.day.between(first, last),
            in_subtree(Organization.path, path),
            Organization.path != path,
        )
    )
    both = folded.union_all(fresh)
    columns = (both.c.path, both.c.measure, pw.fn.SUM(both.c.amount))
    sums: Any = pw.Select((both,), columns).group_by(both.c.path, both.c.measure)
    depth, found = len(ids_of(path)), Counter[tuple[int, str]]()
    for below, measure, amount in sums.tuples().execute(TallyCount._meta.database):
        found[ids_of(below)[depth], measure] += int(amount)
    return found


def own_id(path: str) -> int:
    """The organisation that a path leads to."""
    return ids_of(path)[-1]


def ids_of(path: str) -> list[int]:
    """The organisation and all above it, from the root."""
    return [int(step) for step in path.split(".")[:-1]]
