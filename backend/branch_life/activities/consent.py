"""What follows when the consent to use one's position is withdrawn."""

from datetime import datetime

from backend.branch_life.activities.models import CheckIn, CheckInLocation
from backend.people.models import Member


def forget_whereabouts(account_id: int, *, now: datetime) -> None:
    """Where the phone was at past check-ins goes at once; that somebody was there stays."""
    mine = CheckIn.select(CheckIn.id).join(Member).where(Member.account == account_id)
    CheckInLocation.update(lat=None, lng=None).where(CheckInLocation.check_in.in_(mine)).execute()
