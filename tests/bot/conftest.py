"""The bot's relay against the emulator, with the cast known to both."""

from collections.abc import Callable

import pytest
from flask import Flask

from backend.core.settings import Settings
from backend.people.models import WeChatIdentity
from backend.wechat.gateway import Gateway
from bot.process import transports_for
from bot.relay import Relay
from tests.cast import World
from tests.conftest import SHANGHAI, FakeClock
from tests.emulated import Platform
from tests.emulated import emulator as emulator
from tests.emulated import platform as platform
from tests.emulated import settings as settings

# part of the cast → user of the emulator
USERS = {
    "resident": "resident-li",
    "neighbour": "resident-wang",
    "volunteer": "member-zhao",
    "member": "member-qian",
    "second_member": "member-feng",
    "secretary": "secretary-sun",
}


@pytest.fixture
def known(world: World, platform: Platform) -> World:
    """The cast, with the openids that the platform knows its users by."""
    for part, user in USERS.items():
        WeChatIdentity.update(openid=platform.openid(user)).where(
            WeChatIdentity.account == world.people[part].account
        ).execute()
    return world


@pytest.fixture
def gateway(app: Flask, settings: Settings, clock: FakeClock) -> Gateway:
    """The gateway to the emulator."""
    return Gateway(settings, clock)


@pytest.fixture
def relay(settings: Settings, gateway: Gateway) -> Relay:
    """A relay with all its transports."""
    return Relay(transports_for(settings, gateway), SHANGHAI, lambda: False)


@pytest.fixture
def tick(relay: Relay, platform: Platform, clock: FakeClock) -> Callable[..., int]:
    """Turn both clocks by some seconds and let the relay do what is due then."""

    def turn(seconds: float = 0) -> int:
        clock.advance(seconds=seconds)
        platform.set_clock(clock())
        return relay.deliver_due(now=clock())

    return turn
