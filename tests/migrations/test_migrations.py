"""Migrations: they lead to the models and back, step by step, with data in the tables."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import peewee as pw
import pytest
from playhouse.migrations import Runner

from backend.core import migration
from backend.core.crypto import keyring
from backend.core.database import database, in_unit_of_work
from backend.core.migration import MIGRATIONS
from backend.demo.branch import load_branch
from backend.messaging.outbox import enqueue
from backend.people.models import Account
from backend.rooms import TABLES
from backend.schema_drift import column_types, compare_with_models, drift
from tests.conftest import make_settings
from tests.databases import EmptyDatabase

HISTORY = "schema_migration"
Schema = dict[str, tuple[list[Any], list[Any], list[Any]]]


def schema() -> Schema:
    """Everything that the database says of its tables, but for the migrations' own."""
    return {
        table: (
            sorted((one.name, one.data_type.upper(), one.null, one.primary_key) for one in database.get_columns(table)),
            sorted((tuple(one.columns), one.unique) for one in database.get_indexes(table)),
            sorted((one.column, one.dest_table, one.dest_column) for one in database.get_foreign_keys(table)),
        )
        for table in database.get_tables()
        if table != HISTORY
    }


def definitions() -> dict[str, str]:
    """How each table and index is defined, in the database's own words: quick enough to be asked at every step."""
    if isinstance(database.obj, pw.MySQLDatabase):
        texts = {
            name: database.execute_sql(f"SHOW CREATE TABLE `{name}`").fetchone()[1] for name in database.get_tables()
        }
        found = {name: _in_order(re.sub(r" AUTO_INCREMENT=\d+", "", text)) for name, text in texts.items()}
    else:
        found = dict(database.execute_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall())
    return {name: text for name, text in found.items() if HISTORY not in name and name != "sqlite_sequence"}


def _in_order(text: str) -> str:
    """The same definition with its indexes sorted: which of them was made first makes no difference."""
    lines = [line.rstrip(",") for line in text.splitlines()]
    keys = iter(sorted(line for line in lines if line.startswith("  KEY ")))
    return "\n".join(next(keys) if line.startswith("  KEY ") else line for line in lines)


def runner() -> Any:
    """The runner that the product uses, to go up one step at a time."""
    return Runner(database.obj, str(MIGRATIONS))  # type: ignore[no-untyped-call]


def fill(folder: Path) -> None:
    """The demo branch and one event."""
    settings = make_settings("sqlite:///unused.db", folder)
    keyring.initialize(settings)
    now = datetime(2026, 11, 23, tzinfo=UTC)
    load_branch(settings, now=now)
    in_unit_of_work(lambda: enqueue("order.submitted", {"标题": "灯"}, key="k", organization_id=None, now=now))


def nameless(found: list[str]) -> set[str]:
    """Differences without the names of indexes that MySQL made: they follow how a foreign key came about."""
    return {re.sub(r"^drop index (\w+)\.\w+ ", r"drop index \1 ", line) for line in found}


def test_the_schema_is_that_of_the_models(empty_database: EmptyDatabase) -> None:
    with empty_database():
        database.create_tables(TABLES)
        wanted, modelled = column_types(), schema()
        implied = nameless(compare_with_models(wanted))  # MySQL gives each foreign key an index of its own
    with empty_database():
        migration.migrate()
        assert nameless(compare_with_models(wanted)) == implied
        assert schema() == modelled


@pytest.mark.sqlite
def test_the_check_of_the_command_line_agrees() -> None:
    assert drift() == []


def test_every_step_goes_back_to_where_it_came_from_with_data_in_the_tables(
    empty_database: EmptyDatabase, tmp_path: Path
) -> None:
    with empty_database():
        stages = [definitions()]
        steps = [step.name for step in runner().status()]
        for step in steps:
            assert runner().up(step) == [step]
            stages.append(definitions())
        assert stages[0] == {}
        fill(tmp_path)
        for step in reversed(steps):
            assert stages.pop() == definitions()
            assert migration.roll_back() == [step]
        assert definitions() == stages.pop() == {}
        assert migration.migrate() == steps
        fill(tmp_path)
        assert Account.select().count() > 0


def test_the_last_step_back_and_forth_leaves_other_tables_alone(empty_database: EmptyDatabase, tmp_path: Path) -> None:
    with empty_database():
        migration.migrate()
        fill(tmp_path)
        kept = Account.select().count()
        migration.roll_back()
        assert Account.select().count() == kept
        migration.migrate()
        assert Account.select().count() == kept


def test_what_is_pending_is_named_until_it_is_applied(empty_database: EmptyDatabase) -> None:
    with empty_database():
        steps = [step.name for step in runner().status()]
        assert migration.pending() == steps
        assert database.get_tables() == []  # asking changes nothing
        assert migration.migrate() == steps
        assert migration.pending() == []
        assert migration.migrate() == []
        migration.roll_back()
        assert migration.pending() == steps[-1:]


def test_back_to_a_named_step_is_back_through_it(empty_database: EmptyDatabase) -> None:
    with empty_database():
        steps = migration.migrate()
        assert migration.roll_back(steps[1]) == steps[:0:-1]
        assert migration.pending() == steps[1:]


def test_texts_are_compared_byte_by_byte(empty_database: EmptyDatabase) -> None:
    """Paths and cursors rely on it: a subtree is the range from '1.' to '1/'."""
    with empty_database():
        migration.migrate()
        rows = database.execute_sql("SELECT x FROM (SELECT 'a' x UNION SELECT 'B' UNION SELECT 'b.') t ORDER BY x")
        if "MySQL" in type(database.obj).__name__:
            collations = database.execute_sql(
                "SELECT DISTINCT collation_name FROM information_schema.columns"
                " WHERE table_schema = DATABASE() AND collation_name IS NOT NULL"
            )
            assert [name for (name,) in collations.fetchall()] == ["utf8mb4_bin"]
        else:
            assert [x for (x,) in rows.fetchall()] == ["B", "a", "b."]
