"""Whether a message about an activity that was held back still says what is so."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend.branch_life.activities.models import Activity


def comes_still(facts: Mapping[str, Any], *, now: datetime) -> bool:
    """Whether the activity lies ahead and was neither cancelled nor put off."""
    ahead = Activity.select(Activity.id).where(
        Activity.public_id == facts["activity"],
        Activity.cancelled_at.is_null(),
        Activity.starts_at == datetime.fromisoformat(facts["starts_at"]),
        Activity.starts_at > now,
    )
    return bool(ahead.exists())


def lay_ahead(facts: Mapping[str, Any], *, now: datetime) -> bool:
    """Whether the hour of a cancelled activity is still to come: later nobody needs to stay away."""
    return datetime.fromisoformat(facts["starts_at"]) > now


STILL_TRUE = {
    "activity.planned": comes_still,
    "sign_up.moved_up": comes_still,
    "activity.cancelled": lay_ahead,
}
