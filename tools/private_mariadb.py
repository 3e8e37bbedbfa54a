"""A MariaDB of one's own: in a temporary folder, on a free port, gone with the block that asked for it."""

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pymysql

DATABASE = "zhibu_test"
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 20


def find_server() -> str | None:
    """Path of `mariadbd`; Debian keeps it where only root looks."""
    return shutil.which("mariadbd", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))


@contextmanager
def private_mariadb() -> Iterator[str]:
    """URL of an empty database on a throw-away server, which never waits for the disk: nothing is kept."""
    with tempfile.TemporaryDirectory(prefix="zhibu-mariadb-") as folder:
        port = _free_port()
        _lay_out(Path(folder))
        server = _start(Path(folder), port)
        try:
            _create_database(server, port)
            yield f"mysql://root@127.0.0.1:{port}/{DATABASE}"
        finally:
            _stop(server)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _lay_out(folder: Path) -> None:
    command = [
        "mariadb-install-db",
        "--no-defaults",
        f"--datadir={folder}/data",
        f"--user={getpass.getuser()}",
    ]
    options = ["--auth-root-authentication-method=normal", "--skip-test-db"]
    done = subprocess.run([*command, *options], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"mariadb-install-db failed:\n{done.stdout}{done.stderr}")


def _start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    places = {"datadir": f"{folder}/data", "socket": f"{folder}/socket", "pid-file": f"{folder}/pid"}
    options = {
        **places,
        "log-error": f"{folder}/log",
        "user": getpass.getuser(),
        "bind-address": "127.0.0.1",
        "port": str(port),
        "innodb-flush-log-at-trx-commit": "0",
        "innodb-buffer-pool-size": "128M",
    }
    named = [f"--{name}={value}" for name, value in options.items()]
    command = [str(find_server()), "--no-defaults", "--skip-name-resolve", *named]
    # a session of its own: Ctrl-C ends the tests, and they end the server
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def _create_database(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            connection = pymysql.connect(host="127.0.0.1", port=port, user="root", ssl_disabled=True)
        except pymysql.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the private MariaDB did not start") from None
            time.sleep(0.1)
        else:
            break
    with connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4")


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
