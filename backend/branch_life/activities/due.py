"""Questions about now: what activities and check-ins have to let go of."""

from datetime import datetime

from backend.branch_life.activities.models import WrongCode
from backend.branch_life.activities.rules import WRONG_CODES_KEPT
from backend.core.database import in_unit_of_work


def purge_wrong_codes(*, now: datetime) -> int:
    """Forget attempts with wrong codes after a month; returns how many."""
    old = WrongCode.delete().where(WrongCode.at < now - WRONG_CODES_KEPT.value)
    return int(in_unit_of_work(old.execute))
