"""The command: starting, ending, what it says when it cannot, what survives a restart."""

import ast
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.config import DEMO_FILE
from tests.emulator.speaking import LESSON, MINI, Emulator

ROOT = DEMO_FILE.parent.parent
UNSET = ("HOST", "EMULATOR_PORT", "EMULATOR_CALLBACK_BASE")


def command(*arguments: str, **environ: str) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if name not in UNSET}
    return subprocess.Popen(
        [sys.executable, "-m", "emulator", *arguments],
        cwd=ROOT,
        env=clean | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextlib.contextmanager
def started(*arguments: str, **environ: str) -> Iterator[tuple[Emulator, "subprocess.Popen[str]"]]:
    process = command("--port", "0", *arguments, **environ)
    assert process.stdout is not None
    line = process.stdout.readline()
    speaker = Emulator(line.removeprefix("emulator: ").strip().rstrip("/"))
    try:
        yield speaker, process
    finally:
        speaker.close()
        process.terminate()
        process.communicate(timeout=10)


def failure(*arguments: str, **environ: str) -> str:
    """The one line that it says before it gives up."""
    process = command(*arguments, **environ)
    out, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert out == ""
    assert said.count("\n") == 1
    return said.strip()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_command_starts_and_ends(end: signal.Signals) -> None:
    with started() as (emulator, process):
        assert emulator.base.startswith("http://127.0.0.1:")
        assert emulator.get("/healthz").status_code == 200
        process.send_signal(end)
        out, said = process.communicate(timeout=10)
        assert (process.returncode, out, said) == (0, "", "")


def test_command_ends_while_connections_are_open() -> None:
    with started() as (emulator, process):
        host, port = emulator.base.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))):
            process.terminate()
            process.communicate(timeout=10)
        assert process.returncode == 0


def test_command_names_a_busy_port() -> None:
    with started() as (emulator, _process):
        port = emulator.base.rsplit(":", 1)[1]
        wanted = f"emulator: port {port} on 127.0.0.1 is in use by another program"
        assert failure("--port", port) == wanted
        assert failure(EMULATOR_PORT=port) == wanted


def test_command_names_what_is_wrong_with_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text("{", "utf-8")
    assert failure("--config", str(file)).startswith("emulator: mine.json: not JSON: ")
    file.write_text('{"apps": [{"appid": "wx1"}]}', "utf-8")
    assert "missing" in failure("--config", str(file))
    assert "nothing.json" in failure("--config", str(tmp_path / "nothing.json"))


def test_command_names_a_state_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text('{"version": 1}', "utf-8")
    said = failure("--state", str(file), "--port", "0")
    assert "is no state of this emulator" in said
    assert file.read_text("utf-8") == '{"version": 1}'


def test_command_derives_callbacks_from_their_base() -> None:
    with started(EMULATOR_CALLBACK_BASE="http://127.0.0.1:8000/") as (emulator, _process):
        world = emulator.get("/_control/world").json()
    assert [app["callback_url"] for app in world["apps"]] == [
        "http://127.0.0.1:8000/wechat/miniprogram",
        "http://127.0.0.1:8000/wechat/official",
    ]
    assert world["settings"]["open_page_url"] == "http://127.0.0.1:8000/m/#/{page}"


def test_state_survives_a_restart(tmp_path: Path) -> None:
    file = str(tmp_path / "deep" / "state.json")
    with started("--state", file) as (emulator, _process):
        emulator.accept("member-zhao", LESSON)
        emulator.accept("member-zhao", LESSON)
        emulator.send_lesson("member-zhao")
        emulator.control("robots", key="new", name="新群")
        emulator.control("clock", advance_s=1000)
        token, before = emulator.token(), emulator.sent()
        code = emulator.control("login-code", user="member-zhao")["code"]
    with started("--state", file) as (emulator, _process):
        assert emulator.sent() == before
        assert emulator.token() == token
        assert emulator.get("/_control/clock").json()["offset_s"] == 1000
        assert emulator.send_lesson("member-zhao")["errcode"] == 0
        assert emulator.send_lesson("member-zhao")["errcode"] == 43101
        assert emulator.post_to_group({"msgtype": "text", "text": {"content": "x"}}, "new")["errcode"] == 0
        asked = {"appid": MINI.appid, "secret": MINI.secret, "js_code": code, "grant_type": "authorization_code"}
        assert "openid" in emulator.get("/wx/sns/jscode2session", params=asked).json()


def test_state_of_another_configuration_keeps_what_happened(tmp_path: Path) -> None:
    file, config = str(tmp_path / "state.json"), tmp_path / "mine.json"
    with started("--state", file) as (emulator, _process):
        emulator.accept("member-zhao", LESSON)
        emulator.send_lesson("member-zhao")
    config.write_text(DEMO_FILE.read_text("utf-8").replace("李桂芳", "李桂兰"), "utf-8")
    with started("--state", file, "--config", str(config)) as (emulator, _process):
        assert emulator.get("/_control/world").json()["users"][0]["display_name"] == "李桂兰"
        assert len(emulator.sent()) == 1


def test_emulator_starts_without_the_libraries_it_seldom_needs() -> None:
    code = "import sys, emulator.__main__; print([n for n in ('cryptography', 'segno') if n in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_emulator_imports_nothing_but_what_it_says() -> None:
    allowed: Any = {"emulator", "flask", "werkzeug", "cryptography", "segno"} | sys.stdlib_module_names
    files = list(DEMO_FILE.parent.rglob("*.py"))
    assert len(files) > 40
    foreign = {(file.name, name) for file in files for name in _imports(file) if name.split(".")[0] not in allowed}
    assert foreign == set()
