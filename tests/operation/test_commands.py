"""`python -m backend …`: what an administrator types, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {
    "SECRET_KEY": "a-test-key-of-more-than-32-characters!",
    "FIELD_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "PUBLIC_URL": "https://zhibu.example",
    "MINIPROGRAM_APPID": "wx0d0e0a0b00000001",
    "MINIPROGRAM_SECRET": "s",
    "MINIPROGRAM_TOKEN": "t",
}


def run(folder: Path, *words: str, **changed: str) -> "subprocess.CompletedProcess[str]":
    """One command against a database in `folder`; nothing of the machine's own settings reaches it."""
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "utf-8",
        **SETTINGS,
        "DATABASE_URL": f"sqlite:///{folder / 'zhibu.db'}",
        "MEDIA_ROOT": str(folder / "media"),
        **changed,
    }
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False
    )


def test_migrate_brings_a_new_database_up_to_date_and_says_so(tmp_path: Path) -> None:
    first = run(tmp_path, "backend", "migrate")
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("已应用 0001_")
    again = run(tmp_path, "backend", "migrate")
    assert (again.returncode, again.stdout) == (0, "数据库已是最新\n")


@pytest.mark.parametrize("words", [("backend", "migrate"), ("bot",), ("bot", "simulate", "--at", "2026-11-29T08:00")])
def test_bad_settings_are_named_one_a_line_without_a_traceback(tmp_path: Path, words: tuple[str, ...]) -> None:
    found = run(tmp_path, *words, SECRET_KEY="short", FIELD_KEY="", DATABASE_URL="oracle://h/d")
    assert found.returncode == 1
    assert "Traceback" not in found.stderr
    for name in ("SECRET_KEY", "FIELD_KEY", "DATABASE_URL"):
        assert f"  - {name}：" in found.stderr


@pytest.mark.parametrize("words", [("bot",), ("bot", "simulate", "--at", "2026-11-29T08:00")])
def test_the_bot_refuses_a_database_that_is_not_migrated(tmp_path: Path, words: tuple[str, ...]) -> None:
    found = run(tmp_path, *words)
    assert found.returncode == 1
    assert "Traceback" not in found.stderr
    assert "python -m backend migrate" in found.stderr
    assert "0001_" in found.stderr


def test_the_bot_says_when_there_is_no_database(tmp_path: Path) -> None:
    found = run(tmp_path, "bot", DATABASE_URL="mysql://root@127.0.0.1:9/nowhere")
    assert found.returncode == 1
    assert "Traceback" not in found.stderr
    assert "DATABASE_URL" in found.stderr


def test_a_date_that_is_none_is_refused(tmp_path: Path) -> None:
    found = run(tmp_path, "bot", "simulate", "--at", "sunday")
    assert found.returncode == 2
    assert "2026-11-29T08:00" in found.stderr


def test_the_description_is_written_and_its_age_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "openapi.json"
    words = ("backend", "openapi", "--file", str(file))
    assert run(tmp_path, *words).returncode == 0
    assert json.loads(file.read_text("utf-8"))["openapi"].startswith("3.1")
    assert run(tmp_path, *words, "--check").returncode == 0
    file.write_text("{}")
    stale = run(tmp_path, *words, "--check")
    assert (stale.returncode, "已过时" in stale.stderr) == (1, True)


def test_a_desk_user_is_made_listed_locked_and_reset(tmp_path: Path) -> None:
    run(tmp_path, "backend", "migrate")
    made = run(tmp_path, "backend", "user", "create", "wu", "--name", "吴远")
    assert made.stdout.startswith("初始密码："), made.stderr
    assert run(tmp_path, "backend", "user", "list").stdout == "wu\t吴远\t无职务\t待改密码\n"
    again = run(tmp_path, "backend", "user", "create", "wu", "--name", "吴远")
    assert (again.returncode, again.stderr) == (1, "Error: 用户名 wu 已有人用\n")
    assert run(tmp_path, "backend", "user", "lock", "wu").stdout == "已停用\n"
    assert run(tmp_path, "backend", "user", "unlock", "wu").stdout == "已恢复\n"
    reset = run(tmp_path, "backend", "user", "reset-password", "wu", "--one-time")
    assert reset.stdout.startswith("初始密码：")
    assert reset.stdout != made.stdout
