"""Writing a check-in: the row, the entry on the study card and the count, together or not at all."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from backend.branch_life.activities.models import CheckIn, CheckInMethod, CheckInStatus
from backend.card.ledger import Entry, add_record
from backend.core.crypto import new_public_id
from backend.core.database import append_row, in_unit_of_work
from backend.tally import counting

MEASURE = "check_in"


class Held(NamedTuple):
    """What an entry needs to know of its activity."""

    id: int
    organization_id: int
    kind: str
    title: str
    place: str
    starts_at: datetime
    held_on: date
    hours: Decimal


class Presence(NamedTuple):
    """Who was there, when, and how one knows; `recorded_by` is empty when the member checked in himself."""

    member_id: int
    status: CheckInStatus
    method: CheckInMethod
    visitor: bool
    occurred_at: datetime
    nonce: str
    recorded_by: int | None = None


def enter(held: Held, presence: Presence, *, now: datetime) -> str:
    """Write a check-in in one unit of work and give its public id; IntegrityError when one is in force.

    The branch's own code or roll call is its word that the member was there, so the card entry counts as
    confirmed; what was uploaded afterwards waits for the branch to confirm it.
    """
    public_id = new_public_id()
    confirmed = presence.status != CheckInStatus.UPLOADED_LATE
    entry = Entry(
        at=held.starts_at,
        place=held.place,
        content=held.title,
        kind=held.kind,
        hours=held.hours,
        source=card_source(public_id),
        confirmed_by=held.organization_id if confirmed else None,
    )

    def work() -> None:
        _insert(public_id, held.id, presence, now)
        add_record(presence.member_id, entry, now=now)
        counting.count(MEASURE, held.organization_id, day=held.held_on)

    in_unit_of_work(work)
    return public_id


def card_source(check_in: str) -> str:
    """How the study card names a check-in (its public id) as the source of an entry."""
    return f"check-in:{check_in}"


def _insert(public_id: str, activity_id: int, presence: Presence, now: datetime) -> None:
    append_row(
        CheckIn,
        public_id=public_id,
        activity=activity_id,
        member=presence.member_id,
        in_force=1,
        status=presence.status,
        method=presence.method,
        visitor=presence.visitor,
        occurred_at=presence.occurred_at,
        created_at=now,
        nonce=presence.nonce,
        recorded_by=presence.recorded_by,
    )
