"""Rows of several tables in one statement, for what is read again and again.

Each row is one JSON array that begins with the word for its kind: one trip instead of several, and one column
instead of many, because the driver spends more on describing a column than on its value.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from backend.core.database import database, read_json

Bundle = dict[str, list[list[Any]]]


def read_bundle(parts: Sequence[str], values: Iterable[Any]) -> Bundle:
    """The rows of these SELECTs by kind, in no certain order; `?` stands for a value, in the order of the parts."""
    found: Bundle = defaultdict(list)
    for kind, *cells in read_json(_joined(tuple(parts), database.obj.param), tuple(values)):
        found[kind].append(cells)
    return found


@cache
def _joined(parts: tuple[str, ...], mark: str) -> str:
    return " UNION ALL ".join(parts).replace("?", mark)
