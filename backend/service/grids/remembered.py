"""The open grids of a community and what lies in them, as reference data that is remembered."""

from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from backend.core.reference import Question

_ROWS = """
SELECT JSON_ARRAY('at home', g.id, g.name, a.line) FROM grid g LEFT JOIN grid_address a ON a.grid_id = g.id
 WHERE g.organization_id = ? AND g.closed_at IS NULL
"""


class HomeGrid(NamedTuple):
    """An open grid of one's own community, with the buildings of it as they are looked for."""

    id: int
    name: str
    lines: tuple[str, ...]


def grids_of(organization_id: int) -> Question:
    """The `HomeGrid`s of an organisation; it has two hundred addresses, and an order names one or two."""
    return Question("at home", _ROWS, (organization_id,), _grids)


def _grids(rows: list[list[Any]]) -> list[HomeGrid]:
    return [
        HomeGrid(grid_id, name, tuple(sorted(line for *_, line in lines if line is not None)))
        for (grid_id, name), lines in groupby(sorted(rows, key=itemgetter(0)), key=itemgetter(0, 1))
    ]
