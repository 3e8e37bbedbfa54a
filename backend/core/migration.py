"""Migrations: numbered files in `migrations/`, applied in order, and the question whether any is missing."""

from pathlib import Path
from typing import Any

import peewee as pw
from playhouse.migrations import Runner

from backend.core.database import database

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def migrate() -> list[str]:
    """Apply what is pending; returns the names of the migrations applied."""
    _prefer_binary_order()
    applied: list[str] = _runner().up()
    return applied


def pending() -> list[str]:
    """Names of migrations that the database has not seen."""
    return [step.name for step in _runner().status() if not step.applied]


def roll_back(target: str | None = None) -> list[str]:
    """Revert the last migration, or all back through `target`."""
    reverted: list[str] = _runner().down(target)
    return reverted


def _runner() -> Any:
    return Runner(database.obj, str(MIGRATIONS))


def _prefer_binary_order() -> None:
    """Paths and cursors are compared byte by byte; other collations would order '.' and '/' differently."""
    if isinstance(database.obj, pw.MySQLDatabase):
        name = database.obj.database
        database.execute_sql(f"ALTER DATABASE `{name}` DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
