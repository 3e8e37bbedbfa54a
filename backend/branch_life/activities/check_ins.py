"""Checking in: the hottest path of the product. One look-up, three inserts, one commit.

The order of the questions is the order of what a stranger may learn: nobody is told anything about an
activity before he has shown a code that was really on its screen.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

import peewee as pw

from backend.branch_life.activities import codes
from backend.branch_life.activities.entries import Held, Hint, Presence, enter
from backend.branch_life.activities.guessing import note_wrong_code, refuse_guessing
from backend.branch_life.activities.lookup import Row, rows_of_activity, rows_of_member, rows_of_place
from backend.branch_life.activities.models import CheckInMethod, CheckInStatus
from backend.branch_life.activities.refusals import bad_digits, refusal
from backend.branch_life.activities.rules import (
    LATE_AFTER,
    LATE_UPLOAD,
    PHONE_CLOCK_DRIFT,
    RADIUS_M,
    check_in_window,
)
from backend.branch_life.activities.schemas import CheckInRequest, CheckInShape, PhonePosition
from backend.core.crypto import keyring
from backend.core.database import in_unit_of_work
from backend.core.errors import NotFound
from backend.core.geography import distance_m, in_gcj02
from backend.people.consents.models import ConsentPurpose
from backend.people.consents.service import has_consent, settle_consent
from backend.people.permissions import Caller
from backend.people.places.codes import find_place


class _Proof(NamedTuple):
    """What speaks for a member's presence: in which activity and room, since when, and how far off if known.

    `moment` is empty when the code is too old for anything.
    """

    activity: str
    method: CheckInMethod
    moment: datetime | None
    room: int = 0
    hint: Hint | None = None


def check_in(caller: Caller, body: CheckInRequest, *, now: datetime) -> CheckInShape:
    """Take a check-in and give its answer; the same nonce again gives the same answer and changes nothing.

    Raises one of the refusals of `contract.md` §3, or TooMany after ten codes that were never shown.
    """
    try:
        return _take(caller, body, now)
    except pw.IntegrityError:
        return _take(caller, body, now)  # somebody was faster: now there is a check-in to be found


def _take(caller: Caller, body: CheckInRequest, now: datetime) -> CheckInShape:
    shown = _scanned(caller, body, now) if body.code else None
    rows = _look_up(caller, body, shown, now)
    for row in rows:
        if row.nonce == body.nonce:
            return _repeated(row)
    proof = _proof(caller, body, shown, rows, now)
    same = [row for row in rows if row.public_id == proof.activity]
    if caller.member_id is None or not same:
        raise refusal("not_invited")
    moment = _accepted(same, proof)
    if proof.hint is not None:
        _agree(caller.account_id, said=body.consent, now=now)
    return _write(same[0], caller.member_id, body, proof, moment, now)


def _repeated(row: Row) -> CheckInShape:
    """The answer that this check-in got."""
    assert row.check_in is not None
    assert row.status is not None
    assert row.occurred_at is not None
    return CheckInShape(
        id=row.check_in, status=CheckInStatus(row.status), activity=row.public_id, occurred_at=row.occurred_at
    )


def _agree(account_id: int, *, said: bool, now: datetime) -> None:
    """Where somebody is may be used only with his consent: `no_consent` without it."""
    purpose = ConsentPurpose.LOCATION
    if not has_consent(account_id, purpose):
        in_unit_of_work(lambda: settle_consent(account_id, purpose, said=said, known=False, now=now))


def _scanned(caller: Caller, body: CheckInRequest, now: datetime) -> codes.Shown:
    """What the scanned code says, once it has proved genuine and of the right activity."""
    text = body.code or ""
    shown = codes.read_code(text)
    if shown is None:
        refuse_guessing(caller.account_id, now=now)
        note_wrong_code(caller.account_id, body.activity or text.partition(".")[0], now=now)
        raise refusal("bad_code")
    if body.activity not in {None, shown.activity}:
        raise refusal("other_activity")
    return shown


def _look_up(caller: Caller, body: CheckInRequest, shown: codes.Shown | None, now: datetime) -> list[Row]:
    wanted = shown.activity if shown else body.activity
    if body.place_code:
        return _held_there(caller, body, body.place_code, wanted, now)
    if wanted:
        return rows_of_activity(caller.member_id, wanted)
    return rows_of_member(caller.member_id, body.nonce, occurred_at=body.occurred_at, now=now)


def _held_there(caller: Caller, body: CheckInRequest, typed: str, wanted: str | None, now: datetime) -> list[Row]:
    """What is held where this code hangs, the member's own first; guessing is limited as for any other code."""
    refuse_guessing(caller.account_id, now=now)
    try:
        place = find_place(typed)
    except NotFound:
        note_wrong_code(caller.account_id, wanted, now=now)
        raise
    if wanted:
        rows = rows_of_activity(caller.member_id, wanted)
        if any(row.service_centre != place.id for row in rows):
            raise refusal("other_place")
        return rows
    rows = rows_of_place(caller.member_id, place.id, body.nonce, occurred_at=body.occurred_at, now=now)
    fitting = [row for row in rows if row.expected or row.welcomes_visitors or row.nonce == body.nonce]
    if caller.member_id is None or not fitting:
        raise refusal("nothing_here")
    return sorted(fitting, key=lambda row: (row.cancelled_at is not None, not row.expected, row.starts_at))


def _proof(caller: Caller, body: CheckInRequest, shown: codes.Shown | None, rows: list[Row], now: datetime) -> _Proof:
    if body.place_code is not None:
        return _placed(rows, body, now)
    if body.location is not None:
        return _located(rows, body, body.location, now)
    method = CheckInMethod.CODE if shown else CheckInMethod.TYPED_CODE
    shown = shown or _typed(caller, body, rows, now)
    return _Proof(shown.activity, method, _moment(shown.step, body.occurred_at, now), shown.room)


def _typed(caller: Caller, body: CheckInRequest, rows: list[Row], now: datetime) -> codes.Shown:
    """The activity and the step whose screen showed the digits; guessing is limited, since digits are few."""
    refuse_guessing(caller.account_id, now=now)
    for row in rows:
        if CheckInMethod.TYPED_CODE not in row.methods.split(","):
            continue
        shown = codes.shown_digits(
            row.public_id, row.rooms, body.typed_code or "", occurred_at=body.occurred_at, now=now
        )
        if shown is not None:
            return shown
    aimed_at = body.activity or (rows[0].public_id if rows else None)
    note_wrong_code(caller.account_id, aimed_at, now=now)
    raise bad_digits()


def _located(rows: list[Row], body: CheckInRequest, said: PhonePosition, now: datetime) -> _Proof:
    """Where the phone says it is. A hint, no proof: whoever is outside is not refused but has to be confirmed."""
    row = rows[0] if rows else None
    if row is None or not (row.belongs or row.expected or row.welcomes_visitors):
        raise NotFound()  # nothing secret was shown: an activity of another branch does not exist
    hint = _hint(row, said)
    if CheckInMethod.LOCATION not in row.methods.split(",") or hint is None:
        raise refusal("no_location")
    return _Proof(row.public_id, CheckInMethod.LOCATION, _said_moment(body.occurred_at, now), hint=hint)


def _placed(rows: list[Row], body: CheckInRequest, now: datetime) -> _Proof:
    """The code on the wall says where, not when: the first activity there that it may be, at the said moment.

    It hangs there all day and can be photographed, so a phone that also tells its position is believed the more.
    """
    moment = _said_moment(body.occurred_at, now)
    open_now = [row for row in rows if _is_open(row, moment) and not row.in_force] or rows
    if not open_now:
        raise NotFound()
    row = open_now[0]
    if CheckInMethod.PLACE_CODE not in row.methods.split(","):
        raise refusal("no_place_code")
    return _Proof(row.public_id, CheckInMethod.PLACE_CODE, moment, hint=_hint(row, body.location))


def _is_open(row: Row, moment: datetime) -> bool:
    opens_at, closes_at = check_in_window(row.starts_at, row.ends_at)
    return opens_at <= moment <= closes_at


def _hint(row: Row, said: PhonePosition | None) -> Hint | None:
    """How far off the phone says it is; None where that cannot be told."""
    if said is None or row.lat is None or row.lng is None:
        return None
    venue = in_gcj02((row.lat, row.lng), str(row.datum))
    distance = distance_m(venue, in_gcj02((said.lat, said.lng), said.datum))
    return Hint(distance, distance - said.accuracy_m <= (row.radius_m or RADIUS_M.value), said.lat, said.lng)


def _moment(step: int, occurred_at: datetime, now: datetime) -> datetime | None:
    """When the member was there: now, if the code is on the screen now; else when his phone says.

    None when the code fits neither. Where there is a network, a phone's clock counts for nothing.
    """
    if codes.is_near(step, now):
        return now
    if codes.is_near(step, occurred_at) and timedelta() <= now - occurred_at <= LATE_UPLOAD.value:
        return occurred_at
    return None


def _said_moment(occurred_at: datetime, now: datetime) -> datetime:
    """When the phone says it was there, if that can be; nothing else tells the time of a position."""
    if PHONE_CLOCK_DRIFT.value < now - occurred_at <= LATE_UPLOAD.value:
        return occurred_at
    return now


def _accepted(rows: list[Row], proof: _Proof) -> datetime:
    """The moment of a check-in against which nothing speaks; else the most final reason against it is raised."""
    row = rows[0]
    if not row.expected and not row.welcomes_visitors:
        raise refusal("not_invited")
    if row.cancelled_at is not None:
        raise refusal("cancelled")
    if any(one.in_force for one in rows):
        raise refusal("already_checked_in")
    if proof.moment is None:
        raise refusal("expired_code")
    opens_at, closes_at = check_in_window(row.starts_at, row.ends_at)
    if proof.moment < opens_at:
        raise refusal("too_early")
    if proof.moment > closes_at:
        raise refusal("closed")
    return proof.moment


def _write(
    row: Row, member_id: int, body: CheckInRequest, proof: _Proof, moment: datetime, now: datetime
) -> CheckInShape:
    presence = Presence(
        member_id=member_id,
        status=_status(row.starts_at, moment, proof, uploaded=moment != now),
        method=proof.method,
        visitor=not row.expected,
        occurred_at=moment,
        nonce=body.nonce,
        room=proof.room,
        device=keyring.blind_index(body.device, context="device") if body.device else None,
        hint=proof.hint,
    )
    held = Held(row.id, row.organization_id, row.kind, row.title, row.place, row.starts_at, row.held_on, row.hours)
    public_id = enter(held, presence, now=now)
    return CheckInShape(id=public_id, status=presence.status, activity=row.public_id, occurred_at=moment)


def _status(starts_at: datetime, moment: datetime, proof: _Proof, *, uploaded: bool) -> CheckInStatus:
    """What the roll calls a check-in at this moment."""
    if proof.hint is not None and not proof.hint.within:
        return CheckInStatus.TO_CONFIRM
    if uploaded:
        return CheckInStatus.UPLOADED_LATE
    return CheckInStatus.LATE if moment > starts_at + LATE_AFTER.value else CheckInStatus.PRESENT
