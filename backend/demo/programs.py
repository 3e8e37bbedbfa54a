"""Programs under one supervisor: each in its own session, lines tagged in one log, ended in good order."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.demo.place import ROOT

KEPT_LINES = 20
POLL_S = 0.05
PR_SET_PDEATHSIG = 1
RESET = "\033[0m"

_log_lock = threading.Lock()
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Program:
    """What to run; `tag` and `colour` (ANSI number) mark its lines, `health` is a URL that answers 200."""

    tag: str
    label: str
    colour: int
    command: Sequence[str]
    health: str | None = None


class RunningProgram:
    """One program as a child process."""

    def __init__(self, program: Program, environ: Mapping[str, str]) -> None:
        self.program = program
        self.last_lines: deque[str] = deque(maxlen=KEPT_LINES)
        # a session of its own, lest the terminal's Ctrl-C reach it past us
        self._process = subprocess.Popen(
            program.command,
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def ask_to_end(self) -> None:
        """SIGTERM: finish what is in hand."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    def sweep(self) -> None:
        """Kill what is left of it and of its own children, and let its last lines through."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join(1)

    def _read(self) -> None:
        for raw in self._process.stdout or ():
            line = raw.decode("utf-8", errors="replace").rstrip()
            self.last_lines.append(line)
            write_line(f"{painted(f'{self.program.tag:<3} │', self.program.colour)} {line}")


def end_all(running: Sequence[RunningProgram], *, patience_s: float, hurry: threading.Event) -> None:
    """SIGTERM to all at once; SIGKILL to those still there after `patience_s`, or when told to hurry."""
    for program in running:
        program.ask_to_end()
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and not hurry.is_set():
        if all(program.exit_code is not None for program in running):
            break
        time.sleep(POLL_S)
    for program in running:
        program.sweep()


def write_line(text: str) -> None:
    """One whole line; a log that nobody reads any more stops nothing."""
    with _log_lock, contextlib.suppress(OSError, ValueError):
        print(text, flush=True)


def painted(text: str, colour: int) -> str:
    """The text in a colour, where a person looks on and does not mind."""
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        return text
    return f"\033[{colour}m{text}{RESET}"


def _die_with_parent() -> None:
    """On Linux the kernel sends SIGTERM when the supervisor dies, even by SIGKILL; elsewhere nothing."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
