"""Reference data is remembered until somebody changes it, and only where it holds."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.core import reference
from backend.core.database import bind_database, database, in_unit_of_work, rehearsal
from backend.core.reference import MOST_REMEMBERED, Question, ReferenceVersion, ask, changed
from backend.core.settings import Settings
from backend.service.models import TimerRule

BACKEND = Path(reference.__file__).parents[1]
TABLES = ("ServiceType", "TimerRule", "CalendarDay", "Grid", "GridAddress")
WRITING = re.compile(rf"({'|'.join(TABLES)})\.(create|insert|update|delete|replace|bulk|get_or_create)")
GIVEN = re.compile(rf"(insert_rows?|append_row|change_row|delete_where)\(\s*({'|'.join(TABLES)})\b")
BY_HAND = re.compile(
    r"(INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO) .?(service_type|timer_rule|calendar_day|grid|grid_address)\b"
)
# parts of functions that say so
WITHIN = {"service.py:_draw", "service.py:_list_addresses"}


def minutes(rows: list[list[int]]) -> list[int]:
    """What a question makes of its rows."""
    return sorted(number for (number,) in rows)


MINUTES = "SELECT JSON_ARRAY('rule', r.minutes) FROM timer_rule r WHERE r.stage = ?"
RULES = Question("rule", MINUTES, ("accept",), minutes)


def write(amount: int, *, said: bool = True) -> None:
    """A rule; nobody is told of it unless it is said."""
    TimerRule.create(stage="accept", priority="I", minutes=amount, pace="natural", source="x")
    if said:
        changed()


def token() -> str | None:
    """As a statement of a request reads it."""
    sql = f"SELECT {reference.TOKEN} FROM (SELECT 1 AS one) w {reference.FROM_TOKEN}"
    found: str | None = database.execute_sql(sql).fetchone()[0]
    return found


@pytest.fixture
def told(bound: None) -> None:
    """A database with one rule that was announced."""
    in_unit_of_work(lambda: write(30))


@pytest.mark.usefixtures("told")
def test_what_is_known_is_not_asked_again() -> None:
    assert ask(token(), RULES) == [[30]]
    write(40, said=False)
    assert ask(token(), RULES) == [[30]]


@pytest.mark.usefixtures("told")
def test_what_was_changed_is_seen_at_once() -> None:
    assert ask(token(), RULES) == [[30]]
    in_unit_of_work(lambda: write(40))
    assert ask(token(), RULES) == [[30, 40]]


@pytest.mark.usefixtures("told")
def test_who_knows_of_no_token_asks() -> None:
    assert ask(token(), RULES) == [[30]]
    write(40, said=False)
    assert ask(None, RULES) == [[30, 40]]


@pytest.mark.usefixtures("told")
def test_nothing_is_kept_where_there_is_no_token() -> None:
    ReferenceVersion.delete().execute()
    assert ask(token(), RULES) == [[30]]
    write(40, said=False)
    assert ask(token(), RULES) == [[30, 40]]


@pytest.mark.usefixtures("told")
def test_rows_are_kept_under_the_token_that_they_were_read_with() -> None:
    early = token()
    in_unit_of_work(lambda: write(40))
    assert ask(early, RULES) == [[30, 40]]  # asked, since nothing is known of the early one
    write(50, said=False)
    assert ask(token(), RULES) == [[30, 40]]
    assert ask(early, RULES) == [[30, 40, 50]]


@pytest.mark.usefixtures("told")
def test_what_was_undone_is_forgotten_with_its_token() -> None:
    before = token()
    with rehearsal():
        in_unit_of_work(lambda: write(40))
        assert ask(token(), RULES) == [[30, 40]]
    assert token() == before
    assert ask(before, RULES) == [[30]]


@pytest.mark.usefixtures("told")
def test_another_database_never_sees_it(settings: Settings) -> None:
    known = token()
    assert ask(known, RULES) == [[30]]
    database.obj.close_all()
    bind_database(settings.database_url)
    database.connect()
    write(40, said=False)
    assert ask(known, RULES) == [[30, 40]]


@pytest.mark.usefixtures("told")
def test_memory_is_bounded() -> None:
    known = token()
    for number in range(MOST_REMEMBERED + 1):
        reference._remembered.keep(str(known), [(RULES._replace(values=(str(number),)), [number])])
    assert len(reference._remembered._memory.answers) == 1


@pytest.mark.usefixtures("bound")
def test_it_is_said_in_the_unit_of_work_that_writes() -> None:
    with pytest.raises(RuntimeError):
        changed()


def writers() -> Iterator[tuple[str, str]]:
    """Each function of the backend that writes reference rows: where, and its text."""
    for file in BACKEND.rglob("*.py"):
        text = file.read_text()
        assert not BY_HAND.search(text), file
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                body = ast.get_source_segment(text, node) or ""
                if WRITING.search(body) or GIVEN.search(body):
                    yield f"{file.name}:{node.name}", body


def test_whoever_writes_reference_rows_says_so() -> None:
    found = dict(writers())
    assert len(found) > 6
    silent = {name for name, body in found.items() if "reference.changed()" not in body}
    assert silent == WITHIN
