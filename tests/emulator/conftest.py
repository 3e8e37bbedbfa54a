"""One emulator for all tests of this folder, as new before each of them, on a clock that only they move."""

import threading
from collections.abc import Iterator

import pytest
from wechatpy import WeChatClient
from wechatpy.work import WeChatClient as WeComClient

from emulator.app import create_app
from emulator.clock import VirtualClock
from emulator.config import DEMO_FILE, load_world
from emulator.platform import Platform
from emulator.server import Server
from tests.emulator.receiver import Receiver, listening
from tests.emulator.speaking import MINI, OFFICIAL, Emulator, wechat_client, wecom_client

MONDAY_NINE = 1_795_395_600.0  # 2026-11-23 09:00 +08:00


@pytest.fixture(scope="session")
def running() -> Iterator[Platform]:
    """The platform of a server that listens on a free port; `running.base` is its address."""
    platform = Platform(lambda: load_world(DEMO_FILE), VirtualClock(lambda: MONDAY_NINE))
    server = Server("127.0.0.1", 0, create_app(platform))
    platform.base = f"http://127.0.0.1:{server.port}"  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield platform
    server.stop()
    thread.join()


@pytest.fixture
def emulator(running: Platform) -> Iterator[Emulator]:
    """An emulator to which nothing has happened yet."""
    running.reset()
    speaker = Emulator(running.base)  # type: ignore[attr-defined]
    yield speaker
    speaker.close()


@pytest.fixture
def mini(emulator: Emulator) -> Iterator[WeChatClient]:
    with wechat_client(emulator.base, "miniprogram") as client:
        yield client


@pytest.fixture
def official(emulator: Emulator) -> Iterator[WeChatClient]:
    with wechat_client(emulator.base, "official") as client:
        yield client


@pytest.fixture
def wecom(emulator: Emulator) -> Iterator[WeComClient]:
    with wecom_client(emulator.base) as client:
        yield client


@pytest.fixture
def receiver(emulator: Emulator) -> Iterator[Receiver]:
    """A server that takes the callbacks of both apps."""
    with listening() as listener:
        for app in (MINI, OFFICIAL):
            emulator.control("apps", appid=app.appid, callback_url=listener.url)
        yield listener
