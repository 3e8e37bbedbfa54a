"""Faults: every code has a ruling, and neither a fault nor a log line shows a secret."""

import logging
import traceback
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from prometheus_client import REGISTRY

from backend.core.settings import Settings
from backend.wechat import robots
from backend.wechat.faults import RULINGS, PlatformFault, Remedy, TokenFault, WeComFault
from backend.wechat.gateway import Gateway
from emulator.errors import UNSOURCED_CODES, WECHAT_WORDS, WECOM_WORDS
from tests.conftest import FakeClock
from tests.emulated import ROBOT_KEY, SEND, STABLE_TOKEN, Platform
from tests.wechat.gateway.test_miniprogram import message, refusal

SECRET = "a-secret-that-must-not-show-0123456789"


@pytest.mark.parametrize("code", sorted(WECHAT_WORDS))
def test_every_code_of_wechat_has_a_ruling(code: int) -> None:
    assert code in RULINGS


@pytest.mark.parametrize("code", sorted({*WECOM_WORDS, *UNSOURCED_CODES.values()}))
def test_every_code_of_wecom_has_a_ruling(code: int) -> None:
    assert code in WeComFault.rulings


@pytest.mark.parametrize("fault", [PlatformFault, WeComFault, TokenFault])
def test_every_ruling_says_in_chinese_what_to_do(fault: type[PlatformFault]) -> None:
    for code in (*fault.rulings, None, 99999):
        assert any("\u4e00" <= character <= "\u9fff" for character in fault(code, "call").advice), code


def test_the_remedies_by_which_the_relay_acts() -> None:
    grant, channel = PlatformFault(43101, "send"), WeComFault(93000, "post")
    assert (grant.remedy, grant.permanent) == (Remedy.DROP_GRANT, True)
    assert (channel.remedy, channel.permanent) == (Remedy.DISABLE_CHANNEL, True)
    assert (PlatformFault(45009, "send").retry_after, WeComFault(45009, "post").retry_after) == (3600, 60)
    assert not PlatformFault(40164, "send").permanent  # nothing is wrong with the message
    assert PlatformFault(40001, "send").remedy is Remedy.REFRESH_TOKEN
    assert TokenFault(40001, "stable_token").remedy is Remedy.CALL_A_PERSON
    assert PlatformFault(99999, "send").permanent
    assert PlatformFault(None, "send").ambiguous
    assert not TokenFault(None, "stable_token").ambiguous


def whole_story(error: BaseException) -> str:
    """All that a log could make of an exception: its chain, its locals left out, its attributes."""
    parts = []
    seen: BaseException | None = error
    while seen is not None:
        parts += [repr(seen), str(seen), str(vars(seen))]
        seen = seen.__cause__ or seen.__context__
    return "\n".join([*parts, *traceback.format_exception(error)])


@pytest.fixture
def unreachable(settings: Settings, clock: FakeClock, app: Flask) -> Gateway:
    """A gateway whose platform is gone, with a secret that is easy to find."""
    program = replace(settings.miniprogram, secret=SECRET)
    account = replace(settings.official, secret=SECRET)
    gone = {"wechat_api_url": "http://127.0.0.1:9/wx", "wecom_api_url": "http://127.0.0.1:9/qy"}
    corp = {"wecom_corp_id": "ww1", "wecom_secret": SECRET}
    return Gateway(replace(settings, miniprogram=program, official=account, **gone, **corp), clock)


CALLS: dict[str, Callable[[Gateway], object]] = {
    "log-in": lambda g: g.miniprogram.visitor("c"),
    "web log-in": lambda g: g.official.visitor("c"),
    "token": lambda g: g.miniprogram.templates(),
    "corp token": lambda g: g.wecom.check_credentials(),
    "robot": lambda g: g.robots.post(SECRET, robots.text("a")),
    "upload": lambda g: g.robots.upload(SECRET, "a.txt", b"12345"),
}


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("name", CALLS)
def test_no_fault_and_no_log_line_shows_a_secret(
    unreachable: Gateway, name: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    fault = refusal(CALLS[name], unreachable)
    assert (fault.errcode, fault.permanent, fault.ambiguous) == (None, False, False)
    assert SECRET not in whole_story(fault)
    assert SECRET not in caplog.text
    shown = capsys.readouterr()
    assert SECRET not in shown.out + shown.err


def test_the_platforms_own_words_are_kept_for_the_operator(gateway: Gateway, platform: Platform) -> None:
    platform.control("apps", appid=gateway.miniprogram.app.appid, ip_allowlist=["10.0.0.1"])
    fault = refusal(gateway.miniprogram.templates)
    assert fault.errcode == 40164
    assert "127.0.0.1" in fault.detail
    assert "IP 白名单" in fault.advice


def calls_counted(call: str, outcome: str) -> float:
    """How often a call has ended so."""
    return REGISTRY.get_sample_value("zhibu_wechat_calls_total", {"call": call, "outcome": outcome}) or 0.0


@pytest.mark.parametrize(
    ("fault", "outcome"), [({"errcode": -1}, "-1"), ({"errcode": 12345}, "other"), ({"drop": True}, "no_answer")]
)
def test_calls_are_counted_by_outcome(
    gateway: Gateway, platform: Platform, fault: dict[str, object], outcome: str
) -> None:
    before = calls_counted("subscribe/send", outcome)
    platform.fault(SEND, **fault)
    refusal(gateway.miniprogram.send_subscribe_message, message(platform))
    assert calls_counted("subscribe/send", outcome) == before + 1


def test_the_time_of_a_call_is_measured(gateway: Gateway) -> None:
    def measured() -> float:
        return REGISTRY.get_sample_value("zhibu_wechat_call_seconds_count", {"call": "webhook/send"}) or 0.0

    before = measured()
    gateway.robots.post(ROBOT_KEY, robots.text("a"))
    assert measured() == before + 1


def test_a_token_that_cannot_be_had_is_told_apart_from_a_message_that_may_have_gone(
    gateway: Gateway, platform: Platform
) -> None:
    platform.fault(STABLE_TOKEN, drop=True)
    fault = refusal(gateway.miniprogram.send_subscribe_message, message(platform))
    assert (fault.what, fault.ambiguous) == ("stable_token", False)
