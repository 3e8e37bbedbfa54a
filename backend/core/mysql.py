"""A MySQL pool that talks little: a small request of seven round trips takes three.

- BEGIN travels with the first statement of a transaction, and a transaction in which nothing was done sends nothing.
- Rows whose ids nobody needs travel with the next statement, or with COMMIT (`append`); what is left for COMMIT is one
  statement to MariaDB (`Prepared.block`), which answers once for all of it instead of once for each.
- So does an UPDATE that must find its row (`append_or`): nothing that follows it is done when it did not.
- Statements that come again are prepared, and only their values travel (`prepared.py`).
- The server says in each answer whether a transaction is open, so a connection is given back without a ROLLBACK,
  and one that was used a moment ago is taken without a ping.
"""

import heapq
import io
import select
import socket
import struct
import time
from collections.abc import Callable, Sequence
from typing import Any

import peewee as pw
import pymysql
from playhouse.pool import PoolConnection, PooledMySQLDatabase
from pymysql.constants import CLIENT, SERVER_STATUS

from backend.core import wire
from backend.core.prepared import Prepared, Statement

IDLE_BEFORE_PING_S = 30
BEGIN: Statement = ("START TRANSACTION", ())
COMMIT: Statement = ("COMMIT", ())
# after an UPDATE within a block: nothing that follows is done if it found no row
REFUSE_NONE: Statement = ("IF ROW_COUNT() = 0 THEN SIGNAL SQLSTATE '45000'; END IF", ())
SIGNALLED = 1644
MOST_TOGETHER = 100  # values: whoever has many rows writes them by one statement himself


class LeanMySQLPool(PooledMySQLDatabase):
    """peewee's pool with the savings above; what it changes is only when things are sent."""

    def __init__(self, database: str, **options: Any) -> None:
        # several statements a packet: every value is escaped by the driver, here as elsewhere;
        # and an UPDATE counts the rows that it found, as on SQLite, not only those that it changed
        super().__init__(database, client_flag=CLIENT.MULTI_STATEMENTS | CLIENT.FOUND_ROWS, **options)  # type: ignore[no-untyped-call]

    def _connect(self) -> Any:
        conn = super()._connect()
        if not hasattr(conn, "unsent"):  # fresh from the driver
            # claims and look-ups must see what others have committed, and gap locks only breed deadlocks
            conn.query("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
            conn.begins, conn.unsent, conn.refusal = False, [], None
            conn.prepared = Prepared(conn)
            _wait_in_the_kernel(conn)
            conn.returned_at = time.monotonic()
        return conn

    def _is_closed(self, conn: Any) -> bool:
        if _hung_up(conn):
            return True
        if time.monotonic() - conn.returned_at < IDLE_BEFORE_PING_S:
            return False
        return bool(super()._is_closed(conn))  # type: ignore[no-untyped-call]

    def _can_reuse(self, conn: Any) -> bool:
        conn.returned_at = time.monotonic()
        conn.begins, conn.unsent = False, []
        if not conn.open:  # lost in the middle of the work: its next user must not find out again
            return False
        try:
            if conn.server_status & SERVER_STATUS.SERVER_STATUS_IN_TRANS:
                conn.rollback()
        except pymysql.MySQLError:
            return False
        return True

    def connect(self, reuse_if_open: bool = False) -> bool:
        """Take a connection that lies ready, or go peewee's way to another one."""
        ready = self._take_ready() if self._state.closed else None  # type: ignore[attr-defined]
        if ready is None:
            return bool(super().connect(reuse_if_open))  # type: ignore[no-untyped-call]
        self._state.set_connection(ready)  # type: ignore[attr-defined]
        return True

    def _take_ready(self) -> Any:
        with self._pool_lock:
            while self._connections:
                since, _, conn = heapq.heappop(self._connections)
                if not self._is_closed(conn):
                    self._in_use[id(conn)] = PoolConnection(since, conn, time.time())
                    return conn
        return None

    def close(self) -> bool:
        """Give this thread's connection back, or let peewee say why not."""
        state = self._state  # type: ignore[attr-defined]
        if state.closed or state.transactions:
            return bool(super().close())
        conn = state.conn
        state.reset()
        with self._pool_lock:
            taken = self._in_use.pop(id(conn), None)
            if taken is None:
                return True
            if self._can_reuse(conn):
                self._heap_counter += 1
                heapq.heappush(self._connections, (taken.timestamp, self._heap_counter, conn))
            else:
                self._close_raw(conn)  # type: ignore[no-untyped-call]
            self._pool_available.notify()
        return True

    def begin(self, isolation_level: str | None = None) -> None:
        """Remember to begin; the word travels with the first statement. All transactions are READ COMMITTED."""
        self._session().begins = True

    def append(self, sql: str, values: Sequence[Any]) -> None:
        """A statement whose result nobody needs: it travels with the next one, and so do its errors."""
        self._log_query(sql, values)  # type: ignore[attr-defined]
        self._session().unsent.append((sql, values))

    def append_insert(self, sql: str, values: Sequence[Any]) -> None:
        """A row that nobody asks about: some into the same columns, one after the other, are one statement."""
        unsent = self._session().unsent
        self._log_query(sql, values)  # type: ignore[attr-defined]
        before, known = unsent[-1] if unsent else BEGIN
        if before.startswith(sql) and len(known) < MOST_TOGETHER:
            unsent[-1] = (f"{before}, {sql.rpartition(' VALUES ')[2]}", [*known, *values])
        else:
            unsent.append((sql, values))

    def append_or(self, sql: str, values: Sequence[Any], lost: Callable[[], Exception]) -> None:
        """An UPDATE that must find a row: when it is sent, with COMMIT at the latest, or else `lost()` is raised.

        MySQL, which has no blocks, is asked at once.
        """
        conn = self._session()
        if not conn.prepared.able:
            if not self.run(sql, values).found:
                raise lost()
            return
        self.append(sql, values)
        conn.unsent.append(REFUSE_NONE)
        conn.refusal = lost

    def run(self, sql: str, values: Sequence[Any]) -> wire.Answer:
        """A statement without rows, or with rows of one text, with what has not been sent before it."""
        self._log_query(sql, values)  # type: ignore[attr-defined]
        conn = self._session()
        with pw.__exception_wrapper__:  # type: ignore[attr-defined]
            unsent = self._spelled_unsent()
            if not unsent:
                return _alone(conn, sql, values)
            return _together(conn, [*unsent, conn.prepared.spelled(sql, values)])

    def read(self, sql: str, values: Sequence[Any]) -> wire.Answer:
        """A SELECT of one text a row. All transactions are READ COMMITTED: before its first change there is nothing
        that one would keep, and the word BEGIN waits for that."""
        conn = self._session()
        if conn.unsent:
            return self.run(sql, values)
        self._log_query(sql, values)  # type: ignore[attr-defined]
        with pw.__exception_wrapper__:  # type: ignore[attr-defined]
            return _alone(conn, sql, values)

    def commit(self) -> None:
        """Send what is left, and COMMIT."""
        begins, unsent = self._take_unsent()
        if begins and not unsent:
            return
        conn = self._session()
        statements = [*([BEGIN] if begins else []), *unsent, COMMIT]
        with pw.__exception_wrapper__:  # type: ignore[attr-defined]
            if unsent and conn.prepared.able:
                _alone(conn, *conn.prepared.block(statements))
            else:
                _together(conn, [wire.spelled(conn, *statement) for statement in statements])

    def rollback(self) -> None:
        """Forget what was not sent, undo what was."""
        begins, _unsent = self._take_unsent()
        conn = self._session()
        if begins or not conn.open:
            return
        try:
            super().rollback()
        except pw.PeeweeException:  # hung up is undone as well, and why it had to be is the error to be seen
            conn._force_close()

    def _session(self) -> Any:
        return self._state.conn or self.connection()  # type: ignore[attr-defined, no-untyped-call]

    def _take_unsent(self) -> tuple[bool, list[Statement]]:
        """Whether a transaction has yet to begin, and what waits to be sent in it; both are the caller's now."""
        conn = self._session()
        taken = conn.begins, conn.unsent
        conn.begins, conn.unsent = False, []
        return taken

    def _spelled_unsent(self) -> list[str]:
        begins, unsent = self._take_unsent()
        prepared = self._session().prepared
        if REFUSE_NONE in unsent:
            return [prepared.spelled(*prepared.block([BEGIN, *unsent] if begins else unsent))]
        spelled = [prepared.spelled(sql, values) for sql, values in unsent]
        return ["BEGIN", *spelled] if begins else spelled

    def _execute_cursor(self, sql: str, params: Any, **options: Any) -> Any:
        unsent = self._spelled_unsent()
        if not unsent:
            return super()._execute_cursor(sql, params, **options)  # type: ignore[misc]
        self._log_query(sql, params)  # type: ignore[attr-defined]
        with pw.__exception_wrapper__:  # type: ignore[attr-defined]
            conn = self._session()
            cursor = conn.cursor()
            full = cursor.mogrify(sql, params or ())
            try:
                cursor.execute(";".join([*unsent, full]))
            except pymysql.OperationalError as error:
                raise _refusal(conn, error) from None
            for _ in unsent:
                cursor.nextset()
        return cursor


def _alone(conn: Any, sql: str, values: Sequence[Any]) -> wire.Answer:
    try:
        answer: wire.Answer = conn.prepared.run(sql, values)
    except pymysql.OperationalError as error:
        raise _refusal(conn, error) from None
    return answer


def _together(conn: Any, spelled: list[str]) -> wire.Answer:
    try:
        return wire.run(conn, ";".join(spelled))
    except pymysql.OperationalError as error:
        raise _refusal(conn, error) from None


def _refusal(conn: Any, error: pymysql.OperationalError) -> Exception:
    """The error itself, or what was to be raised if a row was not found."""
    found: Exception = conn.refusal() if error.args[0] == SIGNALLED and conn.refusal else error
    return found


def _wait_in_the_kernel(conn: Any) -> None:
    """Let the kernel keep the time limits of a connection: Python would ask before each send and receive whether it
    may, and give up its lock twice as often. TLS has its own way of waiting, and keeps it."""
    sock = conn._sock
    if type(sock) is not socket.socket:
        return
    for limit, seconds in ((socket.SO_RCVTIMEO, conn._read_timeout), (socket.SO_SNDTIMEO, conn._write_timeout)):
        sock.setsockopt(socket.SOL_SOCKET, limit, struct.pack("@ll", seconds or 0, 0))
    sock.settimeout(None)
    conn._read_timeout = conn._write_timeout = conn._current_timeout = None
    conn._rfile = io.BufferedReader(_Waited(sock, "r"))


class _Waited(socket.SocketIO):
    """What the driver reads from: when the kernel's limit is over, that is an error and not "nothing yet"."""

    def readinto(self, buffer: Any) -> int:
        """As many bytes as came; TimeoutError when none did."""
        got = super().readinto(buffer)
        if got is None:
            raise TimeoutError
        return got


def _hung_up(conn: Any) -> bool:
    """Whether the server has closed an idle connection: it never speaks first but to say good-bye."""
    asked = select.poll()
    asked.register(conn._sock, select.POLLIN)
    return bool(asked.poll(0))
