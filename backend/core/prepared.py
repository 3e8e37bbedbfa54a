"""Statements that a connection runs again and again, prepared there under a name: MariaDB then reads their text once.

It spent two fifths of a step of an order on reading the text of statements that it had read a thousand times. The text
protocol is kept: `PREPARE` and `EXECUTE … USING` travel in the same packets as everything else, so that the first
that fails still keeps those after it, COMMIT among them, from being run. MySQL takes no values in USING, and gets what
it always got.
"""

from collections.abc import Sequence
from typing import Any

from backend.core import wire

MOST = 100  # for a connection: the server keeps 16,382 in all, for its 151 connections
LONGEST = 20_000  # what is longer has many rows, and is not seen again
MOST_REMEMBERED = 1_000


class Prepared:
    """What one connection has prepared."""

    def __init__(self, conn: Any) -> None:
        self._conn = conn
        self._able = "MariaDB" in conn.get_server_info()
        self._seen: set[str] = set()
        self._names: dict[str, str] = {}
        self._unsure: set[str] = set()

    def spelled(self, sql: str, values: Sequence[Any]) -> list[str]:
        """The statements to send for this one and its values: prepared when it comes for the second time."""
        name = self._name_of(sql)
        if name is None:
            return [wire.spelled(self._conn, sql, values)]
        using = f" USING {', '.join(wire.spellings(self._conn, values))}" if values else ""
        execute = f"EXECUTE {name}{using}"
        if sql not in self._unsure:
            return [execute]
        text = sql.replace("%s", "?").replace("%%", "%")
        return [wire.spelled(self._conn, f"PREPARE {name} FROM %s", [text]), execute]

    def sent(self) -> None:
        """All that was spelled has been sent and has succeeded: until then a statement is prepared anew each time."""
        self._unsure.clear()

    def _name_of(self, sql: str) -> str | None:
        name = self._names.get(sql)
        if name is not None or not self._able or len(sql) > LONGEST or len(self._names) == MOST:
            return name
        if sql in self._seen:
            name = self._names[sql] = f"p{len(self._names)}"
            self._unsure.add(sql)
        elif len(self._seen) < MOST_REMEMBERED:
            self._seen.add(sql)
        return name
