"""What the tally owes to time: deltas fold into counts."""

from collections import Counter
from datetime import date, datetime

from backend.core.database import delete_where, in_unit_of_work, lock_rows
from backend.tally.models import TallyCount, TallyDelta

FOLD_BATCH = 1_000


def fold(*, now: datetime) -> int:
    """Fold one batch of deltas into counts and drop them; returns how many were folded."""
    return in_unit_of_work(lambda: _fold_batch(now))


def _fold_batch(now: datetime) -> int:
    rows = list(lock_rows(TallyDelta.select().order_by(TallyDelta.id).limit(FOLD_BATCH)))
    sums: Counter[tuple[str, int, date]] = Counter()
    for row in rows:
        sums[row.measure, row.organization_id, row.day] += row.amount
    for place in sorted(sums):  # one order for all, or two folding processes would deadlock
        _add(*place, sums[place], now)
    delete_where(TallyDelta, TallyDelta.id.in_([row.id for row in rows]))
    return len(rows)


def _add(measure: str, organization_id: int, day: date, amount: int, now: datetime) -> None:
    same = (TallyCount.measure == measure) & (TallyCount.organization == organization_id) & (TallyCount.day == day)
    grow = TallyCount.update(amount=TallyCount.amount + amount, folded_at=now).where(same)
    if not grow.execute():
        new = {"measure": measure, "organization": organization_id, "day": day, "amount": 0, "folded_at": now}
        # another process may be making the same row at this moment: whoever is first, both add to it
        TallyCount.insert(new).on_conflict_ignore().execute()
        grow.execute()
