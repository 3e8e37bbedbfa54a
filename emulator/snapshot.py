"""Keeping the state in a file, so that it survives a restart."""

import contextlib
import json
import os
import threading
import time
from pathlib import Path
from typing import Any

from emulator.callbacks.delivery import Waiting
from emulator.config import World
from emulator.plain import ShapeError, from_plain, to_plain
from emulator.platform import Platform
from emulator.state import State

VERSION = 1
SHORTEST_PAUSE_S = 1.0
PAUSE_FACTOR = 20  # saving takes at most a twentieth of the time


def save(platform: Platform, file: Path) -> None:
    """Write everything but the ordered faults; the file is replaced in one step. Raises OSError."""
    with platform.lock:
        kept = {
            "version": VERSION,
            "offset_s": platform.clock.offset_s,
            "configured": platform.configured,
            "world": to_plain(platform.world),
            "state": to_plain(platform.state),
            "waiting": to_plain(platform.deliverer.pending()),
        }
        platform.changed = False
    draft = file.with_name(file.name + ".new")
    draft.write_text(json.dumps(kept, ensure_ascii=False), "utf-8")
    os.replace(draft, file)


def load(platform: Platform, file: Path) -> None:
    """Take up what was saved; the world only if its configuration is still the same. Raises ShapeError."""
    if not file.exists():
        return
    try:
        kept: dict[str, Any] = json.loads(file.read_text("utf-8"))
        with platform.lock:
            if kept["configured"] == platform.configured:
                platform.world = from_plain(World, kept["world"], "world")
            platform.state = from_plain(State, kept["state"], "state")
            platform.clock.move(kept["offset_s"])
            platform.deliverer.resume([from_plain(Waiting, item, "waiting") for item in kept["waiting"]])
    except (ValueError, KeyError) as fault:
        raise ShapeError(f"{file} is no state of this emulator ({fault}); remove it to start anew") from fault


class Saver:
    """Saves whenever something changed, in a thread, and once more at the end."""

    def __init__(self, platform: Platform, file: Path) -> None:
        self._platform = platform
        self._file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="saver", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        pause_s = SHORTEST_PAUSE_S
        while not self._stopped.wait(pause_s):
            if self._platform.changed:
                began = time.monotonic()
                with contextlib.suppress(OSError):  # a full disk must not end the emulator
                    save(self._platform, self._file)
                pause_s = max(SHORTEST_PAUSE_S, (time.monotonic() - began) * PAUSE_FACTOR)

    def stop(self) -> None:
        """Raises OSError when the last state cannot be written."""
        self._stopped.set()
        self._thread.join()
        save(self._platform, self._file)
