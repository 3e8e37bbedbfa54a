"""An empty database of the kind in use."""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from backend.core.database import bind_database, connected, database


@pytest.fixture
def empty_database(tmp_path: Path) -> Callable[[], Iterator[None]]:
    """A context manager that binds an empty database, connected, and removes it at its end."""
    url = os.environ.get("TEST_DATABASE_URL", "")
    return contextmanager(lambda: _on_mysql(url) if url.startswith("mysql") else _on_sqlite(tmp_path))  # type: ignore[return-value]


def _on_sqlite(folder: Path) -> Iterator[None]:
    bind_database(f"sqlite:///{folder / uuid.uuid4().hex}.db")
    with connected():
        yield
    database.obj.close_all()


def _on_mysql(url: str) -> Iterator[None]:
    name = f"zhibu_migrated_{uuid.uuid4().hex[:8]}"
    _on_server(url, f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    try:
        bind_database(urlsplit(url)._replace(path=f"/{name}").geturl())
        with connected():
            yield
        database.obj.close_all()
    finally:
        _on_server(url, f"DROP DATABASE {name}")


def _on_server(url: str, sql: str) -> None:
    bind_database(url)
    with connected():
        database.execute_sql(sql)
    database.obj.close_all()
