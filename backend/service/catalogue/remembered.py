"""Kinds of service as submissions and steps need them: reference data that is remembered."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from backend.core.reference import Question
from backend.service.catalogue import kinds
from backend.service.catalogue.listing import nearest

_KIND_ROWS = """
SELECT JSON_ARRAY('kind', t.organization_id, t.fixed, t.id, t.code, t.name, t.priority, t.needs_evidence, t.hours,
       t.closed_at, t.takers, t.safeguard, t.on_board, t.decides, t.questions)
  FROM service_type t
"""
_IN_FORCE = f"{_KIND_ROWS} WHERE t.code = ? AND t.superseded_at IS NULL"
_BY_ID = f"{_KIND_ROWS} WHERE t.id = ?"


@dataclass(frozen=True, slots=True)
class Kind:
    """One version of a kind of service."""

    id: int
    code: str
    name: str
    priority: str
    needs_evidence: bool
    hours: Decimal
    closed: bool
    takers: str
    safeguard: str
    on_board: bool
    decides: bool
    questions: list[kinds.Question]


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of a kind that are in force, each with whose it is and whether it is fixed."""

    rows: list[tuple[int | None, bool, Kind]]

    def at(self, path: str) -> Kind | None:
        """The one that holds in the organisation with this path."""
        return nearest(self.rows, path)


def versions_in_force(code: str) -> Question:
    """The `Versions` of the kind with this code."""
    return Question("kind", _IN_FORCE, (code,), _versions)


def kind_with_id(kind_id: int) -> Question:
    """The `Kind` in this row, in force or not."""
    return Question("kind", _BY_ID, (kind_id,), _only)


def _versions(rows: list[list[Any]]) -> Versions:
    return Versions([(place, bool(fixed), _kind(cells)) for place, fixed, *cells in rows])


def _only(rows: list[list[Any]]) -> Kind:
    (version,) = _versions(rows).rows
    return version[-1]


def _kind(cells: list[Any]) -> Kind:
    kind_id, code, name, priority, needs_evidence, hours, closed_at, takers, safeguard, *rest = cells
    on_board, decides, questions = rest
    return Kind(
        id=kind_id,
        code=code,
        name=name,
        priority=priority,
        needs_evidence=bool(needs_evidence),
        hours=Decimal(str(hours)),
        closed=closed_at is not None,
        takers=takers,
        safeguard=safeguard,
        on_board=bool(on_board),
        decides=bool(decides),
        questions=[kinds.Question.model_validate(one) for one in json.loads(questions or "[]")],
    )
