"""Counting duties as they change, so that the completion of a whole province is read by its key."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from backend.branch_life.duties.models import DutyState
from backend.branch_life.duties.rules import DUTY_RULES, WAIVERS
from backend.branch_life.kinds import ActivityKind
from backend.tally import counting


class Part(StrEnum):
    """What a duty that is owed counts as: `late` is what was held and put on record after the lock."""

    OPEN = "open"
    MET = "met"
    LATE = "late"


class Owed(NamedTuple):
    """A duty as the tally knows it: by the first local day of its period."""

    organization_id: int
    kind: str
    starts_on: date


class Completion(NamedTuple):
    """What the duties of one kind add up to; `waived` by reason in words."""

    open: int
    met: int
    late: int
    waived: Mapping[str, int]

    @property
    def due(self) -> int:
        """The denominator: what is owed, whatever became of it."""
        return self.open + self.met + self.late


KINDS = tuple(dict.fromkeys(rule.kind for rule in DUTY_RULES))
_CODES = {reason: code for code, reason in WAIVERS.items()}


def measure_of(kind: str, state: str, *, settled: bool, waived_for: str | None) -> str:
    """The measure that a duty in this state counts for."""
    if waived_for:
        return _waived(kind, _CODES[waived_for])
    part = Part.MET if state == DutyState.MET else Part.LATE if settled else Part.OPEN
    return _owed(part, kind)


def note_new(rows: Iterable[tuple[Owed, str | None]]) -> None:
    """Count duties that were just written, with why they are waived, in the caller's unit of work."""
    counting.count_rows(
        [
            (_waived(owed.kind, _CODES[reason]) if reason else _owed(Part.OPEN, owed.kind), *owed[::2], 1)
            for owed, reason in rows
        ]
    )


def note_change(owed: Owed, before: Part, after: Part) -> None:
    """Count one duty as something else from now on, in the caller's unit of work."""
    counting.count(_owed(before, owed.kind), owed.organization_id, day=owed.starts_on, amount=-1)
    counting.count(_owed(after, owed.kind), owed.organization_id, day=owed.starts_on)


def completions(kinds: Iterable[ActivityKind], path: str, *, first: date, last: date) -> dict[ActivityKind, Completion]:
    """The duties whose period began between two local days, over a whole tree, in one statement."""
    wanted = {kind: _measures(kind) for kind in kinds}
    names = [name for measures in wanted.values() for name in measures]
    found = counting.totals(names, path, first=first, last=last)
    return {kind: _completion(kind, found) for kind in wanted}


def _measures(kind: str) -> list[str]:
    return [*(_owed(part, kind) for part in Part), *(_waived(kind, code) for code in WAIVERS)]


def _completion(kind: str, found: Mapping[str, int]) -> Completion:
    waived = {reason: found[_waived(kind, code)] for code, reason in WAIVERS.items() if found[_waived(kind, code)]}
    parts = {part.value: found[_owed(part, kind)] for part in Part}
    return Completion(**parts, waived=waived)


def _owed(part: Part, kind: str) -> str:
    return f"duty_{part}:{kind}"


def _waived(kind: str, code: str) -> str:
    return f"waived:{kind}:{code}"
