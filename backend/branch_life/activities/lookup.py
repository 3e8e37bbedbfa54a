"""The one look-up of a check-in: activity, membership, invitation and earlier check-ins in a single statement."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from backend.branch_life.activities.rules import (
    CHECK_IN_CLOSES,
    CHECK_IN_OPENS,
    LATE_UPLOAD,
    LONGEST_ACTIVITY,
)
from backend.core.database import from_stored, read_json, to_stored
from backend.people.models import MembershipKind

# Written out, since a hall of people runs it within a minute: building it would cost more than running it.
# One column instead of thirty, because the driver spends more on describing a column than on its value. It asks by
# keys alone; whether a membership is of the right kind and in force on the day is judged below: a server takes longer
# to plan such conditions than to give the few rows that a member has.
_COLUMNS = """
SELECT JSON_ARRAY(
       a.starts_at, a.ends_at, a.held_on, a.hours, c.occurred_at,
       ms.kind, ms.since_on, ms.until_on, a.invites_named, i.id,
       a.id, a.public_id, a.organization_id, a.kind, a.title, a.place_text,
       a.methods, a.rooms, a.cancelled_at, a.welcomes_visitors,
       a.place_lat, a.place_lng, a.place_datum, a.place_radius_m, a.service_centre_id,
       c.public_id, c.nonce, c.status, c.in_force)
"""
_JOINS = """
  LEFT JOIN membership ms ON ms.organization_id = a.organization_id AND ms.member_id = ?
  LEFT JOIN activity_invitation i ON a.invites_named = 1 AND i.activity_id = a.id AND i.member_id = ?
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
  ) own JOIN activity a ON a.id = own.id {_JOINS} ORDER BY a.starts_at, a.id"""  # noqa: S608 - our own words

# whatever is held at a place about now, and whatever this nonce has been used for
_AT_PLACE = f"""{_COLUMNS} FROM (
    SELECT used.activity_id AS id FROM check_in used WHERE used.member_id = ? AND used.nonce = ?
     UNION
    SELECT near.id FROM activity near WHERE near.service_centre_id = ? AND near.starts_at BETWEEN ? AND ?
  ) own JOIN activity a ON a.id = own.id {_JOINS} ORDER BY a.starts_at, a.id"""  # noqa: S608 - our own words


_TAKES_PART = frozenset({MembershipKind.HOME, MembershipKind.HOST, MembershipKind.CELL})


class Row(NamedTuple):
    """An activity, whether the member is expected there, and one check-in of his, if there is one.

    `belongs`: he is of its branch on its day; `expected`: so or by name, whichever counts.
    """

    starts_at: datetime
    ends_at: datetime
    held_on: date
    hours: Decimal
    occurred_at: datetime | None
    belongs: bool
    expected: bool
    id: int
    public_id: str
    organization_id: int
    kind: str
    title: str
    place: str
    methods: str
    rooms: int
    cancelled_at: str | None
    welcomes_visitors: int
    lat: float | None
    lng: float | None
    datum: str | None
    radius_m: int | None
    service_centre: int | None
    check_in: str | None
    nonce: str | None
    status: str | None
    in_force: int | None


def rows_of_activity(member_id: int | None, activity: str) -> list[Row]:
    """One activity (public id): a row for each check-in that the member has there, at least one if it exists."""
    return _rows(_ONE_ACTIVITY, (member_id, member_id, member_id, activity))


def rows_of_member(member_id: int | None, nonce: str, *, occurred_at: datetime, now: datetime) -> list[Row]:
    """Activities that the member may be sitting in now or then, and those where he used this nonce before."""
    near = (member_id, *_about(occurred_at, now))
    return _rows(_OWN_ACTIVITIES, (member_id, nonce, *near, *near, member_id, member_id, member_id))


def rows_of_place(
    member_id: int | None, service_centre_id: int, nonce: str, *, occurred_at: datetime, now: datetime
) -> list[Row]:
    """What is held at a place now or then, whoever is invited, and those where the member used this nonce before."""
    at_place = (service_centre_id, *_about(occurred_at, now))
    return _rows(_AT_PLACE, (member_id, nonce, *at_place, member_id, member_id, member_id))


def _about(occurred_at: datetime, now: datetime) -> tuple[str, str]:
    """Between which starts an activity may lie that one checks in to, now or when the phone says."""
    earliest = occurred_at if timedelta() <= now - occurred_at <= LATE_UPLOAD.value else now
    return to_stored(earliest - LONGEST_ACTIVITY.value - CHECK_IN_CLOSES.value), to_stored(now + CHECK_IN_OPENS.value)


def _rows(sql: str, values: Iterable[Any]) -> list[Row]:
    found: dict[tuple[int, str | None], Row] = {}
    for row in map(_row, read_json(sql, tuple(values))):
        # a row for each membership that he ever had there: one that counts is what is asked for
        if row.belongs or (row.id, row.check_in) not in found:
            found[row.id, row.check_in] = row
    return list(found.values())


def _row(values: list[Any]) -> Row:
    starts_at, ends_at, held_on, hours, occurred_at, kind, since_on, until_on, by_name, invitation, *rest = values
    belongs = kind in _TAKES_PART and since_on <= held_on and (until_on is None or until_on >= held_on)
    return Row(
        from_stored(starts_at),
        from_stored(ends_at),
        date.fromisoformat(held_on),
        Decimal(str(hours)),
        from_stored(occurred_at) if occurred_at else None,
        belongs,
        invitation is not None if by_name else belongs,
        *rest,
    )
