"""The bell: whoever queues something wakes the bots, and without Redis they are only slower."""

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from backend.core import bell
from backend.core.bell import Bell
from backend.core.settings import Settings
from backend.messaging.models import GroupChat
from bot import process
from bot.process import BotProcess
from tests.cast import World
from tests.conftest import Api, FakeClock
from tests.emulated import ROBOT_KEY, Platform, free_port
from tests.messaging.makers import group

Calls = Callable[[Any], Api]
PATIENCE_S = 20.0
NEVER_S = 60.0
PASSWORD = "s3cret"


class Redis:
    """A server of our own, to be killed and started again."""

    def __init__(self, program: str, folder: Path) -> None:
        self._port = free_port()
        named = {"port": self._port, "bind": "127.0.0.1", "dir": folder, "requirepass": PASSWORD, "save": ""}
        self._command = [program, *(word for name, value in named.items() for word in (f"--{name}", str(value)))]
        self._process: subprocess.Popen[bytes] | None = None
        self._bells: list[Bell] = []

    def bell(self, *, password: str = PASSWORD, number: int = 9) -> Bell:
        """A bell that is closed with the test."""
        self._bells.append(Bell(f"redis://:{password}@127.0.0.1:{self._port}/{number}"))
        return self._bells[-1]

    def close_bells(self) -> None:
        """No thread outlives its test."""
        for one in self._bells:
            one.close()

    def start(self) -> None:
        """Until it listens."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert any(b"Ready to accept" in line for line in self._process.stdout)

    def kill(self) -> None:
        """Without warning."""
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    """A running Redis; skips where there is none."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    made = Redis(program, tmp_path)
    made.start()
    yield made
    made.close_bells()
    made.kill()


def listening(bell: Bell) -> threading.Event:
    """An event that is set by every ring; gives it once the bell is listened to."""
    heard = threading.Event()
    bell.listen(heard.set)
    assert heard.wait(PATIENCE_S)
    heard.clear()
    return heard


def test_a_ring_is_heard_by_all(redis: Redis) -> None:
    all_bots = [listening(redis.bell()) for _ in range(2)]
    redis.bell().ring()
    assert all(heard.wait(PATIENCE_S) for heard in all_bots)


def test_what_rings_on_another_database_of_the_same_server_is_not_ours(redis: Redis) -> None:
    ours, theirs = listening(redis.bell()), listening(redis.bell(number=8))
    redis.bell(number=8).ring()
    assert theirs.wait(PATIENCE_S)
    assert not ours.is_set()


def test_a_dead_redis_stops_nobody_and_is_heard_again_when_it_is_back(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bell, "AGAIN_S", 0.05)
    heard, ringing = listening(redis.bell()), redis.bell()
    redis.kill()
    ringing.ring()
    assert not heard.wait(0.2)
    redis.start()
    assert heard.wait(PATIENCE_S)  # what was rung while nobody listened
    heard.clear()
    ringing.ring()
    assert heard.wait(PATIENCE_S)


def test_a_wrong_password_is_silence(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "AGAIN_S", 0.05)
    heard = threading.Event()
    redis.bell(password="wrong").listen(heard.set)
    assert not heard.wait(0.3)


@contextmanager
def running(settings: Settings, redis: Redis, clock: FakeClock) -> Iterator[None]:
    """The relay of a bot process, in a thread, with its bell."""
    bot = BotProcess(settings, clock)
    redis.bell().listen(bot.awake.set)
    thread = threading.Thread(target=bot.relay_until_stopped)
    thread.start()
    try:
        yield
    finally:
        bot.stop.set()
        bot.awake.set()
        thread.join()


@pytest.fixture
def chat(world: World, clock: FakeClock, app: Flask, redis: Redis) -> GroupChat:
    """A group whose robot the platform knows, and a web process that rings."""
    app.extensions["zhibu.bell"] = redis.bell()
    return group(world.branch, clock(), key=ROBOT_KEY)


def post(api: Calls, world: World, chat: GroupChat) -> None:
    """The secretary asks for a test post."""
    assert api(world.secretary).post(f"/group-chats/{chat.public_id}/test").status == 200


def arrived(platform: Platform, count: int) -> bool:
    """Whether so many posts come to the group in good time."""
    deadline = time.monotonic() + PATIENCE_S
    while len(platform.sent(channel="wecom_robot")) < count and time.monotonic() < deadline:
        time.sleep(0.02)
    return len(platform.sent(channel="wecom_robot")) == count


def test_a_sleeping_bot_is_woken_by_what_a_request_queued(
    api: Calls,
    world: World,
    chat: GroupChat,
    settings: Settings,
    redis: Redis,
    clock: FakeClock,
    platform: Platform,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "RELAY_EVERY_S", NEVER_S)
    with running(settings, redis, clock):
        post(api, world, chat)
        assert arrived(platform, 1)


def test_without_redis_the_bot_looks_by_itself(
    api: Calls,
    world: World,
    chat: GroupChat,
    settings: Settings,
    redis: Redis,
    clock: FakeClock,
    platform: Platform,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "RELAY_EVERY_S", 0.1)
    redis.kill()
    with running(settings, redis, clock):
        post(api, world, chat)
        assert arrived(platform, 1)
