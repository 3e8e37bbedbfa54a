"""Log lines: nothing secret gets into them, whatever put it there, in a terminal and in JSON."""

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from backend.core.logs import install_logging, masked

HIDDEN = ("s3cr3t", "13812345678", "1234567")


@pytest.fixture(params=["json", "terminal"])
def lines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """What was written to the log since."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    monkeypatch.setenv("DEMO", "true" if request.param == "terminal" else "false")
    install_logging()
    yield written.getvalue
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def leaks(text: str) -> list[str]:
    """What should not be there."""
    return [secret for secret in HIDDEN if secret in text]


def test_values_are_masked_wherever_they_are_put(lines: Callable[[], str]) -> None:
    log = structlog.get_logger()
    log.info("url", url="https://api.weixin.qq.com/x?appid=wx1&secret=s3cr3t&js_code=s3cr3t&x=1")
    log.info("header", authorization="Bearer s3cr3t", sent={"Authorization": "Bearer s3cr3t"})
    log.info("robot", url="https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=s3cr3t")
    log.info("by name", token="s3cr3t", secret="s3cr3t", session_key="s3cr3t")
    log.info("deep", answer={"access_token": "s3cr3t", "list": [{"phone": "13812345678"}]})
    log.info("as text", body='{"secret": "s3cr3t", "access_token":"s3cr3t", "phone":"13812345678"}')
    log.info("number", phone=13812345678)
    log.info("call 13812345678 and say token=s3cr3t")
    assert leaks(lines()) == []
    assert lines().count("\n") == 8
    assert "138****5678" in lines()
    assert "appid=wx1" in lines()


def test_exceptions_are_masked_too(lines: Callable[[], str]) -> None:
    try:
        raise ConnectionError("GET /sns/jscode2session?secret=s3cr3t failed for 13812345678")
    except ConnectionError:
        structlog.get_logger().exception("failed")
        logging.getLogger("wechatpy").exception("failed with %s", "access_token=s3cr3t")
    assert leaks(lines()) == []
    assert lines().count("Traceback") == 2
    assert "138****5678" in lines()


def test_local_variables_are_never_shown(lines: Callable[[], str]) -> None:
    password = "hunter-of-secrets"
    try:
        raise ValueError(len(password))
    except ValueError:
        structlog.get_logger().exception("failed")
    assert password not in lines()


def test_other_libraries_are_masked(lines: Callable[[], str]) -> None:
    logging.getLogger("requests").warning("%s", {"secret": "s3cr3t", "phone": "13812345678"})
    logging.getLogger("urllib3").info("not of interest")
    logging.getLogger("apscheduler.scheduler").warning("maximum number of running instances reached")
    assert leaks(lines()) == []
    assert lines().count("\n") == 1


def test_a_line_of_json_can_be_read_by_machines(lines: Callable[[], str]) -> None:
    structlog.get_logger().info("sent", rule="order.submitted/dispatchers", delivery=17, note="已送达")
    if lines().startswith("{"):
        line = json.loads(lines())
        assert {**line, "timestamp": None} == {
            "event": "sent",
            "level": "info",
            "rule": "order.submitted/dispatchers",
            "delivery": 17,
            "note": "已送达",
            "timestamp": None,
        }
    else:
        assert "delivery=17" in lines()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("errcode=40001", "errcode=40001"),
        ("order 20261123000000001 sent", "order 20261123000000001 sent"),
        ("138123456789", "138123456789"),
        ("tel:13812345678.", "tel:138****5678."),
        ("12812345678", "12812345678"),
        ("Idempotency-Key=abc", "Idempotency-Key=***"),
        ("bearer abc.def", "bearer ***"),
        ("the token of the day", "the token of the day"),
        ("", ""),
    ],
)
def test_only_secrets_are_cut(text: str, shown: str) -> None:
    assert masked(text) == shown
