"""Questions about now: what was kept long enough."""

from datetime import datetime

from backend.core.many import add_to_rows
from backend.operation.retention.models import RetentionRun
from backend.operation.retention.rules import RETENTION, RetentionRule


def let_go(*, now: datetime) -> int:
    """Run every rule once and note what it did; returns how many things went."""
    return sum(_run(rule, now) for rule in RETENTION)


def _run(rule: RetentionRule, now: datetime) -> int:
    removed = rule.let_go(now=now)

    # two bots that run a rule at one moment have each removed their own
    add_to_rows(RetentionRun, ("rule", "ran_on"), "removed", "ran_at", [(rule.name, now.date(), removed, now)])
    return removed
