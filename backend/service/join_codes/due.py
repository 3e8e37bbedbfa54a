"""Questions about now: what is kept of wrong codes only for a while."""

from datetime import datetime

from backend.core.database import delete_where, in_unit_of_work
from backend.service.join_codes.guessing import WRONG_CODES_KEPT
from backend.service.join_codes.models import WrongJoinCode


def purge_wrong_join_codes(*, now: datetime) -> int:
    """Forget attempts with wrong codes after a month; returns how many."""
    return in_unit_of_work(lambda: delete_where(WrongJoinCode, WrongJoinCode.at < now - WRONG_CODES_KEPT.value))
