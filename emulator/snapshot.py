"""Keeping the state in a file, so that it survives a restart."""

import contextlib
import json
import os
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from emulator.callbacks.delivery import Waiting
from emulator.config import World
from emulator.plain import ShapeError, from_plain, to_plain
from emulator.platform import Platform
from emulator.state import State

VERSION = 1  # to be raised with every change of State or World that an older file does not fit
SHORTEST_PAUSE_S = 1.0
PAUSE_FACTOR = 20  # saving takes at most a twentieth of the time


@dataclass
class Snapshot:
    """What is kept: everything but the ordered faults."""

    version: int
    configured: str
    offset_s: float
    world: World
    state: State
    waiting: list[Waiting]  # callbacks still to come


def save(platform: Platform, file: Path) -> None:
    """The file is replaced in one step. Raises OSError."""
    with platform.lock:
        sent = list(platform.state.sent)
        kept = Snapshot(
            VERSION,
            platform.configured,
            platform.clock.offset_s,
            platform.world,
            replace(platform.state, sent=[]),
            platform.deliverer.pending(),
        )
        plain = to_plain(kept)
        platform.changed = False
    plain["state"]["sent"] = to_plain(sent)  # may be very many, and none changes any more: nobody has to wait
    draft = file.with_name(file.name + ".new")
    draft.write_text(json.dumps(plain, ensure_ascii=False), "utf-8")
    os.replace(draft, file)


def load(platform: Platform, file: Path) -> None:
    """Take up what was saved; the world only if its configuration is still the same. Raises ShapeError."""
    if not file.exists():
        return
    try:
        plain = json.loads(file.read_text("utf-8"))
        if _is_of_another_version(plain):
            file.replace(file.with_name(file.name + ".old"))
            print(f"emulator: {file} is of another version; kept as {file.name}.old, starting anew", file=sys.stderr)
            return
        kept = from_plain(Snapshot, plain, "state")
    except ValueError as fault:
        raise ShapeError(f"{file} is no state of this emulator ({fault}); remove it to start anew") from fault
    with platform.lock:
        if kept.configured == platform.configured:
            platform.world = kept.world
        platform.state = kept.state
        platform.clock.move(kept.offset_s)
        platform.deliverer.resume(kept.waiting)


def _is_of_another_version(plain: Any) -> bool:
    return isinstance(plain, dict) and "configured" in plain and plain.get("version") != VERSION


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
