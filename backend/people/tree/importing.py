"""A checked file of organisations taken in: new ones in their places, known ones brought up to date."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import peewee as pw

from backend.core.crypto import opened
from backend.core.database import in_unit_of_work, insert_rows
from backend.core.errors import Conflict
from backend.people.models import Organization
from backend.people.roster.checking import Fault
from backend.people.roster.columns import locate
from backend.people.roster.importing import Outcome, Progress, chunks
from backend.people.roster.reading import read_table, refused
from backend.people.tree.checking import Line, Tree, check_lines
from backend.people.tree.columns import BY_NAME, REQUIRED
from backend.people.tree.founding import described
from backend.people.tree.history import Deed, note_change
from backend.people.tree.models import ChangeKind, OrganizationChange
from backend.people.tree.planting import rewrite_grams, write_grams

REASON = "批量导入"
TRAITS = ("level", "sector", "division", "units", "contact_name", "contact_phone")
Place = tuple[int, str]


def import_organizations(
    path: Path, deed: Deed, *, dry_run: bool, progress: Progress = lambda _step, _total: None
) -> Outcome:
    """Read, check and take in a file; nothing is written while one row is faulty, and a second time changes nothing.

    Raises Invalid for a file that is no table of organisations, Conflict when somebody else changed the tree meanwhile.
    """
    layout, rows = locate(read_table(path), BY_NAME, REQUIRED)
    known = {row.code: row for row in Organization.select()}
    lines, faults = check_lines(rows, layout, Tree(known, {row.id: row.code for row in known.values()}))
    if not lines and not faults:
        raise refused("empty_file", "表头下面没有一行组织")
    new = [line for line in lines if line.code not in known]
    changed = [line for line in lines if line.code in known and _differs(line, known[line.code])]
    applied = not dry_run and not faults
    if applied:
        ground: dict[str, Place] = {row.code: (row.id, row.path) for row in known.values()}
        total = len(new) + len(changed)
        _in_parts(new, partial(_add, ground, deed), lambda step: progress(step, total))
        _in_parts(changed, partial(_change, deed), lambda step: progress(step, total))
    return Outcome(len(lines), len(new), len(changed), len(lines) - len(new) - len(changed), _sorted(faults), applied)


def _sorted(faults: list[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda fault: (fault.row, fault.column))


def _in_parts(lines: Sequence[Line], write: Callable[[Sequence[Line]], None], progress: Callable[[int], None]) -> None:
    try:
        for part in chunks(lines):
            in_unit_of_work(partial(write, part))
            progress(len(part))
    except pw.IntegrityError:
        raise Conflict("tree_changed", "组织同时被别人修改，请重新导入，已导入的行不会重复") from None


def _add(ground: dict[str, Place], deed: Deed, lines: Sequence[Line]) -> None:
    """Ids are given here, so that each path is known before its row is written; a clash is an IntegrityError."""
    first = int(Organization.select(pw.fn.MAX(Organization.id)).scalar() or 0) + 1
    places = dict(ground)
    rows = []
    for number, line in enumerate(lines, first):
        above, path = places[line.parent] if line.parent else (None, "")
        places[line.code] = (number, f"{path}{number}.")
        traits = [line.values.get(name) for name in TRAITS]
        rows.append((number, line.code, line.values["name"], line.kind, above, places[line.code][1], *traits, deed.now))
    names = ("id", "code", "name", "kind", "parent", "path", *TRAITS, "created_at")
    insert_rows(Organization, names, rows)
    write_grams([(row[0], row[2]) for row in rows])
    history = ("organization", "kind", "after", "account", "reason", "at")
    told = (deed.account_id, REASON, deed.now)
    insert_rows(
        OrganizationChange,
        history,
        [(places[line.code][0], ChangeKind.FOUNDED, _founded(line), *told) for line in lines],
    )
    ground.update(places)


def _founded(line: Line) -> dict[str, Any]:
    return {"name": line.values["name"], "kind": line.kind, "parent": line.parent}


def _change(deed: Deed, lines: Sequence[Line]) -> None:
    for organization in Organization.select().where(Organization.code.in_([line.code for line in lines])):
        line = next(line for line in lines if line.code == organization.code)
        before = described(organization)
        for name, value in line.values.items():
            setattr(organization, name, value)
        after = described(organization)
        organization.save(only=[getattr(Organization, name) for name in line.values])
        rewrite_grams(organization.id, organization.name)
        changed = [name for name in after if after[name] != before[name]]
        was, became = ({name: told[name] for name in changed} for told in (before, after))
        note_change(organization.id, ChangeKind.EDITED, was, became, deed)


def _differs(line: Line, known: Organization) -> bool:
    return any(_plain(getattr(known, name)) != value for name, value in line.values.items())


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int)) else opened(value)
