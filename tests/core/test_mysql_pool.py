"""The pool that talks little, on MariaDB itself: what it saves, and that it saves nothing that matters."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import peewee as pw
import pymysql
import pytest
from pymysql.constants import COMMAND

from backend.core.database import (
    Record,
    append_row,
    change_or_refuse,
    connected,
    database,
    in_unit_of_work,
    insert_row,
    read_json,
)
from backend.core.errors import Conflict
from backend.core.mysql import LeanMySQLPool
from backend.core.settings import Settings

pytestmark = pytest.mark.mariadb
ALONE = f"command {COMMAND.COM_STMT_EXECUTE}"  # what is known by a number, with its values as they are


class Slip(Record):
    """A table for these tests."""

    id = pw.BigAutoField()
    key = pw.CharField(20, unique=True)


@pytest.fixture(autouse=True)
def slips(settings: Settings, bound: None) -> Iterator[None]:
    """The table, for the length of a test."""
    if not settings.database_url.startswith("mysql"):
        pytest.skip("about MariaDB itself: TEST_DATABASE_URL is not set")
    database.create_tables([Slip])
    yield
    database.drop_tables([Slip])


def server_id() -> int:
    """The server's number of this thread's connection."""
    return int(database.execute_sql("SELECT CONNECTION_ID()").fetchone()[0])


@contextmanager
def packets() -> Iterator[list[str]]:
    """Everything that this thread's connection sends, packet by packet."""
    conn = database.connection()
    sent: list[str] = []
    write = conn._write_bytes

    def listening(data: bytes) -> None:
        words = {COMMAND.COM_QUERY: "", COMMAND.COM_STMT_PREPARE: "PREPARE "}
        text = data[5:].decode("utf-8", "replace")
        sent.append(f"{words[data[4]]}{text}" if data[4] in words else f"command {data[4]}")
        write(data)

    conn._write_bytes = listening
    try:
        yield sent
    finally:
        conn._write_bytes = write


def elsewhere(work: Callable[[], Any]) -> Any:
    """Run something on another connection."""
    given: list[Any] = []

    def run() -> None:
        with connected():
            given.append(work())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return given[0]


def kill(number: int) -> None:
    """Let the server end a connection, asked from outside of the pool, and be sure that it has."""
    outsider = pymysql.connect(**database.obj.connect_params, database=database.obj.database)
    alive = "SELECT COUNT(*) FROM information_schema.processlist WHERE id = %s"
    with outsider, outsider.cursor() as cursor:
        cursor.execute("KILL %s", (number,))
        while cursor.execute(alive, (number,)) and cursor.fetchone() != (0,):
            pass


def take_and_give_back() -> int:
    """One request's worth of connection: which one was it?"""
    database.close()
    with connected():
        return server_id()


def test_a_connection_used_again_at_once_is_neither_pinged_nor_rolled_back() -> None:
    first = take_and_give_back()
    database.connect()
    with packets() as sent:
        database.close()
        database.connect()
        assert server_id() == first
    assert sent == ["SELECT CONNECTION_ID()"]


def test_begin_and_appended_rows_travel_with_what_follows() -> None:
    def work() -> None:
        append_row(Slip, key="a")
        Slip.create(key="b")
        append_row(Slip, key="c")

    with packets() as sent:
        in_unit_of_work(work)
    worked = [packet for packet in sent if not packet.startswith("PREPARE")]
    assert [[key for key in "abc" if f"'{key}'" in packet] for packet in worked] == [["a", "b"], ["c"]]
    assert sent[0].startswith("BEGIN;")
    assert sent[1] == "BEGIN NOT ATOMIC INSERT INTO slip (`key`) VALUES ('c');COMMIT;END"
    assert Slip.select().count() == 3


def test_rows_into_the_same_columns_are_one_statement() -> None:
    def work() -> None:
        for key in "abc":
            append_row(Slip, key=key)
        change("c", "d")
        append_row(Slip, key="e")

    for _ in range(3):
        with packets() as sent:
            in_unit_of_work(work)
        assert sorted(row.key for row in Slip.select()) == ["a", "b", "d", "e"]
        assert len([packet for packet in sent if not packet.startswith("PREPARE")]) == 1
        Slip.delete().execute()
    assert sent == [ALONE]


def test_a_work_that_did_nothing_sends_nothing() -> None:
    with packets() as sent:
        in_unit_of_work(lambda: None)
        with pytest.raises(ZeroDivisionError):
            in_unit_of_work(lambda: 1 // 0)
    assert sent == []


def test_a_work_that_fails_before_anything_was_sent_leaves_nothing_behind() -> None:
    def work() -> None:
        append_row(Slip, key="a")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        in_unit_of_work(work)
    in_unit_of_work(lambda: Slip.create(key="b"))
    assert [row.key for row in Slip.select()] == ["b"]


def test_a_connection_that_the_server_killed_while_idle_is_replaced() -> None:
    doomed = take_and_give_back()
    kill(doomed)
    assert take_and_give_back() != doomed
    with connected():
        in_unit_of_work(lambda: Slip.create(key="a"))
    database.connect()
    assert Slip.select().count() == 1


def test_a_connection_that_died_at_work_is_not_given_to_the_next() -> None:
    doomed = server_id()
    kill(doomed)
    with pytest.raises((pw.OperationalError, pw.InterfaceError)):
        server_id()
    assert take_and_give_back() != doomed
    database.connect()
    in_unit_of_work(lambda: Slip.create(key="a"))
    assert Slip.select().count() == 1


def test_a_work_whose_connection_dies_at_every_try_raises_and_the_next_one_succeeds() -> None:
    def work() -> None:
        Slip.create(key="a")
        kill(server_id())
        Slip.create(key="b")

    with pytest.raises((pw.OperationalError, pw.InterfaceError)):
        in_unit_of_work(work)
    database.close()
    database.connect()
    assert Slip.select().count() == 0
    in_unit_of_work(lambda: Slip.create(key="c"))


def test_a_transaction_left_open_is_rolled_back_when_the_connection_is_given_back() -> None:
    number = server_id()
    database.execute_sql("BEGIN")
    database.execute_sql("INSERT INTO slip (`key`) VALUES ('forgotten')")
    database.close()
    database.connect()
    assert server_id() == number
    assert Slip.select().count() == 0


def test_every_connection_sees_what_others_have_committed_and_keeps_utc() -> None:
    asked = "SELECT @@tx_isolation, @@time_zone, @@sql_mode"
    isolation, zone, mode = database.execute_sql(asked).fetchone()
    assert (isolation, zone) == ("READ-COMMITTED", "+00:00")
    assert "STRICT_ALL_TABLES" in mode

    def look_twice() -> tuple[int, int]:
        before = Slip.select().count()
        elsewhere(lambda: Slip.create(key="new"))
        return before, Slip.select().count()

    assert in_unit_of_work(look_twice) == (0, 1)


def test_texts_are_kept_whole_whatever_they_contain() -> None:
    with pytest.raises(pw.DataError):
        Slip.create(key="x" * 21)
    assert Slip.create(key="党员👍𠮷").id
    assert Slip.get().key == "党员👍𠮷"


@pytest.mark.parametrize(
    "ask", [lambda pool: pool.execute_sql("SELECT SLEEP(9)"), lambda pool: pool.run("DO SLEEP(9)", ())]
)
def test_a_server_that_does_not_answer_in_time_is_given_up(ask: Callable[[Any], Any]) -> None:
    options = {**database.obj.connect_params, "read_timeout": 1}
    del options["client_flag"]
    hasty = LeanMySQLPool(database.obj.database, **options)
    hasty.connect()
    before = time.monotonic()
    with pytest.raises(pw.OperationalError):
        ask(hasty)
    assert time.monotonic() - before < 9
    assert not hasty.connection().open
    hasty.close()


def refuse() -> Conflict:
    return Conflict("lost", "已有变化")


def change(key: str, wanted: str) -> None:
    change_or_refuse(Slip, {"key": wanted}, where={"key": key}, lost=refuse)


def test_a_change_of_a_row_travels_with_commit() -> None:
    Slip.create(key="a")

    def work() -> None:
        change("a", "b")
        append_row(Slip, key="c")

    with packets() as sent:
        in_unit_of_work(work)
    assert len([packet for packet in sent if not packet.startswith("PREPARE")]) == 1
    assert {row.key for row in Slip.select()} == {"b", "c"}


@pytest.mark.parametrize("next_step", ["commit", "row", "query", "text"])
def test_a_change_that_finds_no_row_undoes_the_whole_work(next_step: str) -> None:
    Slip.create(key="a")
    after: dict[str, Callable[[], Any]] = {
        "commit": lambda: None,
        "row": lambda: insert_row(Slip, key="d"),
        "query": lambda: list(Slip.select()),
        "text": lambda: read_json("SELECT JSON_ARRAY(1)", ()),
    }

    def work() -> None:
        append_row(Slip, key="c")
        change("gone", "b")
        append_row(Slip, key="e")
        after[next_step]()

    for _ in range(3):  # as text, prepared, and once more
        with pytest.raises(Conflict, match="已有变化"):
            in_unit_of_work(work)
        assert [row.key for row in Slip.select()] == ["a"]
    in_unit_of_work(lambda: change("a", "z"))
    assert [row.key for row in Slip.select()] == ["z"]


@pytest.mark.parametrize("next_step", ["row", "query", "text"])
def test_what_follows_a_change_sees_it(next_step: str) -> None:
    Slip.create(key="a")
    seen: list[Any] = []
    after: dict[str, Callable[[], Any]] = {
        "row": lambda: insert_row(Slip, key="d"),
        "query": lambda: [row.key for row in Slip.select()],
        "text": lambda: read_json("SELECT JSON_ARRAY(s.key) FROM slip s", ()),
    }
    for old, new in ("ab", "bc", "ca"):
        Slip.delete().where(Slip.key == "d").execute()

        def work(old: str = old, new: str = new) -> None:
            change(old, new)
            seen.append(after[next_step]())

        in_unit_of_work(work)
    assert {row.key for row in Slip.select()} == ({"a", "d"} if next_step == "row" else {"a"})
    if next_step != "row":
        assert seen == ([["b"], ["c"], ["a"]] if next_step == "query" else [[["b"]], [["c"]], [["a"]]])
    else:
        assert all(Slip.select().where(Slip.id == number).exists() for number in seen[-1:])
