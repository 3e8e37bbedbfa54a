"""The product as `make run` starts it, on free ports and in an empty folder."""

import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pymysql
import pytest
import requests

from tests.conftest import SHANGHAI
from tests.e2e.walk import Client, Emulator, until

ROOT = Path(__file__).resolve().parents[2]
END_WITHIN_S = 20


@dataclass
class Product:
    """The running product: web, bot and emulator."""

    web: str
    emulator: Emulator
    environ: dict[str, str]

    def person(self, user: str) -> Client:
        """Somebody of the demo, logged in."""
        return Client(self.web).log_in(self.emulator, user)

    def bot(self, *arguments: str) -> str:
        """The output of a command of the bot, against the same database."""
        done = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product for each file of walks."""
    with running_product(tmp_path_factory.mktemp("run")) as running:
        yield running


@contextmanager
def running_product(folder: Path) -> Iterator[Product]:
    """Everything started by the one command, ended by Ctrl-C."""
    web_port, emulator_port = _free_port(), _free_port()
    environ = {
        **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        "VAR": str(folder),
        "PORT": str(web_port),
        "EMULATOR_PORT": str(emulator_port),
        "HOST": "127.0.0.1",
    }
    database = _scratch_database()
    if database:
        environ["DATABASE_URL"] = database
    log = (folder / "run.log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "backend", "demo", "run"],
        cwd=ROOT,
        env=environ,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    running = Product(f"http://127.0.0.1:{web_port}", Emulator(f"http://127.0.0.1:{emulator_port}"), environ)
    try:
        until(lambda: process.poll() is not None or _answers(running), "the product answers")
        assert process.poll() is None, (folder / "run.log").read_text()
        _make_it_day(running.emulator)
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(END_WITHIN_S)
        log.close()
        _drop(database)
    text = (folder / "run.log").read_text()
    assert code == 0, text
    assert "Traceback" not in text, text


def _make_it_day(emulator: Emulator) -> None:
    """By night nobody is told anything: these walks take place from nine in the morning."""
    now = datetime.fromisoformat(emulator.clock()["now"]).astimezone(SHANGHAI)
    if not time(8) <= now.time() < time(17):
        morning = datetime.combine(now.date() + timedelta(days=now.hour >= 8), time(9), SHANGHAI)
        emulator.advance((morning - now).total_seconds())


def _answers(running: Product) -> bool:
    try:
        ready = requests.get(f"{running.web}/readyz", timeout=2).status_code == 200
        return ready and requests.get(f"{running.emulator.url}/healthz", timeout=2).status_code == 200
    except requests.RequestException:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _scratch_database() -> str | None:
    url = os.environ.get("TEST_DATABASE_URL", "")
    if not url.startswith("mysql"):
        return None
    name = f"zhibu_e2e_{uuid.uuid4().hex[:8]}"
    _run_sql(url, f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def _drop(url: str | None) -> None:
    if url:
        _run_sql(url, f"DROP DATABASE {urlsplit(url).path[1:]}")


def _run_sql(url: str, sql: str) -> None:
    parts = urlsplit(url)
    connection = pymysql.connect(
        host=parts.hostname, port=parts.port or 3306, user=parts.username, password=parts.password or ""
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(sql)
