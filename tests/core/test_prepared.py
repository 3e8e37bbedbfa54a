"""Prepared statements on MariaDB: the same answers, ids, counts and errors as without, and only the values travel."""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import peewee as pw
import pytest

from backend.core import prepared
from backend.core.database import (
    Record,
    append_row,
    change_row,
    connected,
    database,
    in_unit_of_work,
    insert_row,
    read_json,
)
from backend.core.settings import Settings
from tests.core.test_mysql_pool import ALONE, packets
from tests.core.test_wire import VALUES

pytestmark = pytest.mark.mariadb
QUOTE = "''''"  # one, doubled, in quotes


class Token(Record):
    """A table for these tests."""

    id = pw.BigAutoField()
    name = pw.CharField(20, unique=True)
    text = pw.TextField(default="")


@pytest.fixture(autouse=True)
def tokens(settings: Settings, bound: None) -> Iterator[None]:
    """The table, and a connection that has prepared nothing, for the length of a test."""
    if not settings.database_url.startswith("mysql"):
        pytest.skip("about MariaDB itself: TEST_DATABASE_URL is not set")
    database.manual_close()
    database.connect()
    database.create_tables([Token])
    yield
    database.drop_tables([Token])


def known() -> int:
    """How many statements this session has prepared, as the server sees it."""
    sql = "SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Com_stmt_prepare'"
    return int(database.execute_sql(sql).fetchone()[0])


def test_what_comes_again_is_prepared_once_and_only_its_values_travel() -> None:
    with packets() as sent:
        answers = [read_json("SELECT JSON_ARRAY(%s, 'x')", [number]) for number in range(4)]
    assert answers == [[[number, "x"]] for number in range(4)]
    assert sent == [
        "SELECT JSON_ARRAY(0, 'x')",
        "PREPARE SELECT JSON_ARRAY(?, 'x')",
        *[ALONE] * 3,
    ]


def test_a_value_of_any_type_arrives_like_the_one_that_was_written_out() -> None:
    shown = [value for value in VALUES if not isinstance(value, bytes)]
    bare = [read_json(f"SELECT JSON_ARRAY(%s, {number})", [value]) for number, value in enumerate(shown)]
    ready = [read_json("SELECT JSON_ARRAY(%s, %s)", [value, number]) for number, value in enumerate(shown)]
    assert ready == bare
    assert known() == 1


def test_with_others_a_statement_is_known_by_a_name() -> None:
    def work(letter: str) -> int:
        append_row(Token, name=f"a{letter}", text="'")
        return insert_row(Token, name=f"b{letter}", text="")

    with packets() as sent:
        ids = [in_unit_of_work(partial(work, letter)) for letter in "xyz"]
    assert [Token[new_id].name for new_id in ids] == ["bx", "by", "bz"]
    row = "INSERT INTO token (`name`, `text`) VALUES"
    assert [packet for packet in sent if packet != "COMMIT"] == [
        f"PREPARE p0 FROM '{row} (?, ?)'",
        f"BEGIN;{row} ('ax', {QUOTE});EXECUTE p0 USING 'bx', ''",
        f"BEGIN;EXECUTE p0 USING 'ay', {QUOTE};EXECUTE p0 USING 'by', ''",
        f"BEGIN;EXECUTE p0 USING 'az', {QUOTE};EXECUTE p0 USING 'bz', ''",
    ]


def test_what_is_stored_is_the_same_too() -> None:
    for round_ in range(3):
        name = f"党员👍{round_}"
        text = f"a\\'b\"c\n\r\t\x1a\x00?%s{round_}"
        new_id = insert_row(Token, name=name, text=text)
        assert (Token[new_id].name, Token[new_id].text) == (name, text)
    assert known() == 1


def test_answers_may_grow_from_one_use_to_the_next() -> None:
    sql = "SELECT JSON_ARRAY(%s, 1) UNION ALL SELECT JSON_ARRAY(%s, 2)"
    for length in (0, 1, 300, 70_000, 3, 300_000):
        rows = read_json(sql, ["长" * length, Decimal(length)])
        assert sorted(rows, key=lambda row: row[1]) == [["长" * length, 1], [length, 2]]
    assert known() == 1


def test_ids_and_counts_are_those_of_the_statement() -> None:
    def work(letter: str) -> tuple[int, int, int]:
        append_row(Token, name=f"a{letter}", text=letter)
        new_id = insert_row(Token, name=f"b{letter}", text=letter)
        found = change_row(Token, {"text": letter}, where={"text": letter})
        return new_id, found, change_row(Token, {"text": "new"}, where={"name": "nobody"})

    for letter in "xyz":
        new_id, found, lost = in_unit_of_work(partial(work, letter))
        assert (Token.get(Token.name == f"b{letter}").id, found, lost) == (new_id, 2, 0)


def test_an_error_undoes_the_unit_of_work_and_the_next_one_goes_on() -> None:
    Token.create(name="taken")

    def work(*names: str) -> None:
        for name in names:
            append_row(Token, name=name, text="")

    for _ in range(3):
        with pytest.raises(pw.IntegrityError) as caught:
            in_unit_of_work(lambda: work("before", "taken", "after"))
        assert caught.value.args[0] == 1062
    in_unit_of_work(lambda: work("one", "two"))
    assert sorted(token.name for token in Token.select()) == ["one", "taken", "two"]


def test_work_that_was_forgotten_before_anything_was_sent_leaves_what_was_prepared() -> None:
    class Forgotten(Exception):
        """What somebody thought better of."""

    def work() -> None:
        append_row(Token, name="x", text="")
        append_row(Token, name="y", text="")
        raise Forgotten

    for _ in range(2):
        with pytest.raises(Forgotten):
            in_unit_of_work(work)
        assert read_json("SELECT JSON_ARRAY(1)", ()) == [[1]]
    insert_row(Token, name="z", text="")
    assert [token.name for token in Token.select()] == ["z"]


def test_what_the_server_will_not_prepare_is_sent_as_it_is() -> None:
    for _ in range(3):
        with pytest.raises(pw.ProgrammingError) as caught:
            read_json("SELECT JSON_ARRAY(x) FROM no_such_table", ())
        assert caught.value.args[0] == 1146


def test_it_travels_with_another_query_as_well() -> None:
    def work(letter: str) -> list[Any]:
        append_row(Token, name=f"a{letter}", text="")
        append_row(Token, name=f"b{letter}", text="")
        return [token.name for token in Token.select().order_by(Token.id)]

    assert in_unit_of_work(lambda: work("x")) == ["ax", "bx"]
    assert in_unit_of_work(lambda: work("y")) == ["ax", "bx", "ay", "by"]
    assert known() == 1


def test_a_table_that_has_changed_is_met_as_it_is_now() -> None:
    for number in range(3):
        insert_row(Token, name=str(number), text="")
    database.execute_sql("ALTER TABLE token ADD COLUMN colour VARCHAR(10) NOT NULL DEFAULT 'red' FIRST")
    new_id = insert_row(Token, name="3", text="")
    assert database.execute_sql("SELECT colour FROM token WHERE id = %s", (new_id,)).fetchone() == ("red",)


def test_a_connection_prepares_so_many_and_nothing_very_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "MOST", 2)
    monkeypatch.setattr(prepared, "LONGEST", 40)
    for _ in range(3):
        for number in range(4):
            assert read_json(f"SELECT JSON_ARRAY({number})", ()) == [[number]]
        assert read_json(f"SELECT JSON_ARRAY('{'x' * 40}')", ()) == [["x" * 40]]
    assert known() == 2


def test_a_server_that_is_no_mariadb_gets_every_statement_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    conn = database.connection()
    monkeypatch.setattr(conn, "server_version", "8.4.0")
    monkeypatch.setattr(conn, "prepared", prepared.Prepared(conn))
    for number in range(3):
        assert read_json("SELECT JSON_ARRAY(%s)", [number]) == [[number]]
    assert known() == 0


def test_a_new_connection_prepares_for_itself() -> None:
    for _ in range(3):
        read_json("SELECT JSON_ARRAY(1)", ())
    database.manual_close()
    with connected():
        assert read_json("SELECT JSON_ARRAY(1)", ()) == [[1]]
        assert known() == 0
    database.connect(reuse_if_open=True)


def test_what_is_left_for_commit_is_one_statement_that_is_prepared_as_well() -> None:
    def work(letter: str) -> None:
        append_row(Token, name=f"a{letter}", text="%s?")
        append_row(Token, name=f"b{letter}", text="")

    with packets() as sent:
        for letter in "xyz":
            in_unit_of_work(partial(work, letter))
    row = "INSERT INTO token (`name`, `text`) VALUES"
    assert sent == [
        f"BEGIN NOT ATOMIC START TRANSACTION;{row} ('ax', '%s?'), ('bx', '');COMMIT;END",
        f"PREPARE BEGIN NOT ATOMIC START TRANSACTION;{row} (?, ?), (?, ?);COMMIT;END",
        *[ALONE] * 2,
    ]
    assert [token.text for token in Token.select().order_by(Token.id)] == ["%s?", ""] * 3


def test_an_error_within_it_undoes_all_of_it() -> None:
    insert_row(Token, name="taken", text="")

    def work(*names: str) -> None:
        for name in names:
            append_row(Token, name=name, text="")

    for number in range(3):
        with pytest.raises(pw.IntegrityError) as caught:
            in_unit_of_work(lambda: work("before", "taken", "after"))
        assert caught.value.args[0] == 1062
        in_unit_of_work(lambda number=number: work(f"x{number}", f"y{number}"))  # type: ignore[misc]
    assert sorted(token.name for token in Token.select()) == ["taken", "x0", "x1", "x2", "y0", "y1", "y2"]
