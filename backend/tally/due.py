"""What the tally owes to time: deltas fold into counts, up the tree."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from backend.core.database import delete_where, in_unit_of_work, lock_rows, rows_of, supports_skip_locked
from backend.people.models import Organization
from backend.tally.counting import ids_of, own_id
from backend.tally.models import TallyCount, TallyDelta

FOLD_BATCH = 1_000

Place = tuple[str, int, date]


def fold(*, now: datetime) -> int:
    """Fold one batch of deltas into the counts of their organisations and of all above; returns how many."""
    return in_unit_of_work(lambda: _fold_batch(now))


def _fold_batch(now: datetime) -> int:
    rows = list(lock_rows(TallyDelta.select().order_by(TallyDelta.id).limit(FOLD_BATCH)))
    above = _above({row.organization_id for row in rows})
    sums: Counter[Place] = Counter()
    for row in rows:
        for organization_id in above[row.organization_id]:
            sums[row.measure, organization_id, row.day] += row.amount
    _add(sums, now)
    delete_where(TallyDelta, TallyDelta.id.in_([row.id for row in rows]))
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
    for measure, organization_id, day in sorted(sums):
        same = (TallyCount.measure == measure) & (TallyCount.organization == organization_id) & (TallyCount.day == day)
        amount = sums[measure, organization_id, day]
        grow = TallyCount.update(amount=TallyCount.amount + amount, folded_at=now).where(same)
        if not grow.execute():
            new = {"measure": measure, "organization": organization_id, "day": day, "amount": 0, "folded_at": now}
            # another process may be making the same row at this moment: whoever is first, both add to it
            TallyCount.insert(new).on_conflict_ignore().execute()
            grow.execute()
