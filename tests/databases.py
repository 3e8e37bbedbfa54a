"""Databases of a test's own, of the kind in use: empty at first, gone at its end."""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from backend.core.database import bind_database, connected, database

EmptyDatabase = Callable[[], AbstractContextManager[str]]


@pytest.fixture
def empty_database(tmp_path: Path) -> EmptyDatabase:
    """A context manager that binds an empty database, connected, and gives its URL."""
    server = os.environ.get("TEST_DATABASE_URL", "")
    if server.startswith("mysql"):
        return contextmanager(lambda: _on_mysql(server))
    return contextmanager(lambda: _on_sqlite(tmp_path))


def _on_sqlite(folder: Path) -> Iterator[str]:
    yield from _bound(f"sqlite:///{folder / uuid.uuid4().hex}.db")


def _on_mysql(server: str) -> Iterator[str]:
    name = f"zhibu_own_{uuid.uuid4().hex[:8]}"
    _on_server(server, f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    try:
        yield from _bound(urlsplit(server)._replace(path=f"/{name}").geturl())
    finally:
        _on_server(server, f"DROP DATABASE {name}")


def _bound(url: str) -> Iterator[str]:
    bind_database(url)
    with connected():
        yield url
    database.obj.close_all()


def _on_server(url: str, sql: str) -> None:
    bind_database(url)
    with connected():
        database.execute_sql(sql)
    database.obj.close_all()
