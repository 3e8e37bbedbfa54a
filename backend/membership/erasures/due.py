"""Questions about now: whose week is over."""

from datetime import datetime

from backend.core.database import in_unit_of_work
from backend.core.errors import AppError
from backend.membership.erasures.models import ErasureRequest
from backend.membership.erasures.rules import PUT_OFF
from backend.membership.erasures.service import Reach, erase_account

BATCH = 20


def erase_due_accounts(*, reach: Reach, now: datetime) -> int:
    """Erase the accounts whose week is over; where something stands in the way, look again tomorrow."""
    due = ErasureRequest.select().where(ErasureRequest.waiting == 1, ErasureRequest.due_at <= now)
    return sum(_erase(request, reach, now) for request in due.order_by(ErasureRequest.due_at).limit(BATCH))


def _erase(request: ErasureRequest, reach: Reach, now: datetime) -> int:
    try:
        return int(erase_account(request, reach, now=now))
    except AppError:
        later = ErasureRequest.update(due_at=now + PUT_OFF.value).where(ErasureRequest.id == request.id)
        in_unit_of_work(later.execute)
        return 0
