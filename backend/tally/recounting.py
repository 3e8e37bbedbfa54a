"""Counting again from the records, and what differs from the tally."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from backend.core.database import database, rows_of
from backend.people.models import Organization
from backend.tally.counting import ids_of
from backend.tally.models import TallyCount, TallyDelta

Counted = tuple[str, int, date, int]
Recount = Callable[[], Iterable[Counted]]
Sums = Counter[tuple[str, int, date]]


class Difference(NamedTuple):
    """A count that the records do not bear out: its measure, organisation, local day, and both figures."""

    measure: str
    organization_id: int
    day: date
    counted: int
    recorded: int


def differences(recounts: Mapping[str, Recount]) -> list[Difference]:
    """Every count that differs from its records, over organisations with all below them; nothing when all is well.

    `recounts` are given by the names of their measures, or by how they begin (up to a `_` or `:`). Everything is read
    in one transaction, so that what happens meanwhile makes no difference.
    """
    with database.atomic():
        places = rows_of(Organization.select(Organization.id, Organization.path))
        above = {number: ids_of(path) for number, path in places}
        recorded = _up_the_tree((row for recount in set(recounts.values()) for row in recount()), above)
        tallied = _up_the_tree(_rows(TallyDelta), above)
        for measure, organization_id, day, amount in _rows(TallyCount):
            tallied[measure, organization_id, day] += amount
    families = tuple(name for name in recounts if name.endswith(("_", ":")))
    keys = {key for key in tallied.keys() | recorded.keys() if key[0] in recounts or key[0].startswith(families)}
    return [Difference(*key, tallied[key], recorded[key]) for key in sorted(keys) if tallied[key] != recorded[key]]


def _up_the_tree(rows: Iterable[Counted], above: dict[int, list[int]]) -> Sums:
    sums: Sums = Counter()
    for measure, organization_id, day, amount in rows:
        for number in above[organization_id]:
            sums[measure, number, day] += amount
    return sums


def _rows(table: type[TallyDelta] | type[TallyCount]) -> Iterable[Counted]:
    columns: Any = table.select(table.measure, table.organization, table.day, table.amount)
    return columns.tuples().iterator()  # type: ignore[no-any-return]
