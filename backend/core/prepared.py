"""Statements that a connection runs again and again, prepared there: MariaDB then reads their text once.

It spent two fifths of a step of an order on reading the text of statements that it had read a thousand times. A
statement that travels alone is known by a number, and its values travel as they are (`COM_STMT_EXECUTE`): reading
seventy of them out of a text costs the server 0.26 million instructions. One that travels with others is known by a
name (`EXECUTE … USING`), so that the first that fails still keeps those after it, COMMIT among them, from being run.
MySQL takes no values in USING, and gets what it always got.
"""

from collections.abc import Sequence
from contextlib import suppress
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
        self._seen: set[int] = set()
        self._numbers: dict[str, int] = {}
        self._names: dict[str, str] = {}

    def run(self, sql: str, values: Sequence[Any]) -> wire.Answer:
        """A statement that travels alone."""
        number = self._numbers.get(sql) or self._number(sql)
        packed = wire.packed(number, values) if number else None
        if packed is None:
            return wire.run(self._conn, wire.spelled(self._conn, sql, values))
        return wire.execute(self._conn, packed)

    def spelled(self, sql: str, values: Sequence[Any]) -> str:
        """A statement as it travels with others."""
        name = self._names.get(sql) or self._name(sql)
        if name is None:
            return wire.spelled(self._conn, sql, values)
        using = f" USING {', '.join(wire.spellings(self._conn, values))}" if values else ""
        return f"EXECUTE {name}{using}"

    def block(self, statements: Sequence[Statement]) -> Statement:
        """Statements without rows as one: MariaDB then answers once for all of them, or with the first error."""
        values = [value for _sql, some in statements for value in some]
        return f"BEGIN NOT ATOMIC {';'.join(sql for sql, _values in statements)};END", values

    def _number(self, sql: str) -> int | None:
        if not self._comes_again(("alone", sql)):
            return None
        with suppress(pymysql.MySQLError):  # no table of that name, or no room: the statement itself will tell
            self._numbers[sql] = wire.prepare(self._conn, _with_marks(sql))
        return self._numbers.get(sql)

    def _name(self, sql: str) -> str | None:
        """Its name from now on, by a packet of its own: what it travelled with might be forgotten and never be sent."""
        if not self._comes_again(("with others", sql)):
            return None
        name = f"p{len(self._names)}"
        with suppress(pymysql.MySQLError):
            wire.run(self._conn, wire.spelled(self._conn, f"PREPARE {name} FROM %s", [_with_marks(sql)]))
            self._names[sql] = name
        return self._names.get(sql)

    def _comes_again(self, statement: tuple[str, str]) -> bool:
        """Whether it is worth being prepared: it came before, and there is room for it."""
        if not self.able or len(statement[1]) > LONGEST or len(self._names) + len(self._numbers) >= MOST:
            return False
        known = hash(statement)  # those with many ids in their text never come again: they are not kept whole
        if known in self._seen:
            return True
        if len(self._seen) >= MOST_REMEMBERED:
            self._seen.clear()
        self._seen.add(known)
        return False


def _with_marks(sql: str) -> str:
    return sql.replace("%s", "?").replace("%%", "%")
