"""How the retention report looks."""

from backend.core.http import Instant, Shape


class RetentionShape(Shape):
    """How long something is kept, and what was let go of within a month."""

    rule: str
    label: str
    kept_days: int
    source: str
    removed_within_month: int
    ran_at: Instant | None
