"""The fault matrix (wechat.md §H.6): every fault at every call; how often it was tried, and what the caller saw."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest
import requests
from flask import Flask
from requests.adapters import BaseAdapter

from backend.core.database import connected
from backend.core.settings import Settings
from backend.wechat import robots
from backend.wechat.client import TIMEOUT_S
from backend.wechat.faults import PlatformFault, Remedy
from backend.wechat.gateway import Gateway
from backend.wechat.miniprogram import SubscribeMessage
from backend.wechat.robots import UPLOAD_TIMEOUT_S
from tests.conftest import FakeClock
from tests.emulated import ROBOT_KEY, Platform
from tests.wechat.gateway.every_call import CALLS, DATA, TEMPLATE, Call, Ready

CORP = {"wecom_corp_id": "ww0d0e0a0b00000001", "wecom_secret": "7c5f2e3abd9f64a8ae2f3a4b5c6d7e8fa0b1c2d3"}
REFUSED_TOKENS = {40001, 40014, 42001}
LOST = None  # no answer that could be read


@dataclass(frozen=True)
class Trouble:
    """What goes wrong, and what the caller sees of it: a code, or LOST."""

    order: dict[str, Any]
    seen: int | None

    @property
    def heals(self) -> bool:
        """Whether the very next try would succeed."""
        return self.order.get("times", 1) == 1


TROUBLES: dict[str, Trouble] = {
    "busy once": Trouble({"errcode": -1}, -1),
    "too fast": Trouble({"errcode": 45011, "times": None}, 45011),
    "quota spent": Trouble({"errcode": 45009, "times": None}, 45009),
    "token rotated by a rival": Trouble({"errcode": 40001}, 40001),
    "token malformed": Trouble({"errcode": 40014}, 40014),
    "token expired": Trouble({"errcode": 42001}, 42001),
    "token refused for ever": Trouble({"errcode": 40001, "times": None}, 40001),
    "no grant": Trouble({"errcode": 43101, "times": None}, 43101),
    "not permitted": Trouble({"errcode": 48001, "times": None}, 48001),
    "unheard-of code": Trouble({"errcode": 999_999, "times": None}, 999_999),
    "answer lost after it was accepted": Trouble({"after": True, "drop": True}, LOST),
    "connection reset": Trouble({"drop": True}, LOST),
    "page of a proxy": Trouble({"http": 502}, LOST),
    "page of a proxy that says 200": Trouble({"html": True, "http": 200}, LOST),
    "half an answer": Trouble({"truncate": True, "after": True}, LOST),
}


@pytest.fixture
def ready(app: Flask, settings: Settings, platform: Platform, clock: FakeClock) -> Iterator[Ready]:
    """A gateway with everything in place and all tokens fetched."""
    with connected():
        yield Ready(Gateway(replace(settings, **CORP), clock), platform).prepare()


def tries(call: Call, trouble: Trouble) -> tuple[int, int, int | None]:
    """How often the call reaches the platform, how often a token is asked for, and the code that is left."""
    if trouble.seen not in REFUSED_TOKENS or not call.token_path:
        return 1, 0, trouble.seen
    return 2, 1, 0 if trouble.heals else trouble.seen


@pytest.mark.parametrize("what", TROUBLES)
def test_each_fault_at_each_call(ready: Ready, subtests: pytest.Subtests, what: str) -> None:
    for name, call in CALLS.items():
        with subtests.test(call=name):
            strike(ready, name, call, TROUBLES[what])


def strike(ready: Ready, name: str, call: Call, trouble: Trouble) -> None:
    """Let one call meet one fault."""
    ready.platform.forget_faults()
    ready.platform.count(call.path)
    if call.token_path:
        ready.platform.count(call.token_path)
    ready.platform.fault(call.path, **trouble.order)
    made, fetched, left = tries(call, trouble)
    if left == 0:
        call.run(ready)
    else:
        with pytest.raises(PlatformFault) as caught:
            call.run(ready)
        check(caught.value, name, left)
    assert ready.platform.calls(call.path) == made
    assert not call.token_path or ready.platform.calls(call.token_path) == fetched


def check(fault: PlatformFault, name: str, errcode: int | None) -> None:
    """What the caller saw: the code, whether it may have worked all the same, and what to do."""
    assert fault.errcode == errcode
    asks_for_a_ticket = name == "JS-SDK ticket"  # without one, nothing was asked of the platform yet
    assert fault.ambiguous is (errcode is LOST and not asks_for_a_ticket)
    if errcode is LOST:
        assert (fault.remedy, fault.permanent) == (Remedy.RETRY_LATER, False)
    if errcode == 45011:
        assert fault.retry_after == 60
    assert fault.advice


def test_what_failed_for_being_busy_succeeds_the_next_time(ready: Ready, subtests: pytest.Subtests) -> None:
    for name, call in CALLS.items():
        with subtests.test(call=name):
            ready.platform.fault(call.path, errcode=-1)
            with pytest.raises(PlatformFault):
                call.run(ready)
            call.run(ready)


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_that_is_hours_wrong_stops_no_call(
    ready: Ready, clock: FakeClock, subtests: pytest.Subtests, hours: int
) -> None:
    for name, call in CALLS.items():
        if not call.token_path:
            continue
        clock.advance(hours=hours)
        with subtests.test(call=name):
            call.run(ready)


class Stopwatch(BaseAdapter):
    """Notes the time limits of the requests that pass."""

    def __init__(self, inner: BaseAdapter, limits: list[object]) -> None:
        super().__init__()
        self._inner = inner
        self._limits = limits

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        self._limits.append(kwargs.get("timeout"))
        return self._inner.send(request, **kwargs)

    def close(self) -> None:
        self._inner.close()


def test_each_call_has_a_limit_to_connect_and_one_to_wait(ready: Ready, subtests: pytest.Subtests) -> None:
    limits: list[object] = []
    gateway = ready.gateway
    for session in (
        gateway.miniprogram.client._http,
        gateway.official.client._http,
        gateway.wecom._http,
        gateway.robots._session,
    ):
        for prefix, adapter in list(session.adapters.items()):
            session.mount(prefix, Stopwatch(adapter, limits))
    for name, call in CALLS.items():
        with subtests.test(call=name):
            limits.clear()
            call.run(ready)
            assert limits
            assert set(limits) <= {TIMEOUT_S, UPLOAD_TIMEOUT_S}


@pytest.mark.slow
def test_a_platform_that_keeps_silent_is_left_after_eight_seconds(ready: Ready) -> None:
    message = SubscribeMessage(ready.openid, TEMPLATE, DATA, None)
    calls: dict[str, Callable[[], Any]] = {
        "/cgi-bin/webhook/send": lambda: ready.gateway.robots.post(ROBOT_KEY, robots.text("通知")),
        "/wxa/generate_urllink": lambda: ready.gateway.miniprogram.url_link("pages/index/index"),
        "/cgi-bin/message/subscribe/send": lambda: next(ready.gateway.bulk.send([message])),
    }
    for path in calls:
        ready.platform.fault(path, delay_s=30, after=True)

    def outcome(call: Callable[[], Any]) -> PlatformFault:
        with connected():
            try:
                ((_, fate),) = call()
            except PlatformFault as fault:
                return fault
            assert isinstance(fate, PlatformFault)
            return fate

    with ThreadPoolExecutor(len(calls)) as pool:
        found = list(pool.map(outcome, calls.values()))
    assert [(fault.errcode, fault.ambiguous, fault.permanent) for fault in found] == [(LOST, True, False)] * 3
