"""The soak, in little: every row is accounted for while one call in twenty goes wrong."""

import subprocess
import sys

import pytest

from tests.emulated import ROOT


@pytest.mark.slow
def test_the_books_add_up() -> None:
    command = [sys.executable, "-m", "bench.soak", "--messages", "400"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("adds up") == 2
    assert done.stdout.count("0 lost or doubled in silence") == 2
