"""The bot as a process: killed, told to stop, started again. Nothing is lost, and what came twice is known."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from backend.core import migration
from backend.core.clock import system_clock
from backend.core.crypto import keyring, new_public_id
from backend.core.database import in_unit_of_work
from backend.messaging.models import Delivery, DeliveryState, MessageLimit, SubscriptionGrant
from backend.messaging.outbox import enqueue
from backend.messaging.rules import Purpose
from backend.people.models import Account, WeChatIdentity
from bot.relay import BATCH, SHARES
from tests.conftest import make_settings
from tests.databases import EmptyDatabase
from tests.databases import empty_database as empty_database
from tests.emulated import CREDENTIALS, ROOT, SEND, Platform, reaching
from tests.messaging.makers import template
from tests.messaging.samples import ORDER

PATIENCE_S = 40
PEOPLE = 200
URGENT = {**ORDER, "urgent": True}  # these tests run in real time, at night too
ENVIRONMENT = {
    "SECRET_KEY": "a-test-key-of-more-than-32-characters!",
    "FIELD_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "PUBLIC_URL": "https://zhibu.example",
}


@dataclass
class Bot:
    """Starts bots against one database and one emulator, and ends those that are left."""

    environ: dict[str, str]
    log: Path
    running: list["subprocess.Popen[bytes]"]

    def start(self) -> "subprocess.Popen[bytes]":
        """`python -m bot`."""
        with self.log.open("ab") as log:
            started = subprocess.Popen([sys.executable, "-m", "bot"], cwd=ROOT, env=self.environ, stderr=log)
        self.running.append(started)
        return started

    def end(self) -> None:
        """Leave none behind."""
        for process in self.running:
            process.kill()
            process.wait()


@pytest.fixture
def bot(empty_database: EmptyDatabase, emulator: Platform, tmp_path: Path) -> Iterator[Bot]:
    """A migrated database of its own, the emulator in real time, and bots to be started."""
    emulator.control("reset")
    with empty_database() as url:
        migration.migrate()
        keyring.initialize(make_settings(url, tmp_path))
        environ = {**os.environ, **ENVIRONMENT, **reaching(emulator), "DATABASE_URL": url, "MEDIA_ROOT": str(tmp_path)}
        made = Bot(environ, tmp_path / "bot.log", [])
        yield made
        made.end()


def until(wanted: Callable[[], bool], what: str) -> None:
    """Ask until it is so; fails when it never is."""
    deadline = time.monotonic() + PATIENCE_S
    while not wanted():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def crowd(emulator: Platform, credits: int) -> list[str]:
    """People whom both sides know, with that many grants each; gives their names at the platform."""
    card = template(Purpose.ORDER_PROGRESS)
    names = [f"p{number}" for number in range(PEOPLE)]
    emulator.control("users", users=[{"name": name, "display_name": name} for name in names])
    openids = emulator.look("world")["openids"]
    now = system_clock()
    Account.insert_many([{"public_id": name, "display_name": name, "created_at": now} for name in names]).execute()
    ids = {row.public_id: row.id for row in Account.select()}
    identity = {"appid": CREDENTIALS["MINIPROGRAM_APPID"], "visited_at": now}
    WeChatIdentity.insert_many(
        [{"account": ids[name], "openid": openids[name]["miniprogram"], **identity} for name in names]
    ).execute()
    owned = {"template": card.id, "credits": credits, "changed_at": now}
    SubscriptionGrant.insert_many([{"account": ids[name], **owned} for name in names]).execute()
    for name in names:
        emulator.accept(name, card.template_id, credits)
    return names


def tell_everybody(now: datetime) -> None:
    """One message for each of the crowd."""
    ids = [row.id for row in Account.select(Account.id)]
    key, people = new_public_id(), {"requester": ids}
    in_unit_of_work(lambda: enqueue("order.claimed", URGENT, key=key, organization_id=None, people=people, now=now))


def count(*states: DeliveryState) -> int:
    """How many deliveries are in one of these states."""
    return int(Delivery.select().where(Delivery.state.in_(states)).count())


def age_the_leases() -> None:
    """As if the minute that a lease lasts had passed."""
    past = system_clock() - timedelta(seconds=1)
    Delivery.update(available_at=past).where(Delivery.state == DeliveryState.SENDING).execute()


@pytest.mark.slow
def test_a_bot_killed_in_the_middle_loses_nothing_and_what_came_twice_is_marked(bot: Bot, emulator: Platform) -> None:
    names = crowd(emulator, credits=2)
    emulator.fault(SEND, delay_s=1.0, every=3, times=None)  # every third is still on its way when the others are there
    tell_everybody(system_clock())
    first = bot.start()
    until(lambda: len(emulator.sent()) >= PEOPLE // 4, "the first bot sends")
    first.send_signal(signal.SIGKILL)
    first.wait()
    in_hand = count(DeliveryState.SENDING)
    assert in_hand > 0
    age_the_leases()
    second = bot.start()
    until(lambda: count(DeliveryState.SENT) == PEOPLE, "the second bot sends the rest")
    second.terminate()
    assert second.wait(PATIENCE_S) == 0
    arrived = Counter(item["user"] for item in emulator.sent())
    assert set(arrived) == set(names)
    twice = {name for name, times in arrived.items() if times > 1}
    assert max(arrived.values()) <= 2
    assert len(twice) <= in_hand
    marked = {row.account.public_id for row in Delivery.select(Delivery, Account).join(Account) if row.maybe_twice}
    assert twice <= marked
    assert len(marked) <= in_hand
    assert_no_traceback(bot)


@pytest.mark.slow
def test_a_bot_told_to_stop_finishes_what_is_in_hand_and_releases_the_rest(bot: Bot, emulator: Platform) -> None:
    crowd(emulator, credits=1)
    emulator.fault(SEND, delay_s=1.0, times=None)
    tell_everybody(system_clock())
    started = bot.start()
    until(lambda: count(DeliveryState.SENDING) == PEOPLE, "the bot has all in hand")
    until(lambda: len(emulator.sent()) > 0, "the platform takes the first ones")
    started.send_signal(signal.SIGTERM)
    assert started.wait(PATIENCE_S) == 0
    assert count(DeliveryState.SENDING) == 0
    assert count(DeliveryState.SENT) == len(emulator.sent())
    untried = Delivery.select().where(Delivery.state == DeliveryState.PENDING)
    assert {(row.attempts, row.lease, row.maybe_twice) for row in untried} <= {(0, None, False)}
    assert "bot stopped" in bot.log.read_text()
    assert_no_traceback(bot)


@pytest.mark.slow
def test_two_bots_send_each_message_once(bot: Bot, emulator: Platform) -> None:
    names = crowd(emulator, credits=2)
    tell_everybody(system_clock())
    both = [bot.start(), bot.start()]
    until(lambda: bot.log.read_text().count("bot started") == 2, "both are there")
    until(lambda: count(DeliveryState.SENT) == PEOPLE, "all is sent")
    for one in both:
        one.send_signal(signal.SIGINT)
    assert [one.wait(PATIENCE_S) for one in both] == [0, 0]
    assert Counter(item["user"] for item in emulator.sent()) == Counter(names)
    assert not Delivery.select().where(Delivery.maybe_twice).exists()
    assert_no_traceback(bot)


@pytest.mark.slow
def test_two_bots_together_keep_the_pace_of_the_one_app(bot: Bot, emulator: Platform) -> None:
    a_second, times = 300, 2 * SHARES * BATCH // PEOPLE  # twice what one bot takes at once
    crowd(emulator, credits=times)
    MessageLimit.create(code="rate_notify", value=str(a_second * 60), unit="条/分钟", source="test")
    for _ in range(times):
        tell_everybody(system_clock())
    started, other = time.monotonic(), replace(bot, log=bot.log.with_name("other.log"))
    both = [bot.start(), other.start()]
    until(lambda: count(DeliveryState.SENT) == times * PEOPLE, "all is sent")
    took = time.monotonic() - started
    for one in both:
        one.send_signal(signal.SIGINT)
    assert [one.wait(PATIENCE_S) for one in both] == [0, 0]
    assert len(emulator.sent()) == times * PEOPLE
    # each at a pace of its own would need half the time; a busy machine can only make it longer
    assert took > times * PEOPLE / a_second
    for one in (bot, other):
        assert '"sent"' in one.log.read_text()
        assert_no_traceback(one)


def assert_no_traceback(bot: Bot) -> None:
    """What a bot writes is one line an event, and nothing of it is a fault of ours."""
    text = bot.log.read_text()
    assert "Traceback" not in text, text
    assert "maximum number of running instances" not in text
