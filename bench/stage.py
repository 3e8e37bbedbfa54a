"""The stage of a bench: a scratch database with one large branch, and the servers that are measured."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from backend.core.crypto import digest, keyring, new_public_id
from backend.core.database import bind_database, connected, database, rows_of
from backend.core.settings import load_settings
from backend.installation import install
from backend.people.models import (
    AccessToken,
    Account,
    Member,
    Membership,
    Organization,
    OrganizationPost,
)

ROOT = Path(__file__).resolve().parents[1]
WORKERS, THREADS = 2, 4
SINCE = date(2026, 1, 1)
INSERT_CHUNK = 400
FLOOR_TABLES = (
    "CREATE TABLE floor_check_in (id {auto}, activity_id BIGINT NOT NULL, member_id BIGINT NOT NULL,"
    " nonce VARCHAR(64) NOT NULL, occurred_at VARCHAR(40) NOT NULL, UNIQUE (activity_id, member_id))",
    "CREATE TABLE floor_order (id {auto}, requester_id BIGINT NOT NULL, title VARCHAR(60) NOT NULL,"
    " description TEXT NOT NULL, place VARCHAR(120) NOT NULL, state VARCHAR(16) NOT NULL)",
)


@dataclass(frozen=True)
class Stage:
    """A filled database: its organisation, its secretary's token and its members' tokens."""

    organization: Organization
    secretary: str
    tokens: list[str]


def environment(folder: Path, database_url: str) -> dict[str, str]:
    """Settings for the servers: a production set-up on a scratch database."""
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        "SECRET_KEY": "a-key-for-measurements-only-0123456789",
        "FIELD_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "MEDIA_ROOT": str(folder / "media"),
        "PUBLIC_URL": "https://zhibu.example",
        "MINIPROGRAM_APPID": "wx0d0e0a0b00000001",
        "MINIPROGRAM_SECRET": "s" * 32,
        "MINIPROGRAM_TOKEN": "t" * 16,
    }


@contextmanager
def scratch(kind: str) -> Iterator[tuple[dict[str, str], Path]]:
    """An empty migrated database of a kind (sqlite, mariadb) and its environment; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="zhibu-bench-"))
    url = f"sqlite:///{folder / 'bench.db'}" if kind == "sqlite" else _create_mariadb()
    environ = environment(folder, url)
    try:
        bind_database(url)
        keyring.initialize(load_settings(environ))
        with connected():
            install()
            auto = "INTEGER PRIMARY KEY" if kind == "sqlite" else "BIGINT PRIMARY KEY AUTO_INCREMENT"
            for table in FLOOR_TABLES:
                database.execute_sql(table.format(auto=auto))
            yield environ, folder
    finally:
        database.obj.close_all()
        if kind != "sqlite":
            _drop_mariadb(url)
        shutil.rmtree(folder)


def _create_mariadb() -> str:
    url = os.environ.get("TEST_DATABASE_URL", "mysql://root@127.0.0.1:3306/test")
    name = f"zhibu_bench_{uuid.uuid4().hex[:8]}"
    bind_database(url)
    with connected():
        database.execute_sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    database.obj.close_all()
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def _drop_mariadb(url: str) -> None:
    bind_database(url)
    with connected():
        database.execute_sql(f"DROP DATABASE {urlsplit(url).path[1:]}")
    database.obj.close_all()


def fill(members: int) -> Stage:
    """One branch with that many members, each with an account and a token, and a secretary."""
    now = datetime.now(UTC)
    branch = Organization.create(code="B", name="百人支部", kind="branch", path="x", created_at=now)
    Organization.update(path=f"{branch.id}.").execute()
    branch.path = f"{branch.id}."
    names = [f"成员{number}" for number in range(members + 1)]
    many(Account, ({"public_id": new_public_id(), "display_name": name, "organization": branch.id} for name in names))
    accounts = [row[0] for row in rows_of(Account.select(Account.id).order_by(Account.id))]
    tokens = [f"bench-token-{number}" for number in range(members + 1)]
    ends = {"channel": "miniprogram", "expires_at": now + timedelta(days=1), "last_seen_at": now}
    many(AccessToken, ({"digest": digest(t), "account": a, **ends} for t, a in zip(tokens, accounts, strict=True)))
    roster = {"status": "full", "organization": branch.id}
    many(Member, ({"public_id": new_public_id(), "name": "某", "account": a, **roster} for a in accounts))
    ids = [row[0] for row in rows_of(Member.select(Member.id).order_by(Member.id))]
    home = {"organization": branch.id, "kind": "home", "since_on": SINCE}
    many(Membership, ({"member": one, **home} for one in ids), dated=False)
    OrganizationPost.create(
        public_id=new_public_id(), organization=branch, account=accounts[0], role="secretary", starts_on=SINCE
    )
    return Stage(branch, tokens[0], tokens[1:])


def many(table: Any, rows: Any, *, dated: bool = True) -> None:
    """Insert rows in chunks, with `created_at` where the table has it."""
    stamp = {"created_at": datetime.now(UTC)} if dated else {}
    filled = [{**row, **stamp} for row in rows]
    for start in range(0, len(filled), INSERT_CHUNK):
        with database.atomic():
            table.insert_many(filled[start : start + INSERT_CHUNK]).execute()


@dataclass
class Server:
    """A running granian with its port and process."""

    port: int
    process: subprocess.Popen[bytes]

    def worker_memory_mb(self) -> list[float]:
        """Proportional set size of each worker, in MB."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [_pss_mb(int(child)) for child in children]


def _pss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


@contextmanager
def served(target: str, environ: dict[str, str]) -> Iterator[Server]:
    """A WSGI application behind granian, with the same workers and threads for all."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--no-log"]
    command += ["--workers", str(WORKERS), "--blocking-threads", str(THREADS), target]
    process = subprocess.Popen(command, cwd=ROOT, env=environ)
    try:
        _await_port(port)
        yield Server(port, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_port(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            time.sleep(1.0)  # all workers, not only the first
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def call(server: Server, token: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """One ordinary POST, outside of the measurement."""
    answer = requests.post(
        f"http://127.0.0.1:{server.port}{path}",
        json=body,
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found
