"""The short way to MariaDB against the driver's own: the same values, answers and errors."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import peewee as pw
import pymysql
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of
from hypothesis import strategies as st
from pymysql.constants import SERVER_STATUS

from backend.core import wire
from backend.core.database import Record, append_row, change_row, database, in_unit_of_work, insert_row, read_json
from backend.core.settings import Settings

pytestmark = pytest.mark.mariadb


class Colour(StrEnum):
    """An enumeration as the models use them."""

    RED = "red"
    QUOTED = "it's"


class Chip(Record):
    """A table for these tests."""

    id = pw.BigAutoField()
    name = pw.CharField(20, unique=True)
    text = pw.TextField(default="")


@pytest.fixture(autouse=True)
def chips(settings: Settings, bound: None) -> Iterator[None]:
    """The table, for the length of a test."""
    if not settings.database_url.startswith("mysql"):
        pytest.skip("about MariaDB itself: TEST_DATABASE_URL is not set")
    database.create_tables([Chip])
    yield
    database.drop_tables([Chip])


VALUES = [
    "x",
    "",
    "党员👍𠮷",
    "'; DROP TABLE chip; --",
    "a\\'b\\\\\"c\n\r\t\x1a\x00%s",
    "党员\\的'话\"",
    Colour.RED,
    Colour.QUOTED,
    0,
    -7,
    2**62,
    True,
    False,
    None,
    Decimal("2.50"),
    date(2026, 11, 23),
    b"\x00\xff'",
    1.5,
]


def asked(sql: str) -> tuple[Any, ...]:
    """The row that a statement gives, which the driver sends as it is."""
    with database.connection().cursor() as cursor:
        cursor.execute(sql)
        row: tuple[Any, ...] = cursor.fetchone()
        return row


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_means_what_it_means_as_the_driver_spells_it(value: Any) -> None:
    conn = database.connection()
    ours, theirs = (wire.spelled(conn, "%s", [value]), conn.cursor().mogrify("%s", [value]))
    assert asked(f"SELECT HEX({ours}) <=> HEX({theirs})") == (1,)


@given(st.text(st.characters(codec="utf-8"), max_size=200))
@settings_of(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_text_arrives_as_it_was_sent(text: str) -> None:
    assert read_json("SELECT JSON_ARRAY(%s)", [text]) == [[text]]
    assert asked(f"SELECT {wire.spelled(database.connection(), '%s', [text])}") == (text,)


def test_a_server_without_backslash_escapes_gets_what_the_driver_would_send() -> None:
    database.execute_sql("SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')")
    conn = database.connection()
    try:
        assert conn.server_status & SERVER_STATUS.SERVER_STATUS_NO_BACKSLASH_ESCAPES
        nasty = "a\\' OR 1 = 1 -- "
        assert read_json("SELECT JSON_ARRAY(%s)", [nasty]) == [[nasty]]
    finally:
        database.manual_close()


@pytest.mark.parametrize("text", ["", "\x00", "\x00\x00\x05"])
def test_rows_that_travel_with_others_are_texts_from_their_first_byte(text: str) -> None:
    def work() -> Any:
        append_row(Chip, name="before", text=text)
        return database.obj.run("SELECT text FROM chip", ()).texts

    assert in_unit_of_work(work) == [text]


@pytest.mark.parametrize("length", [0, 1, 249, 250, 251, 252, 65_520, 65_535, 65_536, 300_000])
def test_a_text_arrives_whole_however_long_it_is(length: int) -> None:
    rows = read_json("SELECT JSON_ARRAY(%s, 1) UNION ALL SELECT JSON_ARRAY(%s, 2)", ["长" * length, "x" * length])
    assert sorted(rows, key=lambda row: row[1]) == [["长" * length, 1], ["x" * length, 2]]


def test_many_rows_arrive_in_order() -> None:
    many = " UNION ALL ".join(["SELECT JSON_ARRAY(%s)"] * 400)
    assert read_json(many, list(range(400))) == [[number] for number in range(400)]


def test_ids_and_counts_are_those_of_the_last_statement() -> None:
    def work() -> tuple[int, int, int]:
        append_row(Chip, name="a", text="")
        new_id = insert_row(Chip, name="b", text="")
        append_row(Chip, name="c", text="")
        found = change_row(Chip, {"text": ""}, where={"text": ""})
        return new_id, found, change_row(Chip, {"text": "new"}, where={"name": "nobody"})

    new_id, found, lost = in_unit_of_work(work)
    assert (Chip.get(Chip.name == "b").id, found, lost) == (new_id, 3, 0)


def test_an_error_in_the_middle_of_a_packet_is_the_drivers_and_ends_the_unit_of_work() -> None:
    Chip.create(name="taken")

    def work() -> None:
        append_row(Chip, name="before", text="")
        append_row(Chip, name="taken", text="")
        append_row(Chip, name="after", text="")

    with pytest.raises(pw.IntegrityError) as caught:
        in_unit_of_work(work)
    assert caught.value.args[0] == 1062
    assert [chip.name for chip in Chip.select()] == ["taken"]


def test_after_an_error_the_connection_goes_on() -> None:
    with pytest.raises(pw.OperationalError):
        read_json("SELECT nothing_such", ())
    assert read_json("SELECT JSON_ARRAY(1)", ()) == [[1]]
    assert database.execute_sql("SELECT 2").fetchone() == (2,)


def test_rows_of_more_than_one_column_are_refused() -> None:
    with pytest.raises(pw.InternalError):
        read_json("SELECT 1, 2", ())
    assert not database.connection().open
    database.manual_close()
    database.connect()


@contextmanager
def answering(*pieces: bytes) -> Iterator[Any]:
    """A driver's connection whose server gives these bytes, piece by piece, and hangs up."""
    ours, theirs = socket.socketpair()
    conn: Any = pymysql.Connection(defer_connect=True)
    conn._sock, conn._current_timeout = ours, None
    conn._read_timeout = conn._write_timeout = None

    def serve() -> None:
        theirs.recv(1000)
        with suppress(OSError):
            for piece in pieces:
                theirs.sendall(piece)
        theirs.close()

    server = threading.Thread(target=serve)
    server.start()
    try:
        yield conn
    finally:
        ours.close()
        server.join()


DONE = b"\x07\x00\x00\x01\x00\x01\x05\x02\x00\x00\x00"


# two rows of one column of what was prepared, one short and one of three hundred characters
ROWS = (
    b"\x01\x00\x00\x01\x01"
    b"\x17\x00\x00\x02\x03def\x00\x00\x00\x01a\x00\x0c\x21\x00\x00\x10\x00\x00\xfd\x00\x00\x00\x00\x00"
    b"\x05\x00\x00\x03\xfe\x00\x00\x02\x00"
    b"\x06\x00\x00\x04\x00\x00\x03[1]"
    b"\x31\x01\x00\x05\x00\x00\xfc\x2c\x01" + b"x" * 300 + b"\x05\x00\x00\x06\xfe\x00\x00\x02\x00"
)


@pytest.mark.parametrize(
    ("said", "meant"), [(DONE, wire.Answer(1, 5, [])), (ROWS, wire.Answer(2, 0, ["[1]", "x" * 300]))]
)
def test_an_answer_may_come_in_any_two_pieces(said: bytes, meant: wire.Answer) -> None:
    for cut in [*range(40), len(said) // 2, *range(len(said) - 12, len(said))]:
        with answering(*filter(None, (said[:cut], said[cut:]))) as conn:
            assert wire.execute(conn, b"1") == meant


def test_an_answer_may_come_byte_by_byte() -> None:
    with answering(*(bytes([one]) for one in DONE)) as conn:
        assert wire.run(conn, "DO 1") == wire.Answer(1, 5, [])


@pytest.mark.parametrize("place", [3, 8, 35, 44, 54])
def test_rows_of_another_number_end_the_connection(place: int) -> None:
    bad = bytearray(ROWS)
    bad[place] += 1
    with answering(bytes(bad)) as conn:
        with pytest.raises(pymysql.Error):
            wire.execute(conn, b"1")
        assert not conn.open


@pytest.mark.parametrize(
    "bad",
    [b"", DONE[:6], DONE.replace(b"\x00\x01\x00", b"\x00\x02\x00", 1), b"\xff\xff\xff\x01" + b"\x00" * 0xFF_FFFF],
    ids=["nothing", "half", "another packet's number", "longer than one packet"],
)
def test_an_answer_that_cannot_be_right_ends_the_connection(bad: bytes) -> None:
    with answering(bad) as conn:
        with pytest.raises(pymysql.OperationalError):
            wire.run(conn, "DO 1")
        assert not conn.open
