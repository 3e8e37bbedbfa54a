"""Whether the migrations lead to the schema that the models describe: tables, columns with types, indexes."""

import tempfile
from pathlib import Path

from playhouse.migrations import Runner
from playhouse.schema_diff import diff_models

from backend.core.database import bind_database, connected, database
from backend.core.migration import MIGRATIONS
from backend.rooms import TABLES

Columns = dict[str, dict[str, str]]


def drift() -> list[str]:
    """The differences, one line each; nothing when all is well. Works on scratch SQLite files."""
    with tempfile.TemporaryDirectory() as folder:
        bind_database(f"sqlite:///{Path(folder) / 'models.db'}")
        with connected():
            database.create_tables(TABLES)
            wanted = column_types()
        database.obj.close_all()
        bind_database(f"sqlite:///{Path(folder) / 'migrated.db'}")
        with connected():
            Runner(database.obj, str(MIGRATIONS)).up()
            found = compare_with_models(wanted)
        database.obj.close_all()
        return found


def compare_with_models(wanted: Columns) -> list[str]:
    """What the bound, migrated database lacks or has too much, against the models and their column types."""
    named = str(diff_models(database.obj, list(TABLES))).splitlines()
    actual = column_types()
    retyped = [
        f"{table}.{column}: {actual[table].get(column)} ≠ {kind}"
        for table, columns in wanted.items()
        for column, kind in columns.items()
        if table in actual and column in actual[table] and actual[table][column] != kind
    ]
    return [*named, *retyped]


def column_types() -> Columns:
    """Every column of every table of ours with its type and whether it may be empty, as the database says."""
    names = {model._meta.table_name for model in TABLES} & set(database.get_tables())
    return {
        name: {
            column.name: f"{column.data_type.upper()}{'' if column.null else ' NOT NULL'}"
            for column in database.get_columns(name)
        }
        for name in sorted(names)
    }
