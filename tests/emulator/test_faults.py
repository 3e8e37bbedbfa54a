"""Ordered faults: what a client meets, what was carried out, how often."""

import time
from typing import Any

import pytest
import requests
from wechatpy import WeChatClient

from tests.emulator.speaking import LESSON, ROBOT, Emulator, refused

SEND = "/cgi-bin/message/subscribe/send"
WEBHOOK = "/qy/cgi-bin/webhook/send"
HELLO = {"msgtype": "text", "text": {"content": "x"}}


def order(emulator: Emulator, **fault: Any) -> None:
    emulator.control("faults", **({"path": WEBHOOK} | fault))


def post(emulator: Emulator) -> requests.Response:
    return emulator.post(WEBHOOK, params={"key": ROBOT}, json=HELLO)


def codes(emulator: Emulator, number: int) -> list[int]:
    return [int(post(emulator).json()["errcode"]) for _ in range(number)]


def test_error_once_then_success(emulator: Emulator, mini: WeChatClient) -> None:
    order(emulator, path=SEND, errcode=-1)
    emulator.accept("member-zhao", LESSON)
    body = emulator.lesson_for("member-zhao")
    with refused(-1):
        mini.wxa.send_subscribe_message(body["touser"], LESSON, body["data"])
    assert emulator.sent() == []
    assert mini.wxa.send_subscribe_message(body["touser"], LESSON, body["data"])["errcode"] == 0


def test_error_speaks_as_the_platform(emulator: Emulator) -> None:
    order(emulator, errcode=45009, times=2)
    order(emulator, errcode=45009, errmsg="my own words")
    messages = [post(emulator).json()["errmsg"].split(", hint")[0] for _ in range(3)]
    assert messages == ["api freq out of limit", "api freq out of limit", "my own words"]


def test_error_for_ever_until_it_is_taken_back(emulator: Emulator) -> None:
    order(emulator, errcode=93000, times=None)
    assert codes(emulator, 5) == [93000] * 5
    emulator.http.delete(f"{emulator.base}/_control/faults", timeout=5)
    assert codes(emulator, 1) == [0]


def test_error_in_the_middle(emulator: Emulator) -> None:
    order(emulator, errcode=-1, skip=2, times=2)
    assert codes(emulator, 6) == [0, 0, -1, -1, 0, 0]


def test_error_at_every_third_call(emulator: Emulator) -> None:
    order(emulator, errcode=-1, every=3, times=None)
    assert codes(emulator, 9) == [0, 0, -1, 0, 0, -1, 0, 0, -1]


def test_error_for_a_minute(emulator: Emulator) -> None:
    order(emulator, errcode=45011, for_s=60)
    assert codes(emulator, 3) == [45011] * 3
    emulator.advance(59)
    assert codes(emulator, 1) == [45011]
    emulator.advance(1)
    assert codes(emulator, 1) == [0]


def test_error_for_a_minute_but_once(emulator: Emulator) -> None:
    order(emulator, errcode=45011, for_s=60, times=1)
    assert codes(emulator, 2) == [45011, 0]


def test_error_for_one_robot_or_one_user_only(emulator: Emulator) -> None:
    order(emulator, errcode=-1, robot="another")
    order(emulator, path=SEND, errcode=43101, user="member-qian")
    emulator.accept("member-zhao", LESSON)
    emulator.accept("member-qian", LESSON)
    assert codes(emulator, 1) == [0]
    assert emulator.send_lesson("member-zhao")["errcode"] == 0
    assert emulator.send_lesson("member-qian")["errcode"] == 43101
    assert emulator.send_lesson("member-qian")["errcode"] == 0


@pytest.mark.parametrize(
    ("pattern", "codes_met"),
    [(WEBHOOK, [-1, 0]), ("/cgi-bin/webhook/send", [-1, 0]), ("/cgi-bin/webhook/*", [-1, 0]), ("/qy/*", [-1, 0])],
)
def test_paths_with_and_without_root_and_star(emulator: Emulator, pattern: str, codes_met: list[int]) -> None:
    order(emulator, path=pattern, errcode=-1)
    assert codes(emulator, 2) == codes_met


def test_path_of_another_call_is_not_met(emulator: Emulator) -> None:
    order(emulator, path="/cgi-bin/webhook", errcode=-1)
    assert codes(emulator, 1) == [0]


def test_faults_are_met_in_the_order_they_were_given(emulator: Emulator) -> None:
    order(emulator, errcode=-1)
    order(emulator, errcode=45009)
    assert codes(emulator, 3) == [-1, 45009, 0]


@pytest.mark.parametrize(
    ("fault", "status"), [({"http": 503}, 503), ({"html": True}, 502), ({"html": True, "http": 200}, 200)]
)
def test_page_instead_of_json(emulator: Emulator, fault: dict[str, Any], status: int) -> None:
    order(emulator, **fault)
    answer = post(emulator)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html")
    assert "<html>" in answer.text
    assert emulator.sent() == []


def test_half_of_the_json(emulator: Emulator) -> None:
    order(emulator, truncate=True)
    answer = post(emulator)
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_connection_reset_before_the_work(emulator: Emulator) -> None:
    order(emulator, drop=True)
    with pytest.raises(requests.ConnectionError):
        post(emulator)
    assert emulator.sent() == []
    assert codes(emulator, 1) == [0]


@pytest.mark.parametrize("fault", [{"after": True}, {"after": True, "drop": True}])
def test_connection_reset_after_the_work(emulator: Emulator, fault: dict[str, bool]) -> None:
    order(emulator, **fault)
    with pytest.raises(requests.ConnectionError):
        post(emulator)
    assert len(emulator.sent()) == 1


@pytest.mark.parametrize("fault", [{"http": 502}, {"truncate": True}, {"html": True}])
def test_broken_answer_after_the_work(emulator: Emulator, fault: dict[str, Any]) -> None:
    order(emulator, after=True, **fault)
    with pytest.raises(requests.exceptions.JSONDecodeError):
        post(emulator).json()
    assert len(emulator.sent()) == 1


def test_error_after_the_work(emulator: Emulator) -> None:
    order(emulator, after=True, errcode=-1)
    assert codes(emulator, 1) == [-1]
    assert len(emulator.sent()) == 1


@pytest.mark.parametrize(("after", "accepted"), [(True, 1), (False, 0)])
def test_timeout_of_the_client(emulator: Emulator, after: bool, accepted: int) -> None:
    order(emulator, delay_s=30, after=after)
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{emulator.base}{WEBHOOK}", params={"key": ROBOT}, json=HELLO, timeout=0.3)
    assert len(emulator.sent()) == accepted


def test_delay_lets_the_call_go_on(emulator: Emulator) -> None:
    order(emulator, delay_s=0.05)
    began = time.monotonic()
    assert codes(emulator, 1) == [0]
    assert time.monotonic() - began >= 0.05


def test_fault_of_the_answer_does_not_hide_a_refusal(emulator: Emulator) -> None:
    order(emulator, after=True)
    answer = emulator.post(WEBHOOK, params={"key": "unknown"}, json=HELLO)
    assert answer.json()["errcode"] == 93000


def test_faults_are_listed_with_what_they_did(emulator: Emulator) -> None:
    order(emulator, errcode=-1, times=3, skip=1)
    codes(emulator, 2)
    (fault,) = emulator.get("/_control/faults").json()
    assert (fault["seen"], fault["fired"], fault["times"]) == (2, 1, 3)


@pytest.mark.parametrize(
    "fault",
    [{}, {"errcode": "x"}, {"delay_s": 1000}, {"errcode": 1, "colour": "red"}, {"times": 2}],
    ids=["nothing", "type", "too long", "unknown", "nothing happens"],
)
def test_fault_that_makes_no_sense_is_refused(emulator: Emulator, fault: dict[str, Any]) -> None:
    answer = emulator.post("/_control/faults", json={"path": WEBHOOK} | fault)
    assert answer.status_code == 400
    assert "fault" in answer.json()["error"]
    assert emulator.get("/_control/faults").json() == []


def test_reset_takes_faults_back(emulator: Emulator) -> None:
    order(emulator, errcode=-1)
    emulator.control("reset")
    assert codes(emulator, 1) == [0]


def test_errors_are_listed_for_a_person(emulator: Emulator) -> None:
    order(emulator, drop=True)
    with pytest.raises(requests.ConnectionError):
        post(emulator)
    emulator.send_lesson("member-zhao")
    dropped, refusal = emulator.get("/_control/errors").json()
    assert (dropped["errcode"], dropped["robot"], dropped["path"]) == (None, ROBOT, WEBHOOK)
    assert (refusal["errcode"], refusal["user"], refusal["path"]) == (43101, "member-zhao", f"/wx{SEND}")
