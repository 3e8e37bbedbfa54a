"""Questions about now: what was kept long enough."""

from datetime import datetime

from backend.core.database import in_unit_of_work
from backend.operation.retention.models import RetentionRun
from backend.operation.retention.rules import RETENTION, RetentionRule


def let_go(*, now: datetime) -> int:
    """Run every rule once and note what it did; returns how many things went."""
    return sum(_run(rule, now) for rule in RETENTION)


def _run(rule: RetentionRule, now: datetime) -> int:
    removed = rule.let_go(now=now)

    def work() -> None:
        today = (RetentionRun.rule == rule.name) & (RetentionRun.ran_on == now.date())
        more = {"removed": RetentionRun.removed + removed, "ran_at": now}
        if not RetentionRun.select(RetentionRun.id).where(today).exists():
            RetentionRun.create(rule=rule.name, ran_on=now.date(), removed=removed, ran_at=now)
        else:
            RetentionRun.update(more).where(today).execute()

    in_unit_of_work(work)
    return removed
