"""The supervisor of the demo, over stub programs: what a person sees, and what is left when it has ended."""

import os
import signal
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.demo import launch
from backend.demo.place import Place, Unusable, demo_environment
from tests.demo.running import RunningDemo, is_alive, until

Start = Callable[..., RunningDemo]

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a launcher over stubs, the bot behaving as told."""
    started: list[RunningDemo] = []

    def starting(*bot: str) -> RunningDemo:
        started.append(RunningDemo(tmp_path, "tests.demo.stub_demo", *bot))
        return started[-1]

    yield starting
    for demo in started:
        demo.close()


def survivors(demo: RunningDemo) -> list[str]:
    return [name for name, pid in demo.pids.items() if is_alive(pid)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_three_and_counts_as_success(start: Start, number: int) -> None:
    demo = start()
    demo.wait_for("bot pid")
    assert demo.end(number) == launch.ENDED
    assert sorted(demo.pids) == ["bot", "emulator", "web"]
    assert survivors(demo) == []
    assert "Traceback" not in demo.text


def test_the_welcome_names_addresses_users_and_no_page_that_does_not_answer(start: Start) -> None:
    demo = start()
    demo.wait_for("bot pid")
    demo.wait_for("演示用户")
    assert f"http://127.0.0.1:{demo.web_port}/docs" in demo.text
    assert f"http://127.0.0.1:{demo.emulator_port}/" in demo.text
    assert "secretary-sun        孙立新　支部书记" in demo.text
    assert "/desk/" not in demo.text


def test_every_line_carries_the_tag_of_its_program(start: Start) -> None:
    demo = start()
    demo.wait_for("bot pid")
    tagged = [line for line in demo.text.splitlines() if " pid " in line]
    assert sorted(line.split()[0] for line in tagged) == ["bot", "web", "wx"]


def test_an_errand_that_fails_ends_nothing(start: Start) -> None:
    demo = start()
    demo.wait_for("errand done")
    demo.wait_for("bot pid")
    assert demo.process.poll() is None
    assert demo.end(signal.SIGINT) == launch.ENDED


def test_the_terminals_interrupt_reaches_the_launcher_only(start: Start) -> None:
    demo = start()
    demo.wait_for("bot pid")
    groups = {os.getpgid(pid) for pid in demo.pids.values()}
    assert os.getpgid(demo.process.pid) not in groups
    assert len(groups) == 3


def test_a_program_that_dies_takes_the_others_along_and_is_named(start: Start) -> None:
    demo = start("dying")
    assert demo.exit_code() == launch.DIED
    assert survivors(demo) == []
    assert "机器人（bot）意外退出，代码 7" in demo.text
    assert demo.text.rstrip().endswith("最后的话")


def test_a_program_deaf_to_sigterm_is_killed_when_patience_is_over(start: Start) -> None:
    demo = start("deaf")
    demo.wait_for("is deaf")
    assert demo.end(signal.SIGINT) == launch.ENDED
    assert survivors(demo) == []


@needs_linux
def test_no_program_outlives_a_launcher_killed_by_force(start: Start) -> None:
    demo = start()
    demo.wait_for("bot pid")
    demo.end(signal.SIGKILL)
    until(lambda: survivors(demo) == [])


@pytest.mark.parametrize("name", ["PORT", "EMULATOR_PORT"])
def test_a_busy_port_is_named_in_one_line_with_the_way_out(tmp_path: Path, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
        demo = RunningDemo(tmp_path, "backend", "demo", "run", **{name: port})
        code = demo.exit_code()
    demo.close()
    assert code == launch.UNUSABLE
    assert demo.text.startswith(f"端口 {port} 已被其他程序占用，请换一个：{name}=")
    assert demo.text.count("\n") == 1


def test_a_database_out_of_reach_is_named_by_its_setting(tmp_path: Path) -> None:
    place = Place("127.0.0.1", 1, 2, tmp_path)
    environ = demo_environment(place, {"DATABASE_URL": "mysql://root:secret@127.0.0.1:1/zhibu"})
    with pytest.raises(Unusable, match="DATABASE_URL") as refused:
        launch.prepare(environ)
    assert "secret" not in str(refused.value)


def test_a_database_is_prepared_once_for_the_same_files(tmp_path: Path) -> None:
    file = tmp_path / "zhibu.db"
    sqlite3.connect(file).close()
    environ = {"DATABASE_URL": f"sqlite:///{file}"}
    assert not launch.is_prepared(environ)
    launch.mark_prepared(environ)
    assert launch.is_prepared(environ)


def test_a_database_is_prepared_again_when_a_migration_is_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, folder = tmp_path / "zhibu.db", tmp_path / "migrations"
    folder.mkdir()
    monkeypatch.setattr(launch, "PREPARING_FILES", (folder,))
    sqlite3.connect(file).close()
    environ = {"DATABASE_URL": f"sqlite:///{file}"}
    launch.mark_prepared(environ)
    (folder / "0001_first.py").write_text("# new")
    assert not launch.is_prepared(environ)


@pytest.mark.parametrize("url", ["mysql://root@127.0.0.1/zhibu", "sqlite:///nowhere/zhibu.db"])
def test_what_cannot_be_asked_counts_as_not_prepared(url: str) -> None:
    assert not launch.is_prepared({"DATABASE_URL": url})
