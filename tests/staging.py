"""What many tests begin with: written by our own code once in a process, then laid down again as the same rows."""

import copy
from collections.abc import Callable
from itertools import chain
from typing import Any, Generic, TypeVar

import peewee as pw

from backend.core.database import database, in_unit_of_work

T = TypeVar("T")
Rows = list[tuple[Any, ...]]


class Staged(Generic[T]):
    """Work with which tests begin. It writes the same into every database, whoever else has written there."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._written: dict[str, Rows] = {}
        self._made: T

    def lay_down(self) -> T:
        """Its rows in the database of this test; gives a copy of what the work gave, which the test may change."""
        if not self._written:
            before = all_rows()
            self._made = in_unit_of_work(self._work)
            written = {name: [row for row in rows if row not in before[name]] for name, rows in all_rows().items()}
            self._written = {name: rows for name, rows in written.items() if rows}
        else:
            in_unit_of_work(self._write_again)
        return copy.deepcopy(self._made)

    def _write_again(self) -> None:
        """A statement for each table, in any order: who refers to whom is looked at once all is there."""
        on_sqlite = isinstance(database.obj, pw.SqliteDatabase)
        database.execute_sql("PRAGMA defer_foreign_keys = 1" if on_sqlite else "SET FOREIGN_KEY_CHECKS = 0")
        for name, rows in self._written.items():
            places = ", ".join([f"({', '.join([database.obj.param] * len(rows[0]))})"] * len(rows))
            # of a table with one row for all, this is the same row with other words
            database.execute_sql(f"REPLACE INTO {name} VALUES {places}", tuple(chain.from_iterable(rows)))
        if not on_sqlite:
            database.execute_sql("SET FOREIGN_KEY_CHECKS = 1")


def all_rows() -> dict[str, Rows]:
    """Everything that lies in the database, by table."""
    return {name: database.execute_sql(f"SELECT * FROM {name}").fetchall() for name in database.get_tables()}
