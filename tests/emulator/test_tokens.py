"""Access tokens of WeChat: /cgi-bin/token, /cgi-bin/stable_token, and what happens to bad ones."""

import re
from typing import Any

import pytest
from wechatpy import WeChatClient

from tests.emulator.speaking import CREDENTIAL, MINI, Emulator, refused

ADDRESSES = "/wx/cgi-bin/get_api_domain_ip"


def classic(emulator: Emulator, **changed: Any) -> dict[str, Any]:
    asked = {name: value for name, value in (CREDENTIAL | changed).items() if value is not None}
    fields: dict[str, Any] = emulator.get("/wx/cgi-bin/token", params=asked).json()
    return fields


def stable(emulator: Emulator, **changed: Any) -> dict[str, Any]:
    asked = {name: value for name, value in (CREDENTIAL | changed).items() if value is not None}
    fields: dict[str, Any] = emulator.post("/wx/cgi-bin/stable_token", json=asked).json()
    return fields


def errcode_of(emulator: Emulator, token: str | None) -> int:
    params = {} if token is None else {"access_token": token}
    return int(emulator.get(ADDRESSES, params=params).json().get("errcode", 0))


def test_token_fetched_by_wechatpy_works(mini: WeChatClient) -> None:
    token = mini.access_token
    assert re.fullmatch(r"\d\d_[\w-]{130,509}", token)
    assert mini.misc.get_wechat_ips() == ["127.0.0.1"]


def test_token_lives_two_hours(emulator: Emulator) -> None:
    answer = classic(emulator)
    assert set(answer) == {"access_token", "expires_in"}
    assert answer["expires_in"] == 7200
    emulator.advance(7199)
    assert errcode_of(emulator, answer["access_token"]) == 0
    emulator.advance(1)
    assert errcode_of(emulator, answer["access_token"]) == 42001


def test_token_replaced_by_the_next_works_five_minutes_more(emulator: Emulator) -> None:
    first, second = (classic(emulator)["access_token"] for _ in range(2))
    assert first != second
    emulator.advance(299)
    assert errcode_of(emulator, first) == 0
    emulator.advance(1)
    assert errcode_of(emulator, first) == 40001
    assert errcode_of(emulator, second) == 0


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"appid": None}, 41002),
        ({"secret": None}, 41004),
        ({"grant_type": "password"}, 40002),
        ({"grant_type": None}, 40002),
        ({"appid": "wx0000000000000000"}, 40013),
        ({"secret": "0" * 32}, 40125),
    ],
)
def test_token_refusals_are_the_same_for_both_kinds(emulator: Emulator, changed: dict[str, Any], errcode: int) -> None:
    assert classic(emulator, **changed)["errcode"] == errcode
    assert stable(emulator, **changed)["errcode"] == errcode


def test_token_wrong_secret_has_hint_and_rid(emulator: Emulator) -> None:
    errmsg = classic(emulator, secret="wrong")["errmsg"]
    assert re.search(r" hint: \[\w{8}-\w{6}\] rid: 6b039010-[0-9a-f]{8}-[0-9a-f]{8}$", errmsg)


def test_token_code_for_a_wrong_secret_can_be_switched(emulator: Emulator) -> None:
    emulator.control("settings", codes={"wrong_secret": 40001})
    assert classic(emulator, secret="wrong")["errcode"] == 40001


def test_token_from_an_address_not_on_the_list_is_refused(emulator: Emulator) -> None:
    emulator.control("apps", appid=MINI.appid, ip_allowlist=["203.0.113.7"])
    answer = classic(emulator)
    assert answer["errcode"] == 40164
    assert answer["errmsg"].startswith("invalid ip 127.0.0.1, not in whitelist hint: [")
    assert stable(emulator)["errcode"] == 40164
    emulator.control("apps", appid=MINI.appid, ip_allowlist=["127.0.0.1"])
    assert "access_token" in classic(emulator)


def test_token_of_a_frozen_secret_is_refused(emulator: Emulator) -> None:
    emulator.control("apps", appid=MINI.appid, secret_frozen=True)
    assert classic(emulator)["errcode"] == 40243
    assert stable(emulator)["errcode"] == 40243


def test_token_daily_quota_ends_at_midnight_in_shanghai(emulator: Emulator) -> None:
    emulator.control("settings", daily_token_quota=2)
    assert [classic(emulator).get("errcode") for _ in range(3)] == [None, None, 45009]
    emulator.control("clock", at="2026-11-23T23:59:59+08:00")
    assert classic(emulator)["errcode"] == 45009
    emulator.control("clock", at="2026-11-24T00:00:00+08:00")
    assert "access_token" in classic(emulator)


def test_token_posted_for_is_refused(emulator: Emulator) -> None:
    assert emulator.post("/wx/cgi-bin/token", json=CREDENTIAL).json()["errcode"] == 43001


def test_stable_token_stays_the_same_and_says_what_is_left(emulator: Emulator) -> None:
    first = stable(emulator)
    emulator.advance(6000)
    second = stable(emulator)
    assert second["access_token"] == first["access_token"]
    assert (first["expires_in"], second["expires_in"]) == (7200, 1200)


def test_stable_token_is_renewed_in_its_last_five_minutes(emulator: Emulator) -> None:
    first = stable(emulator)["access_token"]
    emulator.advance(7200 - 300)
    assert stable(emulator)["access_token"] == first
    emulator.advance(1)
    second = stable(emulator)
    assert second["access_token"] != first
    assert second["expires_in"] == 7200
    emulator.advance(298)
    assert errcode_of(emulator, first) == 0
    emulator.advance(2)
    assert errcode_of(emulator, first) in {40001, 42001}
    assert errcode_of(emulator, second["access_token"]) == 0


def test_stable_token_forced_kills_the_old_one_at_once(emulator: Emulator) -> None:
    first = stable(emulator)["access_token"]
    second = stable(emulator, force_refresh=True)["access_token"]
    assert second != first
    assert errcode_of(emulator, first) == 40001
    assert errcode_of(emulator, second) == 0


def test_stable_token_forced_twice_within_thirty_seconds_stays(emulator: Emulator) -> None:
    stable(emulator)
    first = stable(emulator, force_refresh=True)["access_token"]
    emulator.advance(29)
    assert stable(emulator, force_refresh=True)["access_token"] == first
    emulator.advance(1)
    assert stable(emulator, force_refresh=True)["access_token"] != first


def test_stable_token_is_forced_twenty_times_a_day_at_most(emulator: Emulator) -> None:
    tokens = [stable(emulator)["access_token"]]
    for _ in range(21):
        emulator.advance(30)
        tokens.append(stable(emulator, force_refresh=True)["access_token"])
    assert len(set(tokens)) == 21
    assert tokens[-1] == tokens[-2]


def test_stable_token_and_token_live_side_by_side(emulator: Emulator) -> None:
    quiet, loud = stable(emulator)["access_token"], classic(emulator)["access_token"]
    emulator.advance(301)
    assert errcode_of(emulator, quiet) == errcode_of(emulator, loud) == 0
    assert stable(emulator)["access_token"] == quiet


def test_stable_token_refuses_get_and_what_is_no_json(emulator: Emulator) -> None:
    address = "/wx/cgi-bin/stable_token"
    assert emulator.get(address, params=CREDENTIAL).json()["errcode"] == 43002
    assert emulator.post(address, data=b"grant_type=x").json()["errcode"] == 47001
    assert emulator.post(address, data=b"[]").json()["errcode"] == 47001
    assert emulator.post(address, data=b"").json()["errcode"] == 44002


@pytest.mark.parametrize(
    ("span", "used", "errcode"), [("minute", 10_000, 45011), ("day", 500_000, 45009)], ids=["minute", "day"]
)
def test_stable_token_limits(emulator: Emulator, span: str, used: int, errcode: int) -> None:
    emulator.control("used", call=f"stable_token {MINI.appid}", span=span, used=used)
    assert stable(emulator)["errcode"] == errcode


@pytest.mark.parametrize(
    ("token", "errcode"),
    [(None, 41001), ("", 40014), ("   ", 40014), ("x" * 513, 40014), ("77_unknown", 40001)],
    ids=["missing", "empty", "blank", "too long", "unknown"],
)
def test_bad_token_is_refused(emulator: Emulator, token: str | None, errcode: int) -> None:
    assert errcode_of(emulator, token) == errcode


def test_bad_token_answer_is_the_real_one(emulator: Emulator) -> None:
    answer = emulator.get(ADDRESSES, params={"access_token": "77_unknown"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json; encoding=utf-8"
    assert answer.json()["errmsg"].startswith(
        "invalid credential, access_token is invalid or not latest, could get access_token by"
        " getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r rid: 6b039010-"
    )


def test_bad_token_is_told_before_anything_else(emulator: Emulator) -> None:
    emulator.control("faults", path="/cgi-bin/message/subscribe/send", errcode=-1)
    answer = emulator.post("/wx/cgi-bin/message/subscribe/send?access_token=x", data=b"no json")
    assert answer.json()["errcode"] == 40001
    again = emulator.wx("/cgi-bin/message/subscribe/send", {})
    assert again["errcode"] == -1


def test_token_of_another_kind_of_app_may_not(emulator: Emulator) -> None:
    assert emulator.wx("/wxa/msg_sec_check", {"content": "x"}, app="official")["errcode"] == 48001
    assert emulator.wx("/cgi-bin/menu/create", {"button": []}, app="miniprogram")["errcode"] == 48001


def test_token_of_wecom_is_none_of_wechat(emulator: Emulator) -> None:
    assert errcode_of(emulator, emulator.token("wecom")) == 40001


def test_unknown_address_is_answered_by_the_platform(emulator: Emulator) -> None:
    assert emulator.get("/wx/cgi-bin/nothing").json()["errcode"] == 40066


def test_expired_token_is_reported_by_wechatpy(emulator: Emulator, mini: WeChatClient) -> None:
    assert mini.misc.get_wechat_ips()
    emulator.advance(7200)
    with refused(42001):
        mini.misc.get_wechat_ips()


def test_rotated_token_is_reported_by_wechatpy(emulator: Emulator, mini: WeChatClient) -> None:
    assert mini.misc.get_wechat_ips()
    classic(emulator)  # a rival fetches one
    emulator.advance(300)
    with refused(40001):
        mini.misc.get_wechat_ips()
