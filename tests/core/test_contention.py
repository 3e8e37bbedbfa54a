"""Locks and deadlocks that really happen, between threads on the database in use."""

import threading
from collections.abc import Callable, Iterator

import peewee as pw
import pytest

from backend.core.database import Record, bind_database, connected, database, in_unit_of_work
from backend.core.settings import Settings


class Purse(Record):
    """Money that is moved about."""

    id = pw.BigAutoField()
    money = pw.IntegerField()


@pytest.fixture
def purses(bound: None) -> Iterator[tuple[int, int]]:
    """Two purses with 100 each."""
    database.create_tables([Purse])
    yield Purse.create(money=100).id, Purse.create(money=100).id
    database.drop_tables([Purse])


def in_threads(*works: Callable[[], None]) -> list[BaseException]:
    """Run each in a thread with a connection of its own; gives what they raised."""
    raised: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            with connected():
                work()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def add(purse: int, amount: int) -> None:
    """Change what lies in a purse."""
    Purse.update(money=Purse.money + amount).where(Purse.id == purse).execute()


@pytest.mark.mariadb
def test_a_deadlock_is_run_again_as_a_whole(settings: Settings, purses: tuple[int, int]) -> None:
    if not settings.database_url.startswith("mysql"):
        pytest.skip("SQLite has one writer: nothing can lock crosswise")
    both_hold_one = threading.Barrier(2)
    tries: list[int] = []

    def mover(source: int, target: int) -> Callable[[], None]:
        first = True

        def work() -> None:
            nonlocal first
            tries.append(source)
            add(source, -10)
            if first:
                first = False
                both_hold_one.wait()
            add(target, 10)

        return lambda: in_unit_of_work(work)

    one, other = purses
    assert in_threads(mover(one, other), mover(other, one)) == []
    assert len(tries) == 3  # the loser of the deadlock once more, from its beginning
    assert [row.money for row in Purse.select()] == [100, 100]


@pytest.mark.sqlite
def test_a_locked_database_is_tried_again(settings: Settings, purses: tuple[int, int]) -> None:
    """A writer that holds the lock longer than others are patient: they come again and get through."""
    if not settings.database_url.startswith("sqlite"):
        pytest.skip("about SQLite's one lock")
    locked, tried_in_vain = threading.Event(), threading.Event()
    begun: list[str] = []

    def hold() -> None:
        def work() -> None:
            add(purses[0], 1)
            locked.set()
            tried_in_vain.wait(20)

        in_unit_of_work(work)

    def listen(sql: str) -> None:
        if sql.startswith("BEGIN"):
            begun.append(sql)
        if len(begun) == 2:
            tried_in_vain.set()

    def come_again() -> None:
        locked.wait(20)
        database.execute_sql("PRAGMA busy_timeout = 300")
        database.connection().set_trace_callback(listen)
        in_unit_of_work(lambda: add(purses[0], 1))

    assert in_threads(hold, come_again) == []
    assert begun[:2] == ["BEGIN IMMEDIATE"] * 2
    assert Purse.get_by_id(purses[0]).money == 102


def test_a_lock_that_is_held_too_long_ends_as_an_error_and_changes_nothing(
    settings: Settings, purses: tuple[int, int]
) -> None:
    locked, given_up = threading.Event(), threading.Event()
    tries: list[int] = []

    def hold() -> None:
        def work() -> None:
            add(purses[0], 1)
            locked.set()
            given_up.wait(20)

        in_unit_of_work(work)

    def try_in_vain() -> None:
        def work() -> None:
            tries.append(1)
            add(purses[0], 1)

        locked.wait(20)
        mysql = settings.database_url.startswith("mysql")
        database.execute_sql("SET SESSION innodb_lock_wait_timeout = 0" if mysql else "PRAGMA busy_timeout = 20")
        try:
            in_unit_of_work(work)
        finally:
            given_up.set()

    (error,) = in_threads(hold, try_in_vain)
    assert isinstance(error, pw.OperationalError)
    assert len(tries) == (3 if settings.database_url.startswith("mysql") else 0)
    assert Purse.get_by_id(purses[0]).money == 101


def test_many_threads_at_one_row_lose_nothing(purses: tuple[int, int]) -> None:
    def pay() -> None:
        for _ in range(10):
            in_unit_of_work(lambda: add(purses[0], 1))

    assert in_threads(*[pay] * 8) == []
    assert Purse.get_by_id(purses[0]).money == 180


def test_readers_see_nothing_of_a_work_that_is_not_finished(purses: tuple[int, int]) -> None:
    half_done, read = threading.Event(), threading.Event()
    seen: list[int] = []

    def write() -> None:
        def work() -> None:
            add(purses[0], 50)
            half_done.set()
            read.wait(20)
            add(purses[1], -50)

        in_unit_of_work(work)

    def look() -> None:
        half_done.wait(20)
        seen.extend(row.money for row in Purse.select())
        read.set()

    assert in_threads(write, look) == []
    assert seen == [100, 100]
    assert [row.money for row in Purse.select()] == [150, 50]


def test_the_bound_database_can_be_changed(settings: Settings, purses: tuple[int, int]) -> None:
    before = database.obj
    bind_database(settings.database_url)
    assert database.obj is not before
    before.close_all()
    with connected():
        assert Purse.select().count() == 2
