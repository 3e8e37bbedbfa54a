"""What the people room owes to time: tokens that have ended go."""

from datetime import datetime

from backend.core.database import delete_where
from backend.people.models import AccessToken


def purge_ended_tokens(*, now: datetime) -> int:
    """Delete tokens whose time is over (a revoked one ends with its time, too); returns how many."""
    return delete_where(AccessToken, AccessToken.expires_at < now)
