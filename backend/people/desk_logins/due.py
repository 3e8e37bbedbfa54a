"""What desk log-ins owe to time: tries whose window is over and old tickets go."""

from datetime import datetime

from backend.core.database import delete_where
from backend.people.desk_logins.lockout import purge_tries
from backend.people.desk_logins.models import DeskTicket


def purge_log_in_traces(*, now: datetime) -> int:
    """Delete counted tries and tickets that are over; returns how many."""
    return purge_tries(now=now) + delete_where(DeskTicket, DeskTicket.expires_at < now)
