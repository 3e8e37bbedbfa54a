"""The gateway against the emulator."""

import pytest
from flask import Flask

from backend.core.settings import Settings
from backend.wechat.gateway import Gateway
from tests.conftest import FakeClock
from tests.databases import empty_database as empty_database
from tests.emulated import emulator as emulator
from tests.emulated import platform as platform
from tests.emulated import settings as settings


@pytest.fixture
def gateway(app: Flask, settings: Settings, clock: FakeClock) -> Gateway:
    """The gateway of one process."""
    return Gateway(settings, clock)
