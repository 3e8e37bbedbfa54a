"""The check of a picture from its use to the verdict, through the relay, the platform and our callback."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from backend.core.database import connected, in_unit_of_work
from backend.core.settings import Settings
from backend.media.checking import attach
from backend.media.due import UNANSWERED_AFTER, hand_over_unanswered
from backend.media.models import Media
from backend.messaging.models import Channel, Delivery
from backend.rooms import CONTENT_SUBJECTS, PLATFORM_EVENTS
from backend.wechat import pushes
from backend.wechat.gateway import Gateway
from bot.relay import Relay
from bot.transports.content_check import ContentChecks
from tests.bot.conftest import USERS
from tests.cast import APPID, World
from tests.conftest import SHANGHAI, FakeClock
from tests.emulated import Platform, served
from tests.media.conftest import Files, picture

CHECK = "/wxa/media_check_async"


@dataclass
class Checked:
    """A picture of the resident, our public address, and the relay that asks about it."""

    media: Media
    url: str
    relay: Relay
    platform: Platform
    clock: FakeClock

    def tick(self, seconds: float = 0) -> None:
        """Turn both clocks, let the relay work and the platform call back."""
        self.clock.advance(seconds=seconds)
        self.platform.set_clock(self.clock())
        self.relay.deliver_due(now=self.clock())
        assert self.platform.control("settle")["settled"]

    @property
    def state(self) -> str:
        """Where the check stands."""
        return str(Media.get_by_id(self.media.id).moderation)


@pytest.fixture
def checked(
    known: World, app: Flask, settings: Settings, gateway: Gateway, platform: Platform, clock: FakeClock
) -> Iterator[Checked]:
    """A picture that was just used; the resident was seen just now."""
    public_id = Files(app, known.resident.token).upload(picture()).json["data"]["id"]
    media = Media.get(public_id=public_id)
    in_unit_of_work(lambda: attach([media.id], organization_id=known.branch.id, now=clock()))
    platform.control("visit", user=USERS["resident"])
    with served(app) as url, connected():
        platform.control("apps", appid=APPID, callback_url=f"{url}/wechat/miniprogram")
        checks = ContentChecks(gateway, APPID, CONTENT_SUBJECTS, url)
        relay = Relay({Channel.CONTENT_CHECK: checks}, SHANGHAI, lambda: False)
        yield Checked(media, url, relay, platform, clock)


def test_the_platform_fetches_the_picture_and_its_verdict_comes_home(checked: Checked) -> None:
    checked.tick()
    assert (checked.state, Delivery.get().state) == ("pending", "sent")
    checked.tick(3)
    assert checked.state == "passed"


@pytest.mark.parametrize(("suggest", "state"), [("review", "review"), ("risky", "refused")])
def test_what_the_platform_finds_in_it(checked: Checked, suggest: str, state: str) -> None:
    words = [{"word": checked.media.public_id, "suggest": suggest}]
    checked.platform.control("settings", words=words)
    checked.tick()
    checked.tick(3)
    assert checked.state == state


def test_a_picture_that_cannot_be_fetched_goes_to_a_person(checked: Checked, gateway: Gateway) -> None:
    elsewhere = ContentChecks(gateway, APPID, CONTENT_SUBJECTS, f"{checked.url}/elsewhere")
    checked.relay = Relay({Channel.CONTENT_CHECK: elsewhere}, SHANGHAI, lambda: False)
    checked.tick()
    checked.tick(3)
    assert checked.state == "review"


def test_a_verdict_that_overtakes_our_own_note_is_kept_and_counts(checked: Checked) -> None:
    checked.platform.control("settings", media_check_delay_s=0)
    checked.tick()
    pushes.handle_waiting(PLATFORM_EVENTS, now=checked.clock() + timedelta(minutes=1))
    assert checked.state == "passed"


@pytest.mark.parametrize(
    ("fault", "waits_s"),
    [
        ({"http": 502}, 35),
        ({"drop": True}, 35),
        ({"errcode": -1}, 35),
        ({"errcode": 48001}, 0),
    ],
    ids=["down", "cut off", "busy", "not permitted"],
)
def test_a_platform_that_is_down_leaves_it_to_a_person(checked: Checked, fault: dict[str, Any], waits_s: int) -> None:
    checked.platform.fault(CHECK, times=None, **fault)
    checked.tick()
    for pause in (5, 30) if waits_s else ():
        assert checked.state == "pending"
        checked.tick(pause)
    assert checked.state == "review"


def test_an_author_who_was_not_seen_for_two_hours_goes_to_a_person(checked: Checked) -> None:
    checked.tick(2.5 * 3600)
    assert checked.state == "review"


def test_a_verdict_that_never_comes_is_not_waited_for(checked: Checked) -> None:
    checked.platform.control("settings", media_check_delay_s=10**6)
    checked.tick()
    later = checked.clock() + UNANSWERED_AFTER
    assert (hand_over_unanswered(now=later), checked.state) == (1, "review")


def test_three_deliveries_of_one_verdict_count_once(checked: Checked, known: World, platform: Platform) -> None:
    checked.tick()
    trace_id = Delivery.get().platform_id
    push: Callable[..., Any] = platform.control
    answer = push("push", kind="media_check", user=USERS["resident"], trace_id=trace_id, suggest="risky", times=3)
    assert [delivery["outcome"] for delivery in answer["deliveries"]] == ["delivered"] * 3
    assert checked.state == "refused"
