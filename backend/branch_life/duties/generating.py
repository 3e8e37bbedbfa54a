"""Writing the rows of a period: what each organisation owes, and what it does not and why."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

import peewee as pw

from backend.branch_life.duties.counting import Owed, note_new
from backend.branch_life.duties.models import Duty, DutyState
from backend.branch_life.duties.periods import Every, Period
from backend.branch_life.duties.rules import (
    WITHOUT_CELLS,
    WITHOUT_COMMITTEE,
    WITHOUT_FULL_MEMBERS,
    DutyRule,
    owing_kinds,
    rules_of,
)
from backend.branch_life.kinds import ActivityKind
from backend.core.database import in_unit_of_work, rows_of
from backend.membership.terms.rules import COMMITTEE_FROM
from backend.people.directory import count_full_members
from backend.people.models import Organization, OrganizationKind
from backend.people.tree.rules import BRANCHES

_BATCH = 200


class Makeup(NamedTuple):
    """What decides about the duties of an organisation: its kind, full members at home, and cells."""

    kind: OrganizationKind
    full_members: int
    cells: int


def generate(every: Every, period: Period, *, today: date, now: datetime) -> int:
    """Write what is missing of a period for the next organisations without any row of it; returns how many rows."""
    waiting = _without_rows(every, period)
    full, cells = count_full_members([number for number, _ in waiting], today), _cells(waiting)
    frame = {"period": period.name, "starts_on": period.first, "due_on": period.last, "created_at": now}
    rows = []
    for number, kind in waiting:
        makeup = Makeup(kind, full.get(number, 0), cells.get(number, 0))
        rows += [{"organization": number, **row, **frame} for row in _rows(makeup, every)]
    try:
        in_unit_of_work(lambda: _insert(rows))
    except pw.IntegrityError:  # written by another machine meanwhile: whatever is missing still is asked for again
        return 0
    return len(rows)


def _without_rows(every: Every, period: Period) -> list[tuple[int, OrganizationKind]]:
    written = Duty.select(pw.SQL("1")).where(Duty.organization == Organization.id, Duty.period == period.name)
    found = (
        Organization.select(Organization.id, Organization.kind)
        .where(
            Organization.kind.in_(sorted(owing_kinds(every))),
            Organization.closed_on.is_null(),
            ~pw.fn.EXISTS(written),
        )
        .order_by(Organization.id)
        .limit(_BATCH)
    )
    # a branch with cells leaves their meetings to them, and owes something else in every period
    return [(number, OrganizationKind(kind)) for number, kind in rows_of(found)]


def _cells(waiting: Iterable[tuple[int, Any]]) -> dict[int, int]:
    counted = (
        Organization.select(Organization.parent, pw.fn.COUNT(Organization.id))
        .where(
            Organization.parent.in_([number for number, _ in waiting]),
            Organization.kind == OrganizationKind.CELL,
            Organization.closed_on.is_null(),
        )
        .group_by(Organization.parent)
    )
    return {int(number): int(count) for number, count in rows_of(counted)}


def _rows(makeup: Makeup, every: Every) -> list[dict[str, Any]]:
    rows = []
    for rule in rules_of(makeup.kind, every):
        if rule.kind is ActivityKind.CELL_MEETING and makeup.cells:
            continue  # each cell has a row of its own
        reason = waived_for(rule, makeup)
        state = DutyState.WAIVED if reason else DutyState.DUE
        rows.append({"kind": rule.kind, "state": state, "waived_for": reason})
    return rows


def waived_for(rule: DutyRule, makeup: Makeup) -> str | None:
    """Why an organisation made up like this does not owe it; None when it does."""
    if makeup.kind not in BRANCHES:
        return None
    if makeup.kind in rule.waived:
        return rule.waived[makeup.kind]
    if rule.kind is ActivityKind.CELL_MEETING:
        return None if makeup.cells else WITHOUT_CELLS
    if makeup.full_members == 0 and makeup.kind is not OrganizationKind.TEMPORARY_BRANCH:
        return WITHOUT_FULL_MEMBERS
    if rule.kind is ActivityKind.COMMITTEE_MEETING and makeup.full_members < COMMITTEE_FROM.value:
        return WITHOUT_COMMITTEE
    return None


def _insert(rows: list[dict[str, Any]]) -> None:
    for batch in pw.chunked(rows, 100):
        Duty.insert_many(batch).execute()
    note_new((Owed(row["organization"], row["kind"], row["starts_on"]), row["waived_for"]) for row in rows)
