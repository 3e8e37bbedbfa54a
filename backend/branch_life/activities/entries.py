"""Writing a check-in: the row, the entry on the study card and the count, together or not at all."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from backend.branch_life.activities.models import (
    Activity,
    CheckIn,
    CheckInLocation,
    CheckInMethod,
    CheckInStatus,
    CheckInStep,
    StepKind,
)
from backend.branch_life.kinds import ActivityKind
from backend.card.ledger import Entry, Twin, add_record
from backend.core.crypto import new_public_id
from backend.core.database import append_row, in_unit_of_work, insert_row
from backend.core.statements import Found
from backend.tally import counting

MEASURE = "check_in"
_MADE_UP_MARK = "（补签）"  # on the card for ever
_COORDINATE_DIGITS = 3  # about a hundred metres
# asked by the statement that writes: whoever cancels at this moment is waited for, and then nobody gets in
_STILL_ON = Found("activity", "SELECT id FROM activity WHERE id = ? AND cancelled_at IS NULL")


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


class Hint(NamedTuple):
    """Where the phone said it was: how far from the venue, and whether that is near enough."""

    distance_m: int
    within: bool
    lat: float
    lng: float


class Presence(NamedTuple):
    """Who was there, when, and how one knows."""

    member_id: int
    status: CheckInStatus
    method: CheckInMethod
    visitor: bool
    occurred_at: datetime
    nonce: str
    room: int = 0
    device: str | None = None
    hint: Hint | None = None
    recorded_by: int | None = None
    note: str | None = None


def held_of(activity: Activity) -> Held:
    """An activity as the entries of its check-ins see it."""
    return Held(
        activity.id,
        activity.organization_id,
        activity.kind,
        activity.title,
        activity.place_text,
        activity.starts_at,
        activity.held_on,
        activity.hours,
    )


def enter(held: Held, presence: Presence, *, now: datetime) -> str:
    """Write a check-in in one unit of work and give its public id.

    IntegrityError when one is in force, or when the activity was cancelled meanwhile.
    """
    return in_unit_of_work(lambda: write_entry(held, presence, now=now))


def write_entry(held: Held, presence: Presence, *, now: datetime) -> str:
    """The same in the caller's unit of work. What has to be confirmed first is neither on the card nor counted."""
    public_id = new_public_id()
    if presence.hint is None and presence.recorded_by is None:
        append_row(CheckIn, found=_STILL_ON, **_columns(public_id, held, presence, now))
    else:
        check_in_id = insert_row(CheckIn, found=_STILL_ON, **_columns(public_id, held, presence, now))
        _write_with_trace(check_in_id, presence, now)
    if presence.status is not CheckInStatus.TO_CONFIRM:
        confirmed = presence.status is not CheckInStatus.UPLOADED_LATE
        made_up = presence.status is CheckInStatus.MADE_UP
        marked = held._replace(title=f"{held.title}{_MADE_UP_MARK}") if made_up else held
        credit(marked, presence.member_id, public_id, confirmed=confirmed, now=now)
    return public_id


def credit(held: Held, member_id: int, check_in: str, *, confirmed: bool, now: datetime) -> None:
    """Put a check-in (its public id) on the member's card and count it, in the caller's unit of work.

    The branch's own code or roll call is its word that the member was there, so the entry counts as confirmed;
    what was uploaded afterwards waits for the branch.
    """
    entry = Entry(
        at=held.starts_at,
        place=held.place,
        content=held.title,
        kind=held.kind,
        hours=held.hours,
        source=card_source(check_in),
        confirmed_by=held.organization_id if confirmed else None,
    )
    # a roll of the lesson that was shown says the same
    shown = Twin("lesson", "viewing:", held.organization_id) if held.kind == ActivityKind.GROUP_VIEWING else None
    add_record(member_id, entry, now=now, twin=shown)
    counting.count(MEASURE, held.organization_id, day=held.held_on)


def card_source(check_in: str) -> str:
    """How the study card names a check-in (its public id) as the source of an entry."""
    return f"check-in:{check_in}"


def note_step(check_in_id: int, kind: StepKind, actor_id: int, note: str | None, *, now: datetime) -> None:
    """Say in the trace of a check-in what was done to it, in the caller's unit of work."""
    append_row(CheckInStep, check_in=check_in_id, kind=kind, at=now, actor=actor_id, note=note)


def _write_with_trace(check_in_id: int, presence: Presence, now: datetime) -> None:
    """What belongs to a check-in that somebody else entered, or that came with a position."""
    if presence.recorded_by is not None:
        note_step(check_in_id, StepKind.RECORDED, presence.recorded_by, presence.note, now=now)
    if presence.hint is not None:
        append_row(
            CheckInLocation,
            check_in=check_in_id,
            distance_m=presence.hint.distance_m,
            within=presence.hint.within,
            lat=round(presence.hint.lat, _COORDINATE_DIGITS),
            lng=round(presence.hint.lng, _COORDINATE_DIGITS),
            at=now,
        )


def _columns(public_id: str, held: Held, presence: Presence, now: datetime) -> dict[str, Any]:
    return {
        "public_id": public_id,
        "activity": held.id,
        "member": presence.member_id,
        "in_force": 1,
        "status": presence.status.value,
        "method": presence.method.value,
        "visitor": presence.visitor,
        "room": presence.room,
        "occurred_at": presence.occurred_at,
        "created_at": now,
        "nonce": presence.nonce,
        "device": presence.device,
    }
