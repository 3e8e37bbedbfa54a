"""The chat as people have it: through the platform, encrypted, on the menu that we put there."""

from collections.abc import Iterator

import pytest
from flask import Flask

from backend.chat.links import Links
from backend.chat.menu import buttons
from backend.core.database import connected
from backend.wechat.gateway import Gateway
from tests.emulated import CREDENTIALS, Platform, emulator, platform, served, settings

__all__ = ["emulator", "platform", "settings"]


@pytest.fixture
def gateway(app: Flask, platform: Platform) -> Iterator[Gateway]:
    """The gateway; the platform knows where to call us."""
    with served(app) as url, connected():
        platform.control(
            "apps",
            appid=CREDENTIALS["OFFICIAL_APPID"],
            callback_url=f"{url}/wechat/official",
            mode="safe",
            format="xml",
        )
        yield app.extensions["zhibu.gateway"]


def read(platform: Platform) -> list[str]:
    """What the person has read in the chat."""
    return [one["text"] for one in platform.sent(channel="official_reply", user="member-qian")]


def test_a_message_is_answered_through_the_platform(gateway: Gateway, platform: Platform) -> None:
    (delivery,) = platform.control("push", kind="text", user="member-qian", content="帮助")["deliveries"]
    assert (delivery["attempts"], delivery["outcome"]) == (["200"], "replied")
    (text,) = read(platform)
    assert "“签到”" in text
    assert 'data-miniprogram-path="pages/index/index"' in text


def test_the_menu_is_taken_and_its_taps_are_answered(gateway: Gateway, platform: Platform) -> None:
    wanted = buttons(Links(CREDENTIALS["MINIPROGRAM_APPID"], "https://zhibu.example"))
    gateway.official.put_menu(wanted)
    assert gateway.official.menu() == wanted
    taps = [leaf for button in wanted for leaf in button.get("sub_button", []) if leaf["type"] == "click"]
    for tap in taps:
        platform.control("push", kind="menu_click", user="member-qian", key=tap["key"])
    assert len(read(platform)) == len(taps) == 4


def test_following_is_greeted_and_leaving_is_not(gateway: Gateway, platform: Platform) -> None:
    platform.control("push", kind="unfollow", user="member-qian")
    assert read(platform) == []
    platform.control("push", kind="follow", user="member-qian")
    platform.control("push", kind="scan", user="member-qian", scene="branch=DH", new_follower=True)
    platform.control("push", kind="image", user="member-qian")
    assert len(read(platform)) == 3
