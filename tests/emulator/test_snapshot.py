"""Keeping the state in a file."""

import json
import threading
from pathlib import Path

import pytest

from emulator.callbacks.events import event
from emulator.clock import VirtualClock
from emulator.config import DEMO_FILE, load_world
from emulator.plain import ShapeError
from emulator.platform import Platform
from emulator.snapshot import Saver, load, save
from tests.emulator.receiver import listening

MONDAY = 1_795_395_600.0


def platform() -> Platform:
    return Platform(lambda: load_world(DEMO_FILE), VirtualClock(lambda: MONDAY))


def test_callback_that_was_still_to_come_comes_after_the_restart(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with listening() as receiver:
        before = platform()
        app = before.world.app_of_kind("miniprogram")
        app.callback_url = receiver.url
        before.deliverer.send_later(app, "", event(app, "o", "wxa_media_check", MONDAY), due=MONDAY + 60)
        save(before, file)
        after = platform()
        load(after, file)
        after.clock.advance(59)
        assert after.deliverer.settle(5)
        assert receiver.pushes == []
        after.clock.advance(1)
        assert after.deliverer.settle(5)
        assert len(receiver.pushes) == 1


def test_saver_writes_when_something_changed(tmp_path: Path) -> None:
    file = tmp_path / "new" / "state.json"
    saved = platform()
    saver = Saver(saved, file)
    saved.deliver("wecom_robot", "t", "text", {})
    written = threading.Event()
    while not file.exists():  # the saver looks once a second
        written.wait(0.05)
    saver.stop()
    assert json.loads(file.read_text("utf-8"))["state"]["sent"][0]["text"] == "text"


def test_saver_writes_once_more_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    saved = platform()
    saver = Saver(saved, file)
    saved.clock.advance(7)
    saver.stop()
    again = platform()
    load(again, file)
    assert again.clock.offset_s == 7
    assert not file.with_name("state.json.new").exists()


def test_no_file_is_no_state(tmp_path: Path) -> None:
    fresh = platform()
    load(fresh, tmp_path / "nothing.json")
    assert fresh.state.seq == 0


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"configured": "x", "version": 1, "state": {}}'])
def test_what_is_no_state_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "state.json"
    file.write_text(text, "utf-8")
    with pytest.raises(ShapeError, match=r"state\.json is no state of this emulator"):
        load(platform(), file)


def test_state_of_another_version_is_set_aside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "state.json"
    file.write_text('{"configured": "x", "version": 0}', "utf-8")
    fresh = platform()
    load(fresh, file)
    assert not file.exists()
    assert file.with_name("state.json.old").exists()
    assert "of another version" in capsys.readouterr().err
