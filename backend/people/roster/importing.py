"""A checked roster taken in: found again by identity number, else by name and branch; all of it or nothing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import peewee as pw

from backend.core import audit
from backend.core.database import in_unit_of_work, rows_of
from backend.people.access import in_subtree, refuse_closed
from backend.people.models import BODIES, Organization
from backend.people.roster.checking import Fault, RosterRow, check_rows
from backend.people.roster.columns import find_header
from backend.people.roster.matching import Plan, plan_rows
from backend.people.roster.reading import read_table, refused
from backend.people.roster.writing import add_members, change_members, roster_changed

CHUNK = 500  # rows in a unit of work: short locks for everybody else

T = TypeVar("T")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Import:
    """Into which organisation, on which local day, by whose hand (None: a command)."""

    organization: Organization
    actor_id: int | None
    today: date
    now: datetime


@dataclass(frozen=True)
class Outcome:
    """What an import would do or did; with a fault it does nothing."""

    rows: int
    created: int
    updated: int
    unchanged: int
    faults: list[Fault]
    applied: bool


def import_roster(
    path: Path, order: Import, *, dry_run: bool, progress: Progress = lambda _step, _total: None
) -> Outcome:
    """Read, check and take in a file; raises Invalid for a file that is no roster, Conflict in a race.

    Nothing is written before the last row is checked. `progress` gets the rows written since its last call, and
    how many there are in all.
    """
    rows, faults = _checked(path, order)
    plan = plan_rows(rows)
    faults = sorted([*faults, *plan.faults], key=lambda fault: (fault.row, fault.column))
    applied = not dry_run and not faults
    if applied:
        _apply(plan, order, progress)
    created, updated = len(plan.to_create), len(plan.to_change)
    return Outcome(len(rows), created, updated, plan.unchanged, faults, applied)


def _checked(path: Path, order: Import) -> tuple[list[RosterRow], list[Fault]]:
    organization = order.organization
    refuse_closed(organization)
    layout, rows = find_header(read_table(path))
    below = Organization.select(Organization.code, Organization.id)
    takes = in_subtree(Organization.path, organization.path) & Organization.closed_on.is_null()
    branches = dict(rows_of(below.where(takes, Organization.kind.not_in(sorted(BODIES)))))
    good, faults = check_rows(rows, layout, branches, organization.id, today=order.today)
    if not good and not faults:
        raise refused("empty_roster", "表头下面没有一行名册")
    return good, faults


def _apply(plan: Plan, order: Import, progress: Progress) -> None:
    total = len(plan.to_create) + len(plan.to_change)
    try:
        for created in chunks(plan.to_create):
            in_unit_of_work(partial(add_members, created, today=order.today, now=order.now))
            progress(len(created), total)
        for changed in chunks(plan.to_change):
            in_unit_of_work(partial(change_members, changed))
            progress(len(changed), total)
    except pw.IntegrityError:
        raise roster_changed() from None
    purpose = f"导入名册：新增 {len(plan.to_create)}，更新 {len(plan.to_change)}"
    subject = audit.Subject(f"organization:{order.organization.code}", order.organization.id)
    in_unit_of_work(
        lambda: audit.record("roster.import", subject, actor_id=order.actor_id, purpose=purpose, now=order.now)
    )


def chunks(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Parts of a size that one unit of work takes."""
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))
