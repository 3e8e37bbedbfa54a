"""Checking in: the hottest path of the product. One look-up, three inserts, one commit.

The order of the questions is the order of what a stranger may learn: nobody is told anything about an
activity before he has shown a code that was really on its screen.
"""

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import peewee as pw

from backend.branch_life.activities import codes
from backend.branch_life.activities.entries import Held, Presence, enter
from backend.branch_life.activities.guessing import note_wrong_code, refuse_guessing
from backend.branch_life.activities.models import CheckInMethod, CheckInStatus
from backend.branch_life.activities.refusals import refusal
from backend.branch_life.activities.rules import (
    CHECK_IN_CLOSES,
    CHECK_IN_OPENS,
    LATE_AFTER,
    LATE_UPLOAD,
    LONGEST_ACTIVITY,
    check_in_window,
)
from backend.branch_life.activities.schemas import CheckInRequest
from backend.core.database import database, from_stored, to_stored
from backend.people.permissions import Caller

Answer = dict[str, Any]

# Written out, since a hall of people runs it within a minute: building it would cost more than running it.
# One column instead of twenty, because the driver spends more on describing a column than on its value.
_COLUMNS = """
SELECT JSON_ARRAY(
       a.id, a.public_id, a.organization_id, a.kind, a.title, a.place_text, a.starts_at, a.ends_at, a.held_on,
       a.hours, a.methods, a.cancelled_at, CASE WHEN a.invites_named = 1 THEN i.id ELSE ms.id END,
       a.welcomes_visitors, c.public_id, c.nonce, c.status, c.occurred_at, c.in_force)
"""
_JOINS = """
  LEFT JOIN membership ms ON ms.organization_id = a.organization_id AND ms.member_id = ?
        AND ms.kind IN ('home', 'host') AND ms.since_on <= a.held_on
        AND (ms.until_on IS NULL OR ms.until_on >= a.held_on)
  LEFT JOIN activity_invitation i ON i.activity_id = a.id AND i.member_id = ?
  LEFT JOIN check_in c ON c.activity_id = a.id AND c.member_id = ?
"""
_ONE_ACTIVITY = f"{_COLUMNS} FROM activity a {_JOINS} WHERE a.public_id = ?"
# whatever the member could be sitting in, and whatever this nonce has been used for
_OWN_ACTIVITIES = f"""{_COLUMNS} FROM (
    SELECT used.activity_id AS id FROM check_in used WHERE used.member_id = ? AND used.nonce = ?
     UNION
    SELECT near.id FROM membership own JOIN activity near ON near.organization_id = own.organization_id
     WHERE own.member_id = ? AND near.starts_at BETWEEN ? AND ?
     UNION
    SELECT near.id FROM activity_invitation own JOIN activity near ON near.id = own.activity_id
     WHERE own.member_id = ? AND near.starts_at BETWEEN ? AND ?
  ) own JOIN activity a ON a.id = own.id {_JOINS} ORDER BY a.starts_at, a.id"""


class _Row(NamedTuple):
    """An activity, the membership or invitation that the member is expected by, and a check-in of his, if any."""

    id: int
    public_id: str
    organization_id: int
    kind: str
    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    held_on: date
    hours: Decimal
    methods: str
    cancelled_at: datetime | None
    expected_by: int | None
    welcomes_visitors: int
    check_in: str | None
    nonce: str | None
    status: str | None
    occurred_at: datetime | None
    in_force: int | None


def check_in(caller: Caller, body: CheckInRequest, *, now: datetime) -> Answer:
    """Take a check-in and give its answer; the same nonce again gives the same answer and changes nothing.

    Raises one of the refusals of `contract.md` §3, or TooMany after ten codes that were never shown.
    """
    try:
        return _take(caller, body, now)
    except pw.IntegrityError:
        return _take(caller, body, now)  # somebody was faster: now there is a check-in to be found


def _take(caller: Caller, body: CheckInRequest, now: datetime) -> Answer:
    shown = _scanned(caller, body, now) if body.code else None
    rows = _look_up(caller, body, shown, now)
    for row in rows:
        if row.nonce == body.nonce:
            return _answer(row.check_in, row.status, row.public_id, row.occurred_at)
    shown = shown or _typed(caller, body, rows, now)
    same = [row for row in rows if row.public_id == shown.activity]
    if caller.member_id is None or not same:
        raise refusal("not_invited")
    moment = _moment(shown.step, body.occurred_at, now)
    _refuse(same, moment)
    return _write(same[0], caller.member_id, body, moment or now, now)


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


def _typed(caller: Caller, body: CheckInRequest, rows: list[_Row], now: datetime) -> codes.Shown:
    """The activity and the step whose screen showed the digits; guessing is limited, since digits are few."""
    refuse_guessing(caller.account_id, now=now)
    for row in rows:
        if CheckInMethod.TYPED_CODE not in row.methods.split(","):
            continue
        digits = body.typed_code or ""
        step = codes.step_of_digits(row.public_id, digits, occurred_at=body.occurred_at, now=now)
        if step is not None:
            return codes.Shown(row.public_id, step)
    aimed_at = body.activity or (rows[0].public_id if rows else None)
    note_wrong_code(caller.account_id, aimed_at, now=now)
    raise refusal("bad_code")


def _look_up(caller: Caller, body: CheckInRequest, shown: codes.Shown | None, now: datetime) -> list[_Row]:
    me = caller.member_id
    wanted = shown.activity if shown else body.activity
    if wanted:
        return _rows(_ONE_ACTIVITY, (me, me, me, wanted))
    first, last = _starts_between(body.occurred_at, now)
    near = (me, first, last)
    return _rows(_OWN_ACTIVITIES, (me, body.nonce, *near, *near, me, me, me))


def _starts_between(occurred_at: datetime, now: datetime) -> tuple[str, str]:
    """Starts of activities that may be open now, or were when the check-in is said to have happened."""
    earliest = occurred_at if timedelta() <= now - occurred_at <= LATE_UPLOAD.value else now
    first = earliest - LONGEST_ACTIVITY.value - CHECK_IN_CLOSES.value
    return to_stored(first), to_stored(now + CHECK_IN_OPENS.value)


def _rows(sql: str, values: Iterable[Any]) -> list[_Row]:
    cursor = database.execute_sql(sql.replace("?", database.obj.param), tuple(values))
    return [_typed_row(json.loads(text)) for (text,) in cursor.fetchall()]


def _typed_row(values: list[Any]) -> _Row:
    row = _Row(*values)
    return row._replace(
        starts_at=from_stored(row.starts_at),
        ends_at=from_stored(row.ends_at),
        held_on=date.fromisoformat(str(row.held_on)),
        hours=Decimal(str(row.hours)),
        occurred_at=from_stored(row.occurred_at) if row.occurred_at else None,
    )


def _moment(step: int, occurred_at: datetime, now: datetime) -> datetime | None:
    """When the member was there: now, if the code is on the screen now; else when his phone says.

    None when the code fits neither. Where there is a network, a phone's clock counts for nothing.
    """
    if codes.is_near(step, now):
        return now
    if codes.is_near(step, occurred_at) and timedelta() <= now - occurred_at <= LATE_UPLOAD.value:
        return occurred_at
    return None


def _refuse(rows: list[_Row], moment: datetime | None) -> None:
    """Raise what speaks against a check-in, the most final reason first."""
    row = rows[0]
    if row.expected_by is None and not row.welcomes_visitors:
        raise refusal("not_invited")
    if row.cancelled_at is not None:
        raise refusal("cancelled")
    if any(one.in_force for one in rows):
        raise refusal("already_checked_in")
    if moment is None:
        raise refusal("expired_code")
    opens_at, closes_at = check_in_window(row.starts_at, row.ends_at)
    if moment < opens_at:
        raise refusal("too_early")
    if moment > closes_at:
        raise refusal("closed")


def _write(row: _Row, member_id: int, body: CheckInRequest, moment: datetime, now: datetime) -> Answer:
    presence = Presence(
        member_id=member_id,
        status=_status(row.starts_at, moment, uploaded=moment != now),
        method=CheckInMethod.CODE if body.code else CheckInMethod.TYPED_CODE,
        visitor=row.expected_by is None,
        occurred_at=moment,
        nonce=body.nonce,
    )
    held = Held(
        row.id, row.organization_id, row.kind, row.title, row.place, row.starts_at, row.held_on, row.hours
    )
    public_id = enter(held, presence, now=now)
    return _answer(public_id, presence.status, row.public_id, moment)


def _status(starts_at: datetime, moment: datetime, *, uploaded: bool) -> CheckInStatus:
    """What the roll calls a check-in at this moment."""
    if uploaded:
        return CheckInStatus.UPLOADED_LATE
    return CheckInStatus.LATE if moment > starts_at + LATE_AFTER.value else CheckInStatus.PRESENT


def _answer(public_id: str | None, status: str | None, activity: str, occurred_at: datetime | None) -> Answer:
    return {"id": public_id, "status": status, "activity": activity, "occurred_at": occurred_at}
