"""What the rules did, for whoever asks."""

from datetime import datetime, timedelta

import peewee as pw

from backend.core.database import rows_of
from backend.operation.retention.models import RetentionRun
from backend.operation.retention.rules import RETENTION, RetentionRule
from backend.operation.retention.schemas import RetentionShape

REPORTED = timedelta(days=30)


def report(*, now: datetime) -> list[RetentionShape]:
    """Each rule with what it let go of within a month and when it last looked."""
    recent = RetentionRun.ran_on > (now - REPORTED).date()
    rows = (
        RetentionRun.select(RetentionRun.rule, pw.fn.SUM(RetentionRun.removed), pw.fn.MAX(RetentionRun.ran_at))
        .where(recent)
        .group_by(RetentionRun.rule)
    )
    done = {name: (int(removed), ran_at) for name, removed, ran_at in rows_of(rows)}
    return [_shape(rule, *done.get(rule.name, (0, None))) for rule in RETENTION]


def _shape(rule: RetentionRule, removed: int, ran_at: datetime | None) -> RetentionShape:
    return RetentionShape(
        rule=rule.name,
        label=rule.label,
        kept_days=rule.kept.days,
        source=rule.source,
        removed_within_month=removed,
        ran_at=ran_at,
    )
