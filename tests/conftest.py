"""Fixtures shared by all rooms: real databases, a clock that is told the time, the cast, an API client."""

import contextlib
import gc
import logging
import os
import shutil
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.app import furnish, lay_out
from backend.core.database import bind_database, connected, database
from backend.core.migration import migrate
from backend.core.settings import Settings, load_settings
from tests.cast import STAGE, Person, World
from tests.chromium import browser

__all__ = ["browser"]

SHANGHAI = ZoneInfo("Asia/Shanghai")
PATIENCE_S = 10.0
SHARED = {"browser", "product"}  # fixtures that take seconds to start
MONDAY_MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)
AES_KEY = "ZhibuDemoAesKeyForTheLocalEmulatorOnly00001"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Look for garbage only among what tests make: modules stay, and going over them again and again costs a fifth."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest goes first. Tests of a file that share a browser or a product stay in one process: each would
    start its own. Rooms stay together, lest a product run on while others are tested."""

    def place(item: pytest.Item) -> tuple[int, str]:
        if SHARED & set(getattr(item, "fixturenames", ())):
            return 0, str(item.path.parent)
        return (1 if item.get_closest_marker("slow") else 2), ""

    items.sort(key=place)
    for item in items:
        if place(item)[0] == 0:
            item.add_marker(pytest.mark.xdist_group(f"{item.path.parent.name}.{item.path.stem}"))


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may reach anything but this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in {
            "127.0.0.1",
            "::1",
            "localhost",
        }:
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


class FakeClock:
    """A clock that shows what it was told."""

    def __init__(self) -> None:
        self.at = MONDAY_MORNING.astimezone(UTC)

    def __call__(self) -> datetime:
        return self.at

    def set(self, at: datetime) -> None:
        """Show this instant."""
        self.at = at.astimezone(UTC)

    def advance(self, **delta: float) -> None:
        """Go on by a timedelta given in words: `advance(minutes=5)`."""
        self.at += timedelta(**delta)


@pytest.fixture
def clock() -> FakeClock:
    """Monday, 23 November 2026, 09:00 in Shanghai."""
    return FakeClock()


def make_settings(database_url: str, folder: Path, **changed: str) -> Settings:
    """Settings of a test: everything present, nothing in demo mode."""
    environ = {
        "DATABASE_URL": database_url,
        "SECRET_KEY": "a-test-key-of-more-than-32-characters!",
        "FIELD_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "MEDIA_ROOT": str(folder / "media"),
        "PUBLIC_URL": "https://zhibu.example",
        "WECHAT_API_URL": "http://127.0.0.1:9/wx",
        "WECOM_API_URL": "http://127.0.0.1:9/qy",
        **{f"{app}_APPID": f"wx0d0e0a0b0000000{n}" for n, app in ((1, "MINIPROGRAM"), (2, "OFFICIAL"))},
        **{f"{app}_SECRET": "s" * 32 for app in ("MINIPROGRAM", "OFFICIAL")},
        **{f"{app}_TOKEN": "callbackToken" for app in ("MINIPROGRAM", "OFFICIAL")},
        **{f"{app}_AES_KEY": AES_KEY for app in ("MINIPROGRAM", "OFFICIAL")},
        **changed,
    }
    return load_settings(environ)


class SqliteTemplate:
    """A migrated file, copied for every test."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "template.db"
        bind_database(f"sqlite:///{self._file}")
        with connected():
            migrate()
            database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        database.obj.close_all()

    def fresh(self, folder: Path) -> str:
        """The URL of a new copy."""
        shutil.copy(self._file, folder / "zhibu.db")
        return f"sqlite:///{folder / 'zhibu.db'}"

    def drop(self) -> None:
        """Nothing to do: the folder goes with the test."""


class MySQLTemplate:
    """One database per test process, emptied before every test; dropped at the end."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        name = f"zhibu_test_{uuid.uuid4().hex[:10]}"
        bind_database(url)
        with connected():
            database.execute_sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
        database.obj.close_all()
        self._name = name
        self._url = parts._replace(path=f"/{name}").geturl()
        bind_database(self._url)
        with connected():
            migrate()
            # ids of as many digits all along: a tree is in the order of its paths, which are texts
            database.execute_sql("ALTER TABLE organization AUTO_INCREMENT = 1001")
            self._tables = [table for table in database.get_tables() if table != "schema_migration"]
            self._emptying = self._to_empty()
        database.obj.close_all()

    def fresh(self, _folder: Path) -> str:
        """The URL of the same database, emptied of what the test before wrote."""
        bind_database(self._url)
        with connected(), database.connection().cursor() as cursor:
            cursor.execute(self._emptying)
            while cursor.nextset():
                pass
        database.obj.close_all()
        return self._url

    def _to_empty(self) -> str:
        """All tables in one transaction and one trip. DELETE of a few rows is far quicker than TRUNCATE."""
        steps = ["SET FOREIGN_KEY_CHECKS = 0", "BEGIN"]
        for table in self._tables:
            steps.append(f"DELETE FROM `{table}`")
            for row in database.execute_sql(f"SELECT * FROM `{table}`").fetchall():
                steps.append(f"INSERT INTO `{table}` VALUES ({', '.join(map(database.connection().escape, row))})")
        return "; ".join([*steps, "COMMIT", "SET FOREIGN_KEY_CHECKS = 1"])

    def drop(self) -> None:
        """Leave nothing behind."""
        bind_database(self._url)
        with connected():
            database.execute_sql(f"DROP DATABASE {self._name}")
        database.obj.close_all()


Template = SqliteTemplate | MySQLTemplate


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """A migrated database to start every test from."""
    url = os.environ.get("TEST_DATABASE_URL", "")
    made = MySQLTemplate(url) if url.startswith("mysql") else SqliteTemplate(tmp_path_factory.mktemp("template"))
    yield made
    made.drop()


@pytest.fixture
def settings(template: Template, tmp_path: Path) -> Settings:
    """Settings that point to a fresh database."""
    return make_settings(template.fresh(tmp_path), tmp_path)


@pytest.fixture(scope="session")
def laid_out() -> Flask:
    """What is the same for every test, since laying it out takes longer than most of them."""
    made = lay_out()
    made.testing = True
    return made


@pytest.fixture
def app(laid_out: Flask, settings: Settings, clock: FakeClock) -> Iterator[Flask]:
    """The application on a fresh database."""
    furnish(laid_out, settings, clock)
    yield laid_out
    close_when_idle()


def close_when_idle() -> None:
    """Close the database once nobody uses it: a connection closed under a thread's hands takes the process along."""
    if not database.is_closed():
        database.close()
    deadline = time.monotonic() + PATIENCE_S
    while database.obj._in_use and time.monotonic() < deadline:
        time.sleep(0.01)
    database.obj.close_all()


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    """The cast; the test itself runs with a connection open."""
    with connected():
        yield STAGE.lay_down()


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    body: dict[str, Any]
    headers: Any

    @property
    def code(self) -> str:
        """The stable code of the envelope."""
        return str(self.body["code"])

    @property
    def message(self) -> str:
        """The Chinese sentence of the envelope."""
        return str(self.body["message"])

    @property
    def data(self) -> Any:
        """The data of the envelope."""
        return self.body["data"]


class Api:
    """Calls the API as one person, through Flask's test client."""

    def __init__(self, client: FlaskClient, token: str | None) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **query: Any) -> Answer:
        """GET under /api/v1."""
        return self._call("GET", path, query_string=query)

    def post(self, path: str, json: Any = None, *, key: str | None = None, **more: Any) -> Answer:
        """POST under /api/v1, with an Idempotency-Key if given."""
        headers = {"Idempotency-Key": key} if key else {}
        return self._call("POST", path, json={} if json is None else json, headers=headers, **more)

    def patch(self, path: str, json: Any) -> Answer:
        """PATCH under /api/v1."""
        return self._call("PATCH", path, json=json)

    def put(self, path: str, json: Any) -> Answer:
        """PUT under /api/v1."""
        return self._call("PUT", path, json=json)

    def delete(self, path: str) -> Answer:
        """DELETE under /api/v1."""
        return self._call("DELETE", path)

    def _call(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> Answer:
        in_use = not database.is_closed()
        answer = self._client.open(
            "/api/v1" + path, method=method, headers={**self._headers, **(headers or {})}, **more
        )
        if in_use:  # the request has closed the connection of this thread, which the test goes on to use
            database.connect(reuse_if_open=True)
        return Answer(answer.status_code, answer.get_json(), answer.headers)


@pytest.fixture
def api(app: Flask) -> Callable[[Person | None], Api]:
    """An API client for a person of the cast; None is somebody without a token."""
    return lambda person: Api(app.test_client(), person.token if person else None)


class _Statements(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.sql: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a statement that peewee ran."""
        # statements come as (sql, values); the pool's own chatter is plain text
        text = record.msg[0] if isinstance(record.msg, tuple) else ""
        if text and not text.startswith(("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")):
            self.sql.append(text)


@pytest.fixture
def statements() -> Callable[[], contextlib.AbstractContextManager[list[str]]]:
    """Lists the SQL statements that run inside its block, without BEGIN and COMMIT."""

    @contextlib.contextmanager
    def listening() -> Iterator[list[str]]:
        logger = logging.getLogger("peewee")
        handler, level = _Statements(), logger.level
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
        try:
            yield handler.sql
        finally:
            logger.removeHandler(handler)
            logger.setLevel(level)

    return listening
