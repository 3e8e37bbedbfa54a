"""The bot's figures: on a port of the machine itself, and only when asked for."""

import re
import socket
import threading

import pytest
import requests

from backend.wechat.calls import note
from bot.metrics import PortBusy, figures_on
from tests.emulated import free_port


def test_calls_are_shown_by_name_and_outcome() -> None:
    port = free_port()
    note("subscribe/send", None, 0.1)
    with figures_on(port):
        text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
    assert re.search(r'^zhibu_wechat_calls_total\{call="subscribe/send",outcome="ok"\} [1-9]', text, re.MULTILINE)
    assert "zhibu_wechat_call_seconds_bucket" in text
    assert "zhibu_wechat_repeats_total" in text
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5)


def test_without_a_port_nothing_listens() -> None:
    before = set(threading.enumerate())
    with figures_on(None):
        assert set(threading.enumerate()) == before


def test_a_busy_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortBusy, match=str(port)), figures_on(port):
            raise AssertionError("began all the same")
