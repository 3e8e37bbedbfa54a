"""Fields, rows and units of work, on the database in use."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import peewee as pw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.database import (
    JsonField,
    LongTextField,
    Record,
    UtcDateTimeField,
    accompanied_by,
    append_row,
    bind_database,
    connected,
    database,
    delete_where,
    from_stored,
    in_unit_of_work,
    insert_row,
    lock_rows,
    rehearsal,
    require_transaction,
    rows_of,
    to_stored,
    update_exactly_one,
)
from backend.core.errors import Conflict
from backend.core.retries import is_transient
from backend.core.settings import Settings

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Note(Record):
    """A table for these tests; its column names are words of SQL on purpose."""

    id = pw.BigAutoField()
    key = pw.CharField(20, unique=True)
    at = UtcDateTimeField(null=True)
    on = pw.DateField(null=True)
    data = JsonField(null=True)
    text = LongTextField(null=True)
    count = pw.IntegerField(default=7)


@pytest.fixture(autouse=True)
def tables(bound: None) -> Iterator[None]:
    """The table, for the length of a test."""
    database.create_tables([Note])
    yield
    database.drop_tables([Note])


def note(key: str, **more: Any) -> Note:
    """A stored note, read back."""
    made: Note = Note.create(key=key, **more)
    found: Note = Note.get_by_id(made.id)
    return found


# ---------------------------------------------------------------- instants


@pytest.mark.parametrize("offset", [timedelta(), timedelta(hours=8), timedelta(hours=-3, minutes=-30)])
def test_an_instant_comes_back_as_the_same_instant_in_utc(offset: timedelta) -> None:
    at = datetime(2026, 11, 29, 8, 0, 0, 123456, timezone(offset))
    kept = note("a", at=at).at
    assert kept == at
    assert kept.tzinfo is UTC


def test_a_naive_instant_is_refused_wherever_it_is_written_or_asked_for() -> None:
    naive = datetime(2026, 11, 29, 8, 0)  # noqa: DTZ001
    with pytest.raises(ValueError, match="naive"):
        Note.create(key="a", at=naive)
    with pytest.raises(ValueError, match="naive"):
        Note.update(at=naive).execute()
    with pytest.raises(ValueError, match="naive"):
        list(Note.select().where(Note.at < naive))
    with pytest.raises(ValueError, match="naive"):
        insert_row(Note, key="a", at=naive)
    assert Note.select().count() == 0


zones = st.sampled_from([UTC, timezone(timedelta(hours=8))])
instants = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=zones)  # noqa: DTZ001


@given(instants, instants)
def test_stored_instants_sort_as_text_as_they_do_in_time(one: datetime, other: datetime) -> None:
    assert (to_stored(one) < to_stored(other)) == (one < other)
    assert from_stored(to_stored(one)) == one
    assert len(to_stored(one)) == len("2026-11-29 08:00:00.000000")


def test_instants_compare_and_sort_in_the_database() -> None:
    eight = timezone(timedelta(hours=8))
    times = {
        "c": datetime(2026, 11, 29, 8, 0, tzinfo=eight),
        "a": datetime(2026, 11, 28, 23, 59, 59, 999999, UTC),
        "d": datetime(2026, 11, 29, 0, 0, 0, 1, UTC),
    }
    for key, at in times.items():
        Note.create(key=key, at=at)
    assert [row.key for row in Note.select().order_by(Note.at)] == ["a", "c", "d"]
    assert [row.key for row in Note.select().where(Note.at == times["c"])] == ["c"]
    assert [row.key for row in Note.select().where(Note.at > times["c"])] == ["d"]
    assert Note.select(pw.fn.MAX(Note.at)).scalar() == times["d"]


def test_no_instant_stays_none() -> None:
    assert note("a").at is None


# ---------------------------------------------------------------- documents and rows


@pytest.mark.parametrize(
    "document", [{"党": ["员", 1, None, {"深": True}]}, [], "text", 0, None, {"long": "长" * 40_000}]
)
def test_a_document_comes_back_equal(document: Any) -> None:
    assert note("a", data=document).data == document


def test_a_text_may_be_longer_than_mysql_text() -> None:
    assert note("a", text="长" * 40_000).text == "长" * 40_000


def test_insert_row_writes_by_column_name_and_gives_the_id() -> None:
    values = {"key": "a", "at": NOON, "on": date(2026, 11, 23), "data": {"a": "“'`\"%s%%\\"}, "count": 1}
    made = insert_row(Note, **values)
    row = Note.get_by_id(made)
    assert {name: getattr(row, name) for name in values} == values


def test_insert_row_applies_no_default() -> None:
    with pytest.raises(pw.DatabaseError):
        insert_row(Note, key="a")


@pytest.mark.parametrize("hostile", ["'); DROP TABLE note; --", "\\", "\\'", "%s %(x)s ?", "a\nb;c", '`"', "𠮷党"])
def test_values_are_never_read_as_sql(hostile: str) -> None:
    def work() -> None:
        append_row(Note, key="a", text=hostile, count=1)
        insert_row(Note, key="b", text=hostile, count=1)
        Note.create(key="c", text=hostile)

    in_unit_of_work(work)
    assert [row.text for row in Note.select().order_by(Note.key)] == [hostile] * 3


def test_append_row_needs_a_unit_of_work() -> None:
    with pytest.raises(RuntimeError, match="unit of work"):
        append_row(Note, key="a", count=1)
    assert Note.select().count() == 0


def test_an_appended_row_is_seen_by_what_follows_it() -> None:
    def work() -> int:
        append_row(Note, key="a", count=1)
        append_row(Note, key="b", count=2)
        return int(Note.select().count())

    assert in_unit_of_work(work) == 2
    assert Note.select().count() == 2


@pytest.mark.parametrize("then_read", [True, False])
def test_an_appended_row_that_breaks_a_rule_undoes_the_whole(then_read: bool) -> None:
    Note.create(key="taken")

    def work() -> None:
        Note.create(key="new")
        append_row(Note, key="taken", count=1)
        if then_read:
            Note.select().count()

    with pytest.raises(pw.IntegrityError):
        in_unit_of_work(work)
    assert [row.key for row in Note.select()] == ["taken"]
    in_unit_of_work(lambda: Note.create(key="later"))
    assert Note.select().count() == 2


def test_update_exactly_one_raises_what_it_was_given_for_a_lost_race() -> None:
    Note.create(key="a", count=1)
    free = Note.update(count=2).where(Note.key == "a", Note.count == 1)
    update_exactly_one(free, Conflict)
    with pytest.raises(Conflict):
        update_exactly_one(free, Conflict)


def test_rows_of_gives_tuples_and_delete_where_counts() -> None:
    for key in "abc":
        Note.create(key=key)
    assert rows_of(Note.select(Note.key, Note.count).order_by(Note.key)) == [("a", 7), ("b", 7), ("c", 7)]
    assert delete_where(Note, Note.key != "b") == 2
    assert delete_where(Note, Note.key == "x") == 0
    assert [row.key for row in Note.select()] == ["b"]


# ---------------------------------------------------------------- units of work


def test_a_unit_of_work_gives_back_what_its_work_gives() -> None:
    assert in_unit_of_work(lambda: 17) == 17


def test_a_unit_of_work_keeps_all_or_nothing() -> None:
    def work() -> None:
        Note.create(key="a")
        raise Conflict

    with pytest.raises(Conflict):
        in_unit_of_work(work)
    assert Note.select().count() == 0
    assert not database.in_transaction()


def test_units_of_work_do_not_nest() -> None:
    with pytest.raises(RuntimeError, match="do not nest"):
        in_unit_of_work(lambda: in_unit_of_work(lambda: Note.create(key="a")))
    assert Note.select().count() == 0


def test_require_transaction_names_what_needs_one() -> None:
    with pytest.raises(RuntimeError, match="enqueue needs a unit of work"):
        require_transaction("enqueue")
    in_unit_of_work(lambda: require_transaction("enqueue"))


def test_a_companion_lives_and_dies_with_the_work() -> None:
    with accompanied_by(lambda: Note.create(key="companion")):
        with pytest.raises(Conflict):
            in_unit_of_work(_refuse)
        assert Note.select().count() == 0
        in_unit_of_work(lambda: Note.create(key="work"))
    in_unit_of_work(lambda: Note.create(key="alone"))
    assert [row.key for row in Note.select().order_by(Note.id)] == ["companion", "work", "alone"]


def test_a_companion_goes_with_the_first_work_that_succeeds_and_with_no_other() -> None:
    with accompanied_by(lambda: Note.create(key="companion")):
        for key in ("one", "two"):
            in_unit_of_work(lambda key=key: Note.create(key=key))
        with accompanied_by(lambda: Note.create(key="another")):
            in_unit_of_work(lambda: Note.create(key="three"))
    assert [row.key for row in Note.select().order_by(Note.id)] == ["companion", "one", "two", "another", "three"]


def _refuse() -> None:
    Note.create(key="work")
    raise Conflict


def test_a_rehearsal_is_undone_with_all_its_units_of_work() -> None:
    Note.create(key="before", count=1)
    with rehearsal():
        in_unit_of_work(lambda: Note.create(key="rehearsed"))
        in_unit_of_work(lambda: Note.update(count=2).execute())
        with pytest.raises(Conflict):
            in_unit_of_work(_refuse)
        assert sorted((row.key, row.count) for row in Note.select()) == [("before", 2), ("rehearsed", 2)]
    assert [(row.key, row.count) for row in Note.select()] == [("before", 1)]
    with pytest.raises(RuntimeError, match="do not nest"):
        in_unit_of_work(lambda: in_unit_of_work(lambda: 0))


def test_a_rehearsal_that_fails_is_undone_too() -> None:
    with pytest.raises(Conflict), rehearsal():
        in_unit_of_work(_refuse)
    assert Note.select().count() == 0
    assert not database.in_transaction()


@pytest.mark.parametrize(
    ("error", "transient"),
    [
        (pw.OperationalError(1213, "Deadlock found"), True),
        (pw.OperationalError(1205, "Lock wait timeout exceeded"), True),
        (pw.OperationalError(1047, "WSREP has not yet prepared node"), True),
        (pw.OperationalError("database is locked"), True),
        (pw.OperationalError(2006, "server has gone away"), False),
        (pw.OperationalError("no such table: note"), False),
        (pw.InternalError(), False),
    ],
)
def test_only_what_may_go_better_is_tried_again(error: pw.DatabaseError, transient: bool) -> None:
    assert is_transient(error) is transient


def failing(times: int, error: Exception) -> tuple[Callable[[], int], list[int]]:
    """Work that fails a number of times after it has written; and its tries."""
    tries: list[int] = []

    def work() -> int:
        Note.create(key=f"try {len(tries)}")
        tries.append(len(tries))
        if len(tries) <= times:
            raise error
        return len(tries)

    return work, tries


def test_the_whole_work_runs_again_after_a_deadlock_and_leaves_one_trace() -> None:
    work, tries = failing(2, pw.OperationalError(1213, "Deadlock found"))
    assert in_unit_of_work(work) == 3
    assert len(tries) == 3
    assert [row.key for row in Note.select()] == ["try 2"]


@pytest.mark.parametrize("code", [1213, 1047])
def test_the_whole_work_runs_again_when_the_commit_itself_is_refused(
    code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a cluster does that finds out only then that another node has changed the same row."""
    commit, refused = database.obj.commit, list[int]()

    def refuse_once() -> None:
        if not refused:
            refused.append(code)
            raise pw.OperationalError(code, "refused by the cluster")
        commit()

    work, tries = failing(0, ValueError())
    monkeypatch.setattr(database.obj, "commit", refuse_once)
    assert in_unit_of_work(work) == 2
    assert [row.key for row in Note.select()] == ["try 1"]
    assert len(tries) == 2


def test_three_tries_are_the_most() -> None:
    work, tries = failing(9, pw.OperationalError(1205, "Lock wait timeout exceeded"))
    with pytest.raises(pw.OperationalError):
        in_unit_of_work(work)
    assert len(tries) == 3
    assert Note.select().count() == 0


def test_a_lasting_fault_is_not_tried_again() -> None:
    work, tries = failing(9, pw.OperationalError("disk full"))
    with pytest.raises(pw.OperationalError):
        in_unit_of_work(work)
    assert len(tries) == 1


# ---------------------------------------------------------------- connections


def test_each_thread_has_a_connection_of_its_own_and_gives_it_back(settings: Settings) -> None:
    seen: list[int] = []

    def work() -> None:
        with connected():
            seen.append(Note.select().count())
        assert database.is_closed()

    threads = [threading.Thread(target=work) for _ in range(40)]  # more than the pool holds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [0] * 40


def test_claims_by_several_threads_never_meet() -> None:
    for number in range(60):
        Note.create(key=str(number), count=0)
    gate = threading.Barrier(4)
    claimed: list[list[int]] = []

    def claim() -> list[int]:
        found = [row.id for row in lock_rows(Note.select().where(Note.count == 0).limit(10))]
        if found:
            Note.update(count=1).where(Note.id.in_(found)).execute()
        return found

    def run() -> None:
        with connected():
            gate.wait()
            while found := in_unit_of_work(claim):
                claimed.append(found)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [one for found in claimed for one in found]
    assert len(ids) == len(set(ids)) == 60


@pytest.mark.sqlite
def test_sqlite_is_durable_strict_about_keys_and_patient(settings: Settings) -> None:
    if not settings.database_url.startswith("sqlite"):
        pytest.skip("about SQLite itself")
    asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    found = [database.execute_sql(f"PRAGMA {pragma}").fetchone()[0] for pragma in asked]
    assert found == ["wal", 2, 1, 10_000]


def test_the_folder_of_an_embedded_database_is_made(tmp_path: Any) -> None:
    opened = bind_database(f"sqlite:///{tmp_path / 'new' / 'folder' / 'zhibu.db'}")
    with connected():
        assert database.get_tables() == []
    opened.close_all()
    assert (tmp_path / "new" / "folder" / "zhibu.db").exists()
