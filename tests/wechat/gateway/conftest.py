"""The gateway against the emulator, on a fresh database."""

from collections.abc import Iterator

import pytest
from flask import Flask

from backend.core.database import connected
from backend.wechat.gateway import Gateway
from tests.emulated import emulator, platform, settings

__all__ = ["emulator", "platform", "settings"]


@pytest.fixture
def gateway(app: Flask) -> Iterator[Gateway]:
    """The application's gateway; the test runs with a connection open."""
    with connected():
        yield app.extensions["zhibu.gateway"]
