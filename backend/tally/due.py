"""What the tally owes to time: deltas fold into counts, up the tree."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import peewee as pw

from backend.core.database import among, delete_where, in_unit_of_work, lock_rows, rows_of, supports_skip_locked
from backend.core.many import add_to_rows
from backend.people.models import Organization
from backend.tally.counting import ROWS_AT_ONCE, ids_of, own_id
from backend.tally.models import TallyCount, TallyDelta

FOLD_BATCH = 1_000
BATCHES_AT_ONCE = 20  # a Sunday's sending brings thousands a second, and who reads adds up what is not folded yet

Place = tuple[str, int, date]


def fold(*, now: datetime) -> int:
    """Fold what waits into the counts of its organisations and of all above, BATCHES_AT_ONCE at most; how many."""
    folded = 0
    for _ in range(BATCHES_AT_ONCE):
        batch = in_unit_of_work(lambda: _fold_batch(now))
        folded += batch
        if batch < FOLD_BATCH:
            break
    return folded


def _fold_batch(now: datetime) -> int:
    columns = (TallyDelta.id, TallyDelta.measure, TallyDelta.organization, TallyDelta.day, TallyDelta.amount)
    rows = rows_of(lock_rows(TallyDelta.select(*columns).order_by(TallyDelta.id).limit(FOLD_BATCH)))
    above = _above({organization_id for _, _, organization_id, _, _ in rows})
    sums: Counter[Place] = Counter()
    for _, measure, organization_id, day, amount in rows:
        for one in above[organization_id]:
            sums[measure, one, day] += amount
    _add(sums, now)
    delete_where(TallyDelta, TallyDelta.id.in_(among(row[0] for row in rows)))
    return len(rows)


def _above(ids: set[int]) -> dict[int, list[int]]:
    """Each organisation with all above it; none of them moves until this is folded."""
    places: Any = Organization.select(Organization.id, Organization.path).where(Organization.id.in_(ids))
    if supports_skip_locked():
        places = places.for_update("LOCK IN SHARE MODE")
    return {number: ids_of(path) for number, path in rows_of(places)}


def regraft(old_path: str, new_path: str, *, now: datetime) -> None:
    """Let the counts of a moved organisation count for those above it now, and no more for those that were.

    In the unit of work of the move, after its paths were written: a fold under way is waited for.
    """
    counted: Any = TallyCount.select(TallyCount.measure, TallyCount.day, TallyCount.amount).where(
        TallyCount.organization == own_id(new_path)
    )
    if supports_skip_locked():
        counted = counted.for_update()
    former, present = set(ids_of(old_path)), set(ids_of(new_path))
    sums: Counter[Place] = Counter()
    for measure, day, amount in rows_of(counted):
        sums.update({(measure, organization_id, day): amount for organization_id in present - former})
        sums.update({(measure, organization_id, day): -amount for organization_id in former - present})
    _add(sums, now)


def _add(sums: Mapping[Place, int], now: datetime) -> None:
    """Grow counts by these amounts, in one order for all, or two processes would deadlock."""
    rows = [(*place, sums[place], now) for place in sorted(sums)]
    for batch in pw.chunked(rows, ROWS_AT_ONCE):
        add_to_rows(TallyCount, ("measure", "organization", "day"), "amount", "folded_at", batch)
