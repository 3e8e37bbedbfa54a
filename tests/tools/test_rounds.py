"""How the suite is run: on which databases, and with which skips."""

import os
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from tools import run_tests

ROOT = Path(__file__).resolve().parents[2]
THREE = """
import pytest
def test_passes(): pass
@pytest.mark.skip(reason="no browser")
def test_is_skipped(): pass
@pytest.mark.xfail
def test_is_expected_to_fail(): raise RuntimeError
"""


def run_without_skips(file: Path, *choice: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "tests.no_skips", "--noconftest"]
    return subprocess.run(
        [*command, "-c", "/dev/null", f"--rootdir={file.parent}", str(file), *choice],
        cwd=ROOT,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    )


def test_a_skipped_test_fails_the_session_and_is_named(tmp_path: Path) -> None:
    file = tmp_path / "test_three.py"
    file.write_text(THREE)
    done = run_without_skips(file)
    assert done.returncode == 1
    assert "skipped, which is a failure here" in done.stdout
    assert "test_three.py::test_is_skipped" in done.stdout
    assert "1 passed, 1 skipped, 1 xfailed" in done.stdout.splitlines()[-1]


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    file = tmp_path / "test_three.py"
    file.write_text(THREE)
    assert run_without_skips(file, "-k", "not skipped").returncode == 0


class Rounds:
    """Stands in for pytest: notes each round and answers with the next code."""

    def __init__(self, *codes: int) -> None:
        self.seen: list[tuple[str, str | None]] = []
        self._codes = list(codes)

    def __call__(self, _arguments: list[str], markers: str = "", more: dict[str, str] | None = None) -> int:
        self.seen.append((markers, (more or {}).get("TEST_DATABASE_URL")))
        return self._codes.pop(0)


@pytest.fixture
def with_mariadb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_tests, "find_mariadb", lambda: ("somewhere", nullcontext("mysql://there")))


@pytest.mark.usefixtures("with_mariadb")
def test_both_databases_are_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_tests, "run_round", rounds := Rounds(0, 3))
    assert run_tests.main([]) == 3
    assert rounds.seen == [("not mariadb", None), ("not sqlite", "mysql://there")]


@pytest.mark.usefixtures("with_mariadb")
def test_a_failed_first_round_is_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_tests, "run_round", rounds := Rounds(1))
    assert run_tests.main([]) == 1
    assert len(rounds.seen) == 1


def test_without_mariadb_one_round_runs_everything(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_tests, "find_mariadb", lambda: None)
    monkeypatch.setattr(run_tests, "run_round", rounds := Rounds(0))
    assert run_tests.main([]) == 0
    assert rounds.seen == [("", None)]
    assert "on SQLite only" in capsys.readouterr().out


def test_the_database_of_the_environment_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", "mysql://given")
    found = run_tests.find_mariadb()
    assert found is not None
    with found[1] as url:
        assert (found[0], url) == ("TEST_DATABASE_URL", "mysql://given")
