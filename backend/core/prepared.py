"""Statements that a connection runs again and again, prepared there under a name: MariaDB then reads their text once.

It spent two fifths of a step of an order on reading the text of statements that it had read a thousand times. The text
protocol is kept: `EXECUTE … USING` travels in the same packets as everything else, so that the first that fails still
keeps those after it, COMMIT among them, from being run. MySQL takes no values in USING, and gets what it always got.
"""

from collections.abc import Sequence
from typing import Any

import pymysql

from backend.core import wire

Statement = tuple[str, Sequence[Any]]  # with a %s for each of its values

MOST = 100  # for a connection: the server keeps 16,382 in all, for its 151 connections
LONGEST = 20_000  # what is longer has many rows, and is not seen again
MOST_REMEMBERED = 1_000


class Prepared:
    """What one connection has prepared."""

    def __init__(self, conn: Any) -> None:
        self._conn = conn
        self.able = "MariaDB" in conn.get_server_info()
        self._seen: set[str] = set()
        self._names: dict[str, str] = {}

    def spelled(self, sql: str, values: Sequence[Any]) -> str:
        """The statement to send for this one and its values; it is prepared when it comes for the second time."""
        name = self._names.get(sql) or self._prepare(sql)
        if name is None:
            return wire.spelled(self._conn, sql, values)
        using = f" USING {', '.join(wire.spellings(self._conn, values))}" if values else ""
        return f"EXECUTE {name}{using}"

    def block(self, statements: Sequence[Statement]) -> str:
        """Statements without rows as one: MariaDB then answers once for all of them, or with the first error."""
        if not self.able:
            return ";".join(wire.spelled(self._conn, sql, values) for sql, values in statements)
        values = [value for _sql, some in statements for value in some]
        return self.spelled(f"BEGIN NOT ATOMIC {';'.join(sql for sql, _values in statements)};END", values)

    def _prepare(self, sql: str) -> str | None:
        """Its name from now on, by a packet of its own: what it travelled with might be forgotten and never be sent."""
        if not self.able or len(sql) > LONGEST or len(self._names) == MOST:
            return None
        if sql not in self._seen:
            if len(self._seen) < MOST_REMEMBERED:
                self._seen.add(sql)
            return None
        name, text = f"p{len(self._names)}", sql.replace("%s", "?").replace("%%", "%")
        try:
            wire.run(self._conn, wire.spelled(self._conn, f"PREPARE {name} FROM %s", [text]))
        except pymysql.MySQLError:  # no table of that name, or no room: the statement itself will tell
            return None
        self._names[sql] = name
        return name
