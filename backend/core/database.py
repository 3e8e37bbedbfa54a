"""The database: one proxy that the wiring binds, one way to open a transaction, fields that refuse bad values."""

import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache, lru_cache, reduce
from operator import or_
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

import peewee as pw
from playhouse.pool import PooledSqliteDatabase
from pydantic_core import from_json, to_json

from backend.core.clock import REMEMBERED
from backend.core.errors import AppError, Unconfirmed
from backend.core.mysql import LeanMySQLPool
from backend.core.retries import has_stayed, is_lost, is_transient
from backend.core.statements import Found, insert_of, update_of, written
from backend.core.wire import Answer

database = pw.DatabaseProxy()

MAX_CONNECTIONS = 32
WAIT_FOR_CONNECTION_S = 5
PAUSE_BEFORE_RETRY_S = 0.02
LONGEST_LIST = 500
LENGTH_STORED = len("2026-11-23 13:13:53.405875")

T = TypeVar("T")
K = TypeVar("K")

_companions: ContextVar[tuple[Callable[[], None], ...]] = ContextVar("companions", default=())
_rehearsing: ContextVar[bool] = ContextVar("rehearsing", default=False)


class Record(pw.Model):
    """Base of every table: singular names, bound to the one database."""

    class Meta:
        database = database
        legacy_table_names = False


class UtcDateTimeField(pw.DateTimeField):
    """An instant, stored as UTC to the microsecond. Naive values are refused: drivers drop offsets in silence."""

    def get_modifiers(self) -> list[int]:
        return [6]

    def db_value(self, value: datetime | None) -> str | None:
        return None if value is None else to_stored(value)

    def python_value(self, value: datetime | str | None) -> datetime | None:
        return None if value is None else from_stored(value)


class LongTextField(pw.TextField):
    """A text of up to 16 MB: MySQL's TEXT ends at 64 KB."""

    field_type = "MEDIUMTEXT"


class JsonField(LongTextField):
    """A JSON document, kept as text so that both databases treat it alike."""

    def db_value(self, value: Any) -> str | None:
        return None if value is None else to_json(value).decode()

    def python_value(self, value: str | None) -> Any:
        return None if value is None else from_json(value)


def to_stored(at: datetime) -> str:
    """An aware instant as fixed-width UTC text, whose order is the order in time."""
    if at.tzinfo is None:
        raise ValueError("naive datetime: give it an offset")
    return _text_of(at if at.tzinfo is UTC else at.astimezone(UTC))


@lru_cache(REMEMBERED)
def _text_of(at: datetime) -> str:
    return at.isoformat(" ", "microseconds")[:LENGTH_STORED]


@lru_cache(REMEMBERED)
def from_stored(value: datetime | str) -> datetime:
    """What a driver gives back for an instant, made aware again."""
    read = datetime.fromisoformat(value) if isinstance(value, str) else value
    return read.replace(tzinfo=UTC)


def open_database(url: str) -> pw.Database:
    """`sqlite:///path` or `mysql://user:password@host:port/name[?ssl=true]`, pooled, not yet connected."""
    parts = urlsplit(url)
    return _open_sqlite(url.removeprefix("sqlite:///")) if parts.scheme == "sqlite" else _open_mysql(url)


def _open_sqlite(path: str) -> pw.Database:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    pool: pw.Database = PooledSqliteDatabase(
        path,
        pragmas={"journal_mode": "wal", "synchronous": "full", "foreign_keys": 1, "busy_timeout": 10_000},
        lock_type="IMMEDIATE",
        max_connections=MAX_CONNECTIONS,
        timeout=WAIT_FOR_CONNECTION_S,
        check_same_thread=False,
    )
    return pool


def _open_mysql(url: str) -> pw.Database:
    parts = urlsplit(url)
    secure = parse_qs(parts.query).get("ssl") == ["true"]
    pool: pw.Database = LeanMySQLPool(
        unquote(parts.path.lstrip("/")),
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 3306,
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
        # one context for all: building one burns 20 ms of CPU per connection
        **({"ssl": ssl.create_default_context()} if secure else {"ssl_disabled": True}),
        init_command="SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
        connect_timeout=5,
        read_timeout=30,
        write_timeout=30,
        max_connections=MAX_CONNECTIONS,
        timeout=WAIT_FOR_CONNECTION_S,
    )
    return pool


def bind_database(url: str) -> pw.Database:
    """Open the database of the settings and let every model use it."""
    opened = open_database(url)
    database.initialize(opened)
    return opened


@contextmanager
def connected() -> Iterator[None]:
    """A connection for the length of the block: a request, a tick of the bot, a command. Blocks may be nested."""
    ours = database.connect(reuse_if_open=True)
    try:
        yield
    finally:
        if ours and not database.is_closed():
            database.close()


def in_unit_of_work(work: Callable[[], T], *, tries: int = 3) -> T:
    """Run one use case in one transaction; refuses to nest.

    The whole of it runs again on deadlock, lock wait, cluster certification failure and a connection that was lost
    before COMMIT left, so `work` must do nothing but database work. Lost after that, nobody knows whether the server
    has done it: raises Unconfirmed.
    """
    if _rehearsing.get():
        with database.atomic():
            return work()
    pool: pw.Database = database.obj
    if pool.in_transaction():
        raise RuntimeError("units of work do not nest")
    for attempt in range(1, tries + 1):
        committing = False
        try:
            with pool.transaction():
                for companion in _companions.get():
                    companion()
                result = work()
                committing = True
            _companions.set(())  # they are committed, and once is enough
            return result
        except (pw.OperationalError, pw.InternalError, pw.InterfaceError) as error:
            if is_lost(error):
                _reconnect(pool)
                if committing and not has_stayed(error):
                    raise Unconfirmed from error
            if attempt == tries or not (is_lost(error) or is_transient(error)):
                raise
            time.sleep(PAUSE_BEFORE_RETRY_S * attempt)
    raise AssertionError("unreachable")


def _reconnect(pool: pw.Database) -> None:
    """Another connection for this thread; if there is none to be had now, its next statement says so."""
    with suppress(pw.OperationalError):
        pool.close()
        pool.connect()


@contextmanager
def rehearsal() -> Iterator[None]:
    """Everything done within the block is undone at its end: how a date is tried out on real data."""
    token = _rehearsing.set(True)
    try:
        with database.atomic() as transaction:
            yield
            transaction.rollback()
    finally:
        _rehearsing.reset(token)


@contextmanager
def accompanied_by(companion: Callable[[], None]) -> Iterator[None]:
    """The first unit of work within the block also does this: how an idempotency key lives or dies with its effect."""
    token = _companions.set((*_companions.get(), companion))
    try:
        yield
    finally:
        _companions.reset(token)


@contextmanager
def unaccompanied() -> Iterator[None]:
    """Units of work within the block are done beside what was asked for, which itself was refused: no key for them."""
    token = _companions.set(())
    try:
        yield
    finally:
        _companions.reset(token)


def require_transaction(what: str) -> None:
    """Raise unless inside a unit of work: what is written now must live or die with its cause."""
    if not database.obj.in_transaction():
        raise RuntimeError(f"{what} needs a unit of work")


def update_exactly_one(query: pw.ModelUpdate, lost: Callable[[], AppError]) -> None:
    """Compare-and-swap: one row changed, or somebody was faster and `lost()` is raised."""
    if query.execute() != 1:
        raise lost()


def insert_row(model: type[Record], *, found: Found | None = None, **values: Any) -> int:
    """INSERT of one row by column name and its id, at a quarter of the cost of `create`; no default is applied.

    `found` names a column and the query that turns its value into what is written there, in the same statement.
    """
    sql, ways = insert_of(model, tuple(values), database.obj.param, found)
    return _run(sql, written(ways, values.values())).new_id


def insert_rows(model: type[Record], names: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> None:
    """INSERT of many rows in one statement, values in the order of `names`; at most a few thousand values each."""
    if not rows:
        return
    sql, ways = insert_of(model, names, database.obj.param)
    head, _, marks = sql.rpartition(" VALUES ")
    values = [value for row in rows for value in written(ways, row)]
    _run(f"{head} VALUES {', '.join([marks] * len(rows))}", values)


def append_row(model: type[Record], *, found: Found | None = None, **values: Any) -> None:
    """Like `insert_row` for a row whose id nobody needs, within a unit of work.

    On MySQL it travels with the next statement or with COMMIT, and an IntegrityError comes up only there.
    """
    require_transaction("append_row")
    sql, ways = insert_of(model, tuple(values), database.obj.param, found)
    _append_insert(sql, written(ways, values.values()))


def append_filled(model: type[Record], *rows: Mapping[str, Any], found: Found | None = None) -> None:
    """Like `append_row` for rows of the same columns, with the model's defaults for other columns: what is a default,
    or NULL in all of the rows, is part of the statement's text and no value, each of which costs both sides."""
    require_transaction("append_filled")
    first, *more = rows
    said = {name for row in more for name, value in row.items() if value is not None} if more else ()
    names = tuple([name for name, value in first.items() if value is not None or name in said])
    sql, ways = insert_of(model, names, database.obj.param, found, filled=True)
    for row in rows:
        _append_insert(sql, written(ways, [row[name] for name in names]))


def _append_insert(sql: str, values: Sequence[Any]) -> None:
    if isinstance(database.obj, LeanMySQLPool):
        database.obj.append_insert(sql, values)
    else:
        database.execute_sql(sql, values)


def append_statement(sql: str, values: Sequence[Any]) -> None:
    """Like `append_row` for any statement whose result nobody needs; `values` are as they are stored."""
    require_transaction("append_statement")
    if isinstance(database.obj, LeanMySQLPool):
        database.obj.append(sql, values)
    else:
        database.execute_sql(sql, values)


def change_row(model: type[Record], changes: dict[str, Any], *, where: dict[str, Any]) -> int:
    """UPDATE by column name of the rows with these values, its text worked out once; how many there were."""
    sql, ways = update_of(model, tuple(changes), tuple(where), database.obj.param)
    return _run(sql, written(ways, (*changes.values(), *where.values()))).found


def change_or_refuse(
    model: type[Record], changes: dict[str, Any], *, where: dict[str, Any], lost: Callable[[], AppError]
) -> None:
    """Like `change_row` for one row, within a unit of work; when it is not as in `where` any more, `lost()` is raised.

    On MariaDB it travels with the next statement or with COMMIT, and `lost()` comes up only there.
    """
    require_transaction("change_or_refuse")
    sql, ways = update_of(model, tuple(changes), tuple(where), database.obj.param)
    values = written(ways, (*changes.values(), *where.values()))
    if isinstance(database.obj, LeanMySQLPool):
        database.obj.append_or(sql, values, lost)
    elif not _run(sql, values).found:
        raise lost()


def read_json(sql: str, values: Sequence[Any]) -> list[Any]:
    """The rows of a SELECT of one column of JSON, read; `sql` has a `?` for each of `values`, which are as stored."""
    pool, marked = database.obj, _marked(sql, database.obj.param)
    answer = pool.read(marked, values) if isinstance(pool, LeanMySQLPool) else _run(marked, values)
    return [from_json(text) for text in answer.texts]


@cache
def _marked(sql: str, mark: str) -> str:
    """A statement with the marks of a dialect."""
    return sql.replace("?", mark)


def _run(sql: str, values: Sequence[Any]) -> Answer:
    """One statement without rows or with rows of one text, by the shortest way that the database has."""
    pool = database.obj
    if isinstance(pool, LeanMySQLPool):
        return pool.run(sql, values)
    cursor = pool.execute_sql(sql, values)
    texts = [text for (text,) in cursor.fetchall()] if cursor.description else []
    return Answer(cursor.rowcount, cursor.lastrowid or 0, texts)


def delete_where(table: type[pw.Model], condition: pw.Expression) -> int:
    """Delete the rows that meet a condition; returns how many there were."""
    deleted: int = table.delete().where(condition).execute()
    return deleted


def among(numbers: Iterable[int]) -> pw.SQL:
    """The right-hand side of IN for many row ids: written at once, since a mark for each costs more than the query."""
    return pw.SQL(f"({', '.join(str(int(number)) for number in numbers) or 'NULL'})")


def rows_of(query: "pw.ModelSelect[Any] | pw.ModelCompoundSelectQuery") -> list[tuple[Any, ...]]:
    """The result as plain tuples: no model object is built where a tuple will do."""
    return list(query.tuples())


def sizes_of(queries: "Mapping[K, pw.ModelSelect[Any]]", *, most: int) -> dict[K, int]:
    """How many rows each of these queries has, no more than `most` of each being read; all in one statement."""
    if not queries:
        return {}
    found = [query.limit(most).alias(f"part{number}") for number, query in enumerate(queries.values())]
    counts = [pw.Select([part], [pw.fn.COUNT(pw.SQL("1"))]) for part in found]
    (row,) = pw.Select(columns=counts).bind(database.obj).tuples()
    return dict(zip(queries, row, strict=True))


def supports_skip_locked() -> bool:
    """Whether claims may use FOR UPDATE SKIP LOCKED (MariaDB, MySQL) instead of guarded updates (SQLite)."""
    return isinstance(database.obj, pw.MySQLDatabase)


def hold_rows(query: "pw.ModelSelect[Any]") -> "pw.ModelSelect[Any]":
    """Rows as they stand now, and nobody changes them before this unit of work ends; SQLite has one writer anyway."""
    return query.for_update() if isinstance(database.obj, pw.MySQLDatabase) else query


def lock_rows(query: "pw.ModelSelect[Any]") -> "pw.ModelSelect[Any]":
    """Rows that nobody else is claiming: SKIP LOCKED where there is one; SQLite has one writer anyway."""
    return query.for_update(skip_locked=True) if supports_skip_locked() else query


class IndexedTable(pw.Node):
    """A table to select from that is read by this index; SQLite chooses well by itself, and is not told."""

    def __init__(self, table: type[pw.Model], index: str) -> None:
        self._table = table
        self._index = index

    def __sql__(self, ctx: pw.Context) -> pw.Context:
        """The table, under its alias, and the index."""
        ctx.sql(self._table)
        return ctx.literal(f" FORCE INDEX (`{self._index}`)") if isinstance(database.obj, pw.MySQLDatabase) else ctx


def one_of(field: pw.Field, ids: Sequence[int]) -> pw.Expression:
    """The same as `in_` for very many ids: MariaDB makes a temporary table of a long list, and reads everything."""
    piece = LONGEST_LIST if isinstance(database.obj, pw.MySQLDatabase) else max(len(ids), 1)
    pieces = [field.in_(ids[start : start + piece]) for start in range(0, max(len(ids), 1), piece)]
    return reduce(or_, pieces)
