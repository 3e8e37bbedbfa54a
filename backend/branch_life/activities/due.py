"""Questions about now: what activities and check-ins have to let go of."""

from datetime import datetime

from backend.branch_life.activities.models import Activity, CheckIn, CheckInLocation, WrongCode
from backend.branch_life.activities.rules import COORDINATES_KEPT, DEVICES_KEPT, WRONG_CODES_KEPT
from backend.core.database import delete_where, in_unit_of_work, rows_of

_BATCH = 200


def purge_wrong_codes(*, now: datetime) -> int:
    """Forget attempts with wrong codes after a month; returns how many."""
    return in_unit_of_work(lambda: delete_where(WrongCode, WrongCode.at < now - WRONG_CODES_KEPT.value))


def forget_coordinates(*, now: datetime) -> int:
    """Forget where phones were after a month; how far that was from the venue stays. Returns how many."""
    old = CheckInLocation.update(lat=None, lng=None).where(
        CheckInLocation.at < now - COORDINATES_KEPT.value, CheckInLocation.lat.is_null(False)
    )
    return int(in_unit_of_work(old.execute))


def forget_devices(*, now: datetime) -> int:
    """Forget after a month which phones the check-ins of an activity came from; returns how many activities."""
    return in_unit_of_work(lambda: _forget_devices(now - DEVICES_KEPT.value))


def _forget_devices(before: datetime) -> int:
    old = Activity.select(Activity.id).where(Activity.phones_kept, Activity.starts_at < before)
    ids = [row[0] for row in rows_of(old.limit(_BATCH))]
    CheckIn.update(device=None).where(CheckIn.activity.in_(ids)).execute()
    Activity.update(phones_kept=False).where(Activity.id.in_(ids)).execute()
    return len(ids)
