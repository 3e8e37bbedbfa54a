"""The whole suite on SQLite, then on MariaDB: that of TEST_DATABASE_URL, or a private throw-away one.

`python -m tools.run_tests` passes its arguments to pytest. With ZHIBU_NO_SKIPS=1 a skipped test is a failure.
"""

import os
import shutil
import subprocess
import sys
from contextlib import AbstractContextManager, nullcontext

from tools import client
from tools.private_mariadb import find_server, private_mariadb

URL = "TEST_DATABASE_URL"
# in the order of tests/conftest.py, which also says what has to stay together
BESIDE_EACH_OTHER = ("-n", "auto", "--dist", "loadgroup", "--no-loadscope-reorder")
NOTHING_SELECTED = 5
# what touches no database, or asks of it what many others ask too, need not run on the second one; the desk reaches
# it through the rooms below, which run on both
ONCE = (
    "chat",
    "core/test_openapi.py",
    "demo",
    "desk",
    "emulator",
    "messaging/test_texts.py",
    "miniprogram",
    "operation/test_commands.py",
    "operation/test_doctor.py",
    "people/test_permission_matrix.py",
    "tools",
    "wechat/gateway",
)
ON_ONE_DATABASE = [f"--ignore=tests/{place}" for place in ONCE]


def main(arguments: list[str]) -> int:
    """Run both rounds, or the one that is possible; the first that fails ends it with its exit code."""
    if shutil.which("npm"):
        client.install()  # for the tests that need Node
    mariadb = find_mariadb()
    if mariadb is None:
        print("tests: on SQLite only (no mariadbd here, and TEST_DATABASE_URL is not set)", flush=True)
        return run_round(arguments)
    source, opened = mariadb
    print(f"tests: on SQLite, then on MariaDB ({source})", flush=True)
    failed = run_round(arguments, "not mariadb")
    if failed:
        return failed
    with opened as url:
        print(f"tests: now on MariaDB ({source})", flush=True)
        return run_round([*ON_ONE_DATABASE, *arguments], "not sqlite", {URL: url})


def find_mariadb() -> tuple[str, AbstractContextManager[str]] | None:
    """Where a MariaDB comes from and how to open it, if there is one."""
    if url := os.environ.get(URL):
        return URL, nullcontext(url)
    if find_server():
        return "a private one, for this run", private_mariadb()
    return None


def run_round(arguments: list[str], markers: str = "", more: dict[str, str] | None = None) -> int:
    """One run of pytest, whose summary is the last that it prints; 0 if nothing failed."""
    environment = {name: value for name, value in os.environ.items() if name != URL} | (more or {})
    plugins = ["-p", "tests.no_skips"] if os.environ.get("ZHIBU_NO_SKIPS") == "1" else []
    command = [sys.executable, "-m", "pytest", *BESIDE_EACH_OTHER, *plugins, "-m", markers, *arguments]
    code = subprocess.run(command, env=environment).returncode
    # whoever chooses tests may choose none of this round's
    return 0 if code == NOTHING_SELECTED and arguments else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
