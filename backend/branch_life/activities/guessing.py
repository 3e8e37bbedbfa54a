"""Codes that were never shown: counted per account, limited, and shown to the organiser."""

from datetime import datetime

from backend.branch_life.activities.models import Activity, WrongCode
from backend.branch_life.activities.refusals import too_many_wrong_codes
from backend.branch_life.activities.rules import WRONG_CODES, WRONG_CODES_WITHIN
from backend.core.database import in_unit_of_work, insert_row


def refuse_guessing(account_id: int, *, now: datetime) -> None:
    """Raise TooMany when the account has used up its wrong codes for now."""
    since = now - WRONG_CODES_WITHIN.value
    tenth: datetime | None = (
        WrongCode.select(WrongCode.at)
        .where(WrongCode.account == account_id, WrongCode.at > since)
        .order_by(WrongCode.at.desc())
        .offset(WRONG_CODES.value - 1)
        .limit(1)
        .scalar()
    )
    if tenth is not None:
        wait = tenth + WRONG_CODES_WITHIN.value - now
        raise too_many_wrong_codes(int(wait.total_seconds()) + 1)


def note_wrong_code(account_id: int, activity: str | None, *, now: datetime) -> None:
    """Keep the attempt, against the activity (public id) that it was aimed at if that is known."""
    known = Activity.select(Activity.id).where(Activity.public_id == activity).scalar() if activity else None
    in_unit_of_work(lambda: insert_row(WrongCode, account=account_id, activity=known, at=now))


def count_wrong_codes(activity_id: int) -> int:
    """How often somebody tried a code at this activity that was never shown."""
    return int(WrongCode.select().where(WrongCode.activity == activity_id).count())
