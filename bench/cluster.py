"""Two MariaDB nodes with Galera on this machine, for as long as a block lasts; needs the package galera-4 and rsync."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import pymysql

from bench.stage import free_port

PROVIDERS = ("/usr/lib/galera/libgalera_smm.so", "/usr/lib64/galera-4/libgalera_smm.so")
LONGEST_START_S = 60
OPTIONS = (
    "--binlog-format=ROW",
    "--innodb-autoinc-lock-mode=2",
    "--innodb-buffer-pool-size=128M",
    "--innodb-flush-log-at-trx-commit=0",  # a node that falls fetches what it lacks from the other
    "--skip-name-resolve",
    "--bind-address=127.0.0.1",
    "--wsrep-on=ON",
    "--wsrep-cluster-name=bench",
    "--wsrep-sst-method=rsync",
    "--wsrep-node-address=127.0.0.1",
)


@dataclass(frozen=True)
class Node:
    """One node: where it keeps its data, where it is asked, and where the others find it."""

    folder: Path
    port: int
    gathering: int

    @property
    def url(self) -> str:
        """The address of its empty database."""
        return f"mysql://root@127.0.0.1:{self.port}/bench"

    def command(self, provider: str, others: str) -> list[str]:
        """How it is started; whoever knows no others begins the cluster."""
        ist = free_port()
        more = f"gmcast.listen_addr=tcp://127.0.0.1:{self.gathering};base_port={self.gathering}"
        more += f";ist.recv_addr=127.0.0.1:{ist};ist.recv_bind=127.0.0.1:{ist};gcache.size=64M"
        places = {"datadir": "data", "socket": "socket", "pid-file": "pid", "log-error": "log.err"}
        return [
            *("mariadbd", "--no-defaults", *OPTIONS, f"--user={_keeper()}", f"--port={self.port}"),
            *(f"--{name}={self.folder / place}" for name, place in places.items()),
            *(f"--wsrep-provider={provider}", f"--wsrep-cluster-address=gcomm://{others}"),
            *(f"--wsrep-sst-receive-address=127.0.0.1:{free_port()}", f"--wsrep-provider-options={more}"),
        ]

    def value(self, name: str) -> str:
        """What the node says of itself; empty while it does not answer."""
        try:
            with pymysql.connect(host="127.0.0.1", port=self.port, user="root") as conn, conn.cursor() as cursor:
                cursor.execute("SHOW GLOBAL STATUS WHERE Variable_name = %s", (name,))
                found = cursor.fetchone()
        except pymysql.MySQLError:
            return ""
        return str(found[1]) if found else ""


def provider() -> str | None:
    """The library of Galera, if there is one here."""
    found = shutil.which("mariadbd") and shutil.which("rsync")
    return next((one for one in PROVIDERS if Path(one).exists()), None) if found else None


@contextmanager
def cluster() -> Iterator[list[Node]]:
    """Two synchronised nodes with an empty database `bench`; gone afterwards."""
    library = provider()
    if library is None:
        raise click.ClickException("Galera is not installed: apt-get install mariadb-server galera-4 rsync")
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="zhibu-galera-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        nodes = [Node(folder / f"node{number}", free_port(), free_port()) for number in (1, 2)]
        _lay_out(folder, nodes)
        for size, node in enumerate(nodes, 1):
            others = f"127.0.0.1:{nodes[0].gathering}" if size > 1 else ""
            stack.enter_context(_running(node, node.command(library, others)))
            _await(node, size)
        with pymysql.connect(host="127.0.0.1", port=nodes[0].port, user="root") as conn, conn.cursor() as cursor:
            cursor.execute("CREATE DATABASE bench CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
        yield nodes


def _lay_out(folder: Path, nodes: list[Node]) -> None:
    """An empty folder for each, the first one's filled."""
    for node in nodes:
        (node.folder / "data").mkdir(parents=True)
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", _keeper(), str(folder)], check=True)
    install = ["mariadb-install-db", "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]
    data = f"--datadir={nodes[0].folder / 'data'}"
    subprocess.run([*install, data, f"--user={_keeper()}"], check=True, capture_output=True)


def _keeper() -> str:
    """Whose processes the nodes are: under root, rsync would serve the second node as nobody, who may not write."""
    return "mysql" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


@contextmanager
def _running(node: Node, command: list[str]) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=node.folder)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(node: Node, size: int) -> None:
    """Wait until the node is in a cluster of that size, and up to date."""
    until = time.monotonic() + LONGEST_START_S
    while time.monotonic() < until:
        if (node.value("wsrep_local_state_comment"), node.value("wsrep_cluster_size")) == ("Synced", str(size)):
            return
        time.sleep(0.2)
    raise click.ClickException(f"node {size} did not come up:\n{(node.folder / 'log.err').read_text()[-2_000:]}")
