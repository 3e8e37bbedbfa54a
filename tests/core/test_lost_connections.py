"""The connection to MariaDB breaks in the middle of the work, just before COMMIT, and just after it."""

from collections.abc import Iterator

import peewee as pw
import pytest

from backend.core.database import Record, accompanied_by, append_row, connected, database, in_unit_of_work
from backend.core.errors import Unconfirmed
from backend.core.settings import Settings
from tests.lines import Line, line_to

pytestmark = pytest.mark.mariadb


class Leaf(Record):
    """A table for these tests."""

    id = pw.BigAutoField()
    key = pw.CharField(20)


@pytest.fixture
def line(settings: Settings, bound: None) -> Iterator[Line]:
    """A line that can be cut."""
    if not settings.database_url.startswith("mysql"):
        pytest.skip("about MariaDB itself: TEST_DATABASE_URL is not set")
    database.create_tables([Leaf])
    with line_to(settings.database_url) as found:
        yield found
    database.drop_tables([Leaf])


def leaves() -> list[str]:
    """What is in the table."""
    return sorted(row.key for row in Leaf.select())


def write_two() -> int:
    """A row that is waited for, and one that travels with COMMIT."""
    made: int = Leaf.create(key="a").id
    append_row(Leaf, key="b")
    return made


def write_one() -> int:
    """A row that is waited for: COMMIT travels alone."""
    made: int = Leaf.create(key="a").id
    return made


def test_lost_while_at_work_it_is_run_again_as_a_whole(line: Line) -> None:
    line.cut("'a'")
    in_unit_of_work(write_two)
    assert (line.cuts, leaves()) == (1, ["a", "b"])


def test_lost_after_a_statement_was_done_it_is_run_again_and_leaves_one_trace(line: Line) -> None:
    line.cut("'a'", after=True)
    in_unit_of_work(write_two)
    assert (line.cuts, leaves()) == (1, ["a", "b"])


@pytest.mark.parametrize("work", [write_one, write_two])
@pytest.mark.parametrize("after", [False, True])
def test_lost_at_commit_nobody_knows_and_it_is_all_or_nothing(line: Line, after: bool, work: object) -> None:
    assert callable(work)
    line.cut("COMMIT", after=after)
    with pytest.raises(Unconfirmed):
        in_unit_of_work(work)
    assert line.cuts == 1
    whole = ["a"] if work is write_one else ["a", "b"]
    assert leaves() == (whole if after else [])
    in_unit_of_work(work)  # the thread has a good connection again
    assert leaves() == sorted(whole * (2 if after else 1))


def test_a_commit_that_could_not_leave_is_run_again_with_its_companion(line: Line) -> None:
    tries: list[int] = []

    def work() -> None:
        write_one()
        tries.append(1)
        if len(tries) == 1:
            database.connection()._force_close()  # found out only when COMMIT is to be sent

    with accompanied_by(lambda: append_row(Leaf, key="companion")):
        in_unit_of_work(work)
    assert leaves() == ["a", "companion"]
    assert len(tries) == 2


def test_a_connection_that_the_server_killed_at_work_is_replaced_and_the_work_run_again(line: Line) -> None:
    tries: list[int] = []

    def work() -> None:
        write_one()
        tries.append(1)
        if len(tries) == 1:
            database.execute_sql("KILL CONNECTION_ID()")

    in_unit_of_work(work)
    assert (leaves(), len(tries)) == (["a"], 2)


def test_a_server_that_is_gone_for_good_is_said_and_not_waited_for(line: Line) -> None:
    line.close()
    line.cut("'a'")
    with pytest.raises(pw.OperationalError):
        in_unit_of_work(write_one)


def test_nothing_is_left_of_a_work_that_was_given_up(line: Line) -> None:
    line.cut("COMMIT")
    with pytest.raises(Unconfirmed):
        in_unit_of_work(write_one)
    with connected():
        assert not database.in_transaction()
