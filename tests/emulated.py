"""The emulator as a process of its own, started once for all tests of a worker and reset before each."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from werkzeug.serving import make_server

from backend.core.settings import Settings
from tests.conftest import FakeClock, Template, make_settings

ROOT = Path(__file__).resolve().parents[1]
STARTS_WITHIN_S = 20
# what the emulator's demo knows our apps by
CREDENTIALS = {
    "MINIPROGRAM_APPID": "wx0d0e0a0b00000001",
    "MINIPROGRAM_SECRET": "5a3f0c1e9b7d42868c0d1e2f3a4b5c6d",
    "OFFICIAL_APPID": "wx0d0e0a0b00000002",
    "OFFICIAL_SECRET": "6b4e1d2fac8e53979d1e2f3a4b5c6d7e",
    **{f"{app}_TOKEN": "zhibuDemoToken" for app in ("MINIPROGRAM", "OFFICIAL")},
}
ROBOT_KEY = "7d1f0a3e-5b64-4c1e-9a52-0c6f1e2d3a41"
SEND = "/cgi-bin/message/subscribe/send"
STABLE_TOKEN = "/cgi-bin/stable_token"
WEBHOOK = "/cgi-bin/webhook/send"
FOR_EVER = 10**9


@dataclass(frozen=True)
class Platform:
    """WeChat and WeCom, as the emulator plays them; `url` is its base."""

    url: str

    def control(self, call: str, **body: Any) -> Any:
        """One control call; fails unless the emulator says yes."""
        answer = requests.post(f"{self.url}/_control/{call}", json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def look(self, listing: str, **query: str) -> Any:
        """One of the emulator's listings."""
        return requests.get(f"{self.url}/_control/{listing}", params=query, timeout=10).json()

    def login_code(self, user: str, **more: Any) -> str:
        """What wx.login gives to this user's mini program, or the OAuth page to the browser."""
        return str(self.control("login-code", user=user, **more)["code"])

    def openid(self, user: str, kind: str = "miniprogram") -> str:
        """The openid of a user in one of our apps."""
        return str(self.look("world")["openids"][user][kind])

    def fault(self, path: str, **what: Any) -> None:
        """Order something to go wrong."""
        self.control("faults", path=path, **what)

    def forget_faults(self) -> None:
        """Let nothing more go wrong, and count nothing more."""
        assert requests.delete(f"{self.url}/_control/faults", timeout=10).ok

    def count(self, path: str) -> None:
        """From now on, count the calls of `path` (see `calls`)."""
        self.fault(path, errcode=-1, skip=FOR_EVER, times=None)

    def calls(self, path: str) -> int:
        """How many calls of a counted path have come."""
        (counter,) = [one for one in self.look("faults") if one["path"] == path and one["skip"] == FOR_EVER]
        return int(counter["seen"])

    def sent(self, **query: str) -> list[dict[str, Any]]:
        """What was delivered, in order."""
        return list(self.look("sent", **query))

    def set_clock(self, at: datetime) -> None:
        """Make it `at` on the platform, too."""
        self.control("clock", at=at.isoformat())

    def accept(self, user: str, template_id: str, times: int = 1) -> None:
        """Let a user accept a prompt on the platform's own books; nobody is told."""
        for _ in range(times):
            self.control("subscribe", user=user, template_id=template_id, result="accept")


@pytest.fixture(scope="session")
def emulator() -> Iterator[Platform]:
    """The running emulator."""
    port = free_port()
    command = [sys.executable, "-m", "emulator", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _await(f"http://127.0.0.1:{port}/healthz", process)
        yield Platform(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(10)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        assert process.poll() is None, "the emulator did not start"
        try:
            if requests.get(url, timeout=2).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError("the emulator does not answer")


@pytest.fixture
def platform(emulator: Platform, clock: FakeClock) -> Platform:
    """The emulator as new, showing the time of the test's clock."""
    emulator.control("reset")
    emulator.set_clock(clock())
    return emulator


@pytest.fixture
def settings(template: Template, tmp_path: Path, platform: Platform) -> Settings:
    """Settings that point to a fresh database and to the emulator."""
    return make_settings(template.fresh(tmp_path), tmp_path, **reaching(platform))


def reaching(platform: Platform) -> dict[str, str]:
    """The settings by which the product reaches the emulator."""
    return {**CREDENTIALS, "WECHAT_API_URL": f"{platform.url}/wx", "WECOM_API_URL": f"{platform.url}/qy"}


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application behind real HTTP; gives its base URL."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
