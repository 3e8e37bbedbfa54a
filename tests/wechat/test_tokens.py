"""Access tokens: one for all threads, processes and machines, renewed ahead of time, never asked for in a storm."""

import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from backend.core.crypto import Sealed, keyring
from backend.core.database import connected, database
from backend.core.settings import Settings
from backend.rooms import TABLES
from backend.wechat.client import TIMEOUT_S
from backend.wechat.faults import PlatformFault
from backend.wechat.gateway import Gateway
from backend.wechat.miniprogram import SubscribeMessage
from backend.wechat.models import PlatformToken
from backend.wechat.tokens import LEASE, REFRESH_AHEAD
from tests.cast import World
from tests.conftest import FakeClock, make_settings
from tests.databases import EmptyDatabase
from tests.emulated import CREDENTIALS, ROOT, SEND, STABLE_TOKEN, Platform, reaching
from tests.emulated import settings as settings

CARD = "tmpl-lesson-published-00000000000000000000001"
DATA = {"thing1": "党课", "thing2": "吴远", "time3": "2026年11月29日 08:00"}
APPID = CREDENTIALS["MINIPROGRAM_APPID"]


@pytest.fixture(autouse=True)
def counted(world: World, platform: Platform) -> None:
    """Calls are counted from the beginning, and somebody may be written to."""
    platform.accept("resident-li", CARD, 5)
    platform.count(STABLE_TOKEN)
    platform.count(SEND)


def send(gateway: Gateway, platform: Platform) -> str:
    """One service notification to the resident."""
    message = SubscribeMessage(platform.openid("resident-li"), CARD, DATA, None)
    return gateway.miniprogram.send_subscribe_message(message)


def calls(platform: Platform) -> tuple[int, int]:
    """How many notifications were tried and how many tokens asked for."""
    return platform.calls(SEND), platform.calls(STABLE_TOKEN)


def stored() -> PlatformToken:
    """The row that all share."""
    found: PlatformToken = PlatformToken.get(PlatformToken.name == APPID)
    return found


def rotate(platform: Platform) -> None:
    """A rival forces a new token: the old one dies at once."""
    body = {"grant_type": "client_credential", "appid": APPID, "secret": CREDENTIALS["MINIPROGRAM_SECRET"]}
    answer = requests.post(f"{platform.url}/wx{STABLE_TOKEN}", json={**body, "force_refresh": True}, timeout=10)
    assert answer.json()["access_token"]


def test_ten_threads_ask_for_one_token(gateway: Gateway, platform: Platform) -> None:
    gate, tokens = threading.Barrier(10), list[str]()

    def run() -> None:
        with connected():
            gate.wait()
            tokens.append(gateway.miniprogram.client.tokens.token())

    threads = [threading.Thread(target=run) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tokens) == 10
    assert len(set(tokens)) == 1
    assert platform.calls(STABLE_TOKEN) == 1


ASK = """
from backend.core.clock import system_clock
from backend.core.crypto import Sealed, keyring
from backend.core.database import bind_database, connected
from backend.core.settings import load_settings
from backend.wechat.gateway import Gateway
settings = load_settings()
bind_database(settings.database_url)
keyring.initialize(settings)
with connected():
    print(Gateway(settings, system_clock).miniprogram.client.tokens.token())
"""


def test_three_processes_ask_for_one_token(emulator: Platform, empty_database: EmptyDatabase, tmp_path: Path) -> None:
    emulator.control("reset")
    emulator.count(STABLE_TOKEN)
    with empty_database() as url:
        keyring.initialize(make_settings(url, tmp_path))
        database.create_tables(TABLES)
        environ = {
            **os.environ,
            **reaching(emulator),
            "SECRET_KEY": "a-test-key-of-more-than-32-characters!",
            "FIELD_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "DATABASE_URL": url,
        }
        started = [
            subprocess.Popen([sys.executable, "-c", ASK], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        tokens = [process.communicate(timeout=60)[0].strip() for process in started]
        assert stored().leased_until is None
    assert len(set(tokens)) == 1
    assert len(tokens[0]) > 100
    assert emulator.calls(STABLE_TOKEN) == 1


def test_a_token_is_kept_sealed_and_used_until_shortly_before_its_end(
    gateway: Gateway, platform: Platform, clock: FakeClock
) -> None:
    send(gateway, platform)
    token = stored().token.open()
    assert token.encode() not in bytes(stored().token.raw)
    clock.at = stored().expires_at - REFRESH_AHEAD - timedelta(seconds=1)
    platform.set_clock(clock())
    send(gateway, platform)
    assert calls(platform) == (2, 1)
    clock.advance(seconds=1)
    platform.set_clock(clock())
    send(gateway, platform)
    assert calls(platform) == (3, 2)
    assert stored().expires_at > clock() + REFRESH_AHEAD


def test_a_new_process_takes_the_token_of_the_others(
    gateway: Gateway, platform: Platform, settings: Settings, clock: FakeClock
) -> None:
    send(gateway, platform)
    send(Gateway(settings, clock), platform)
    assert calls(platform) == (2, 1)


def test_while_another_renews_ahead_of_time_the_old_one_goes_on(
    gateway: Gateway, platform: Platform, settings: Settings, clock: FakeClock
) -> None:
    send(gateway, platform)
    clock.at = stored().expires_at - timedelta(seconds=60)
    platform.set_clock(clock())
    PlatformToken.update(leased_until=clock() + LEASE).execute()
    send(Gateway(settings, clock), platform)
    assert calls(platform) == (2, 1)


@pytest.mark.parametrize("left_s", [-1, 7 * 86_400])
def test_a_lease_of_one_who_died_or_whose_clock_was_ahead_holds_up_nobody(
    gateway: Gateway, platform: Platform, clock: FakeClock, left_s: int
) -> None:
    PlatformToken.create(name=APPID, leased_until=clock() + timedelta(seconds=left_s))
    send(gateway, platform)
    assert calls(platform) == (1, 1)
    assert stored().leased_until is None


def test_a_token_that_cannot_be_opened_any_more_is_fetched_again(
    gateway: Gateway, platform: Platform, settings: Settings, clock: FakeClock
) -> None:
    send(gateway, platform)
    raw = bytearray(stored().token.raw)
    raw[0] = 9  # the number of a key that nobody has
    PlatformToken.update(token=Sealed(bytes(raw), "platform_token.token")).execute()
    send(Gateway(settings, clock), platform)
    assert calls(platform) == (2, 2)


def test_a_token_that_a_rival_replaced_is_renewed_and_the_call_made_once_more(
    gateway: Gateway, platform: Platform
) -> None:
    send(gateway, platform)
    rotate(platform)
    before = calls(platform)
    assert send(gateway, platform)
    after = calls(platform)
    assert [one["errcode"] for one in platform.look("errors")] == [40001]
    assert (after[0] - before[0], after[1] - before[1]) == (1, 1)  # the refused call is not among those counted
    assert len(platform.sent()) == 2


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_a_refusal_for_ever_ends_after_three_calls(gateway: Gateway, platform: Platform, errcode: int) -> None:
    send(gateway, platform)
    platform.fault(SEND, errcode=errcode, times=None)
    before = calls(platform)
    with pytest.raises(PlatformFault) as caught:
        send(gateway, platform)
    after = calls(platform)
    assert caught.value.errcode == errcode
    assert (after[0] - before[0], after[1] - before[1]) == (2, 1)


@pytest.mark.parametrize("fault", [{"http": 502}, {"drop": True}, {"truncate": True}, {"errcode": -1}])
def test_a_token_that_cannot_be_had_is_asked_for_again_next_time(
    gateway: Gateway, platform: Platform, fault: dict[str, object]
) -> None:
    platform.fault(STABLE_TOKEN, **fault)
    with pytest.raises(PlatformFault) as caught:
        send(gateway, platform)
    assert caught.value.what == "stable_token"
    assert stored().leased_until is None
    assert send(gateway, platform)


def test_a_platform_that_does_not_answer_in_time_is_a_fault_and_not_a_wait(
    gateway: Gateway, platform: Platform
) -> None:
    send(gateway, platform)
    client = gateway.miniprogram.client
    assert client.timeout == TIMEOUT_S == (3, 8)
    client.timeout = 0.2
    platform.fault(SEND, delay_s=1.0)
    with pytest.raises(PlatformFault) as caught:
        send(gateway, platform)
    assert (caught.value.errcode, caught.value.ambiguous) == (None, True)
