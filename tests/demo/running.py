"""A launcher started by a test, and what it has printed so far."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOON_S = 20


class RunningDemo:
    """`python -m …` on free ports with a data folder of its own."""

    def __init__(self, folder: Path, *command: str, **environ: object) -> None:
        self.web_port, self.emulator_port = free_port(), free_port()
        places = {"PORT": self.web_port, "EMULATOR_PORT": self.emulator_port, "VAR": folder / "var"}
        self._log = (folder / "log").open("w+b")
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=os.environ | {name: str(value) for name, value in (places | environ).items()},
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def text(self) -> str:
        """All that it has printed."""
        return Path(self._log.name).read_text(encoding="utf-8")

    @property
    def pids(self) -> dict[str, int]:
        """Process ids of the stubs, by name."""
        return {name: int(number) for name, number in re.findall(r"(\w+) pid (\d+)", self.text)}

    def wait_for(self, words: str) -> None:
        """Until it has printed this, or has ended."""
        until(lambda: words in self.text or self.process.poll() is not None)
        assert words in self.text, self.text

    def end(self, number: int) -> int:
        """Send a signal, as Ctrl-C or a service manager would; the exit code."""
        self.process.send_signal(number)
        return self.exit_code()

    def exit_code(self) -> int:
        """The exit code, once it has ended by itself."""
        return self.process.wait(SOON_S)

    def close(self) -> None:
        """Leave nothing behind, whatever the test found."""
        for pid in [*self.pids.values(), self.process.pid]:
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(SOON_S)
        self._log.close()


def until(happened: Callable[[], bool]) -> None:
    """Wait for something that comes soon."""
    deadline = time.monotonic() + SOON_S
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
