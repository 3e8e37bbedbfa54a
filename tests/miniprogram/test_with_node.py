"""What needs Node: types against the API as it is described, logic, and the built mini program."""

import os
import shutil
import subprocess

import pytest

from tools.client import SOURCES

PATIENCE_S = 500

pytestmark = pytest.mark.node


def run(script: str) -> None:
    """Run a script of the client's own; what it printed is shown when it fails."""
    if shutil.which("npm") is None:
        pytest.skip("needs Node with npm")
    if not (SOURCES / "node_modules").is_dir():
        pytest.skip("needs `npm ci` in miniprogram/, which `make test` does")
    command = ["npm", "run", "-s", script]
    done = subprocess.run(
        command, cwd=SOURCES, env=os.environ | {"CI": "1"}, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_client_agrees_with_the_described_api() -> None:
    """Types are generated from openapi.json each time, so that they cannot be stale."""
    run("check")


def test_logic_and_the_built_mini_program() -> None:
    run("test")
