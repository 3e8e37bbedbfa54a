"""Members written in bulk, in the caller's unit of work."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from backend.core.crypto import new_public_id
from backend.core.database import Record, insert_rows, require_transaction, rows_of
from backend.core.errors import Conflict
from backend.people.identity import phone_index, tail_index
from backend.people.models import Member, Membership, MembershipKind
from backend.people.roster.checking import RosterRow
from backend.people.roster.pinyin import search_keys


def add_members(rows: Sequence[RosterRow], *, today: date, now: datetime) -> None:
    """New members, each with his home membership from `today`; Conflict when somebody added one meanwhile.

    Equal identity numbers are an IntegrityError, which the caller turns into the same.
    """
    require_transaction("add_members")
    _refuse_known([row for row in rows if row.identity is None])
    created = [
        {
            "public_id": new_public_id(),
            "organization": row.organization_id,
            "created_at": now,
            "joined_on": row.joined_on,
            **_identity_columns(row),
            **_phone_columns(row),
            **_name_columns(row),
        }
        for row in rows
    ]
    _insert(Member, created)
    found = Member.select(Member.id, Member.organization).where(
        Member.public_id.in_([one["public_id"] for one in created])
    )
    home = {"kind": MembershipKind.HOME, "since_on": today}
    _insert(Membership, [{"member": member, "organization": branch, **home} for member, branch in rows_of(found)])


def _insert(model: type[Record], rows: Sequence[dict[str, Any]]) -> None:
    insert_rows(model, tuple(rows[0]), [tuple(row.values()) for row in rows])


def _refuse_known(rows: Sequence[RosterRow]) -> None:
    """Only a number makes two of one name two persons: without one, look again before writing."""
    if not rows:
        return
    wanted = {(row.name, row.organization_id) for row in rows}
    found = Member.select(Member.name, Member.organization).where(
        Member.organization.in_({branch for _, branch in wanted}), Member.name.in_({name for name, _ in wanted})
    )
    if wanted.intersection(rows_of(found)):
        raise roster_changed()


def roster_changed() -> Conflict:
    """Two imports at once, or a member added in between."""
    return Conflict("roster_changed", "名册同时被别人修改，请重新导入，已导入的行不会重复")


def change_members(changes: Sequence[tuple[int, RosterRow]]) -> None:
    """Members as their rows have them; what a row leaves empty stays."""
    require_transaction("change_members")
    for member_id, row in changes:
        values = _name_columns(row)
        if row.joined_on is not None:
            values["joined_on"] = row.joined_on
        if row.identity is not None:
            values |= _identity_columns(row)
        if row.phone is not None:
            values |= _phone_columns(row)
        Member.update(values).where(Member.id == member_id).execute()


def _name_columns(row: RosterRow) -> dict[str, Any]:
    pinyin, initials = search_keys(row.name)
    return {"name": row.name, "status": row.status, "name_pinyin": pinyin, "name_initials": initials}


def _identity_columns(row: RosterRow) -> dict[str, Any]:
    return {
        "identity": row.identity,
        "identity_index": row.identity_index,
        "identity_tail_index": row.identity and tail_index(row.identity),
    }


def _phone_columns(row: RosterRow) -> dict[str, Any]:
    return {"phone": row.phone, "phone_index": row.phone and phone_index(row.phone)}
