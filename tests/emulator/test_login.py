"""Log-in of the mini program: codes, sessions, session keys."""

import base64
import re
from typing import Any

import pytest
from wechatpy import WeChatClient

from tests.emulator.speaking import MINI, OFFICIAL, Emulator, refused, session_signature


def exchange(emulator: Emulator, code: str | None, **changed: str | None) -> dict[str, Any]:
    asked = {"appid": MINI.appid, "secret": MINI.secret, "grant_type": "authorization_code", "js_code": code}
    params = {name: value for name, value in (asked | changed).items() if value is not None}
    fields: dict[str, Any] = emulator.get("/wx/sns/jscode2session", params=params).json()
    return fields


def login_code(emulator: Emulator, user: str = "member-zhao") -> str:
    return str(emulator.control("login-code", user=user)["code"])


def test_log_in_through_wechatpy(emulator: Emulator, mini: WeChatClient) -> None:
    session = mini.wxa.code_to_session(login_code(emulator))
    assert set(session) == {"session_key", "openid", "unionid"}
    assert re.fullmatch(r"o[\w-]{27}", session["openid"])
    assert re.fullmatch(r"o[\w-]{27}", session["unionid"])
    assert len(base64.b64decode(session["session_key"])) == 16


def test_log_in_code_has_32_characters(emulator: Emulator) -> None:
    assert re.fullmatch(r"[0-9A-Za-z]{32}", login_code(emulator))


def test_openid_is_the_same_each_time_and_differs_between_apps(emulator: Emulator) -> None:
    assert emulator.log_in("member-zhao")["openid"] == emulator.openid("member-zhao")
    emulator.control("reset")
    assert emulator.log_in("member-zhao")["openid"] == emulator.openid("member-zhao")
    assert emulator.openid("member-zhao") != emulator.openid("member-zhao", "official")


def test_unionid_is_left_out_when_the_app_is_not_bound(emulator: Emulator) -> None:
    emulator.control("settings", unionid=False)
    assert set(emulator.log_in("member-zhao")) == {"session_key", "openid"}


def test_code_works_once(emulator: Emulator, mini: WeChatClient) -> None:
    code = login_code(emulator)
    mini.wxa.code_to_session(code)
    with refused(40163):
        mini.wxa.code_to_session(code)
    assert exchange(emulator, code)["errmsg"].startswith("code been used, rid: ")


def test_code_lives_five_minutes(emulator: Emulator) -> None:
    early, late = login_code(emulator), login_code(emulator)
    emulator.advance(299)
    assert "openid" in exchange(emulator, early)
    emulator.advance(1)
    assert exchange(emulator, late)["errcode"] == 40029


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"appid": "wx0000000000000000"}, 40013),
        ({"appid": None}, 41002),
        ({"secret": "wrong"}, 40125),
        ({"secret": None}, 41004),
        ({"grant_type": "client_credential"}, 40002),
        ({"js_code": None}, 41008),
        ({"js_code": "0" * 32}, 40029),
        ({"appid": OFFICIAL.appid, "secret": OFFICIAL.secret}, 40029),
    ],
    ids=["appid", "no appid", "secret", "no secret", "grant_type", "no code", "unknown code", "other app"],
)
def test_log_in_refusals(emulator: Emulator, changed: dict[str, str | None], errcode: int) -> None:
    assert exchange(emulator, login_code(emulator), **changed)["errcode"] == errcode


def test_log_in_unknown_code_speaks_as_the_platform(emulator: Emulator) -> None:
    assert exchange(emulator, "x")["errmsg"].startswith("invalid code, rid: ")


def test_log_in_with_a_phone_code_is_refused(emulator: Emulator) -> None:
    code = emulator.control("phone-code", user="member-zhao")["code"]
    assert exchange(emulator, code)["errcode"] == 40029


def test_log_in_of_a_blocked_user_is_refused(emulator: Emulator) -> None:
    emulator.control("users", name="member-zhao", blocked=True)
    assert exchange(emulator, login_code(emulator))["errcode"] == 40226


def test_log_in_a_hundred_times_a_minute_at_most(emulator: Emulator) -> None:
    codes = [login_code(emulator) for _ in range(102)]
    answers = [exchange(emulator, code) for code in codes[:101]]
    assert [answer.get("errcode") for answer in answers] == [None] * 100 + [45011]
    assert "openid" in emulator.log_in("member-qian")
    emulator.advance(60)
    assert "openid" in exchange(emulator, codes[101])


def test_session_key_changes_after_a_minute_only(emulator: Emulator) -> None:
    first = emulator.log_in("member-zhao")["session_key"]
    emulator.advance(59)
    assert emulator.log_in("member-zhao")["session_key"] == first
    emulator.advance(1)
    assert emulator.log_in("member-zhao")["session_key"] != first


def signed(emulator: Emulator, path: str, **changed: str) -> dict[str, Any]:
    session = emulator.log_in("member-zhao")
    good = {"openid": session["openid"], "signature": session_signature(session["session_key"])}
    return emulator.wx(path, **(good | {"sig_method": "hmac_sha256"} | changed))


def test_check_session_accepts_the_living_key(emulator: Emulator) -> None:
    assert signed(emulator, "/wxa/checksession") == {"errcode": 0, "errmsg": "ok"}


@pytest.mark.parametrize("path", ["/wxa/checksession", "/wxa/resetusersessionkey"])
@pytest.mark.parametrize(
    ("changed", "errcode"),
    [({"openid": "o" + "x" * 27}, 40003), ({"sig_method": "md5"}, 87008), ({"signature": "0" * 64}, 87009)],
    ids=["openid", "method", "signature"],
)
def test_check_session_refusals(emulator: Emulator, path: str, changed: dict[str, str], errcode: int) -> None:
    assert signed(emulator, path, **changed)["errcode"] == errcode


def test_check_session_of_one_who_never_logged_in(emulator: Emulator) -> None:
    params = {"openid": emulator.openid("member-qian"), "signature": "x", "sig_method": "hmac_sha256"}
    assert emulator.wx("/wxa/checksession", **params)["errcode"] == 87007


def test_reset_session_key_gives_a_new_one(emulator: Emulator) -> None:
    answer = signed(emulator, "/wxa/resetusersessionkey")
    assert (answer["errcode"], answer["openid"]) == (0, emulator.openid("member-zhao"))
    signature = session_signature(answer["session_key"])
    params = {"openid": answer["openid"], "signature": signature, "sig_method": "hmac_sha256"}
    assert emulator.wx("/wxa/checksession", **params)["errcode"] == 0


def test_reset_session_key_needs_its_arguments(emulator: Emulator) -> None:
    assert signed(emulator, "/wxa/resetusersessionkey", openid="")["errcode"] == 40097


def test_reset_session_key_limit(emulator: Emulator) -> None:
    emulator.control("used", call="/wxa/resetusersessionkey", span="minute", used=60_000)
    assert signed(emulator, "/wxa/resetusersessionkey")["errcode"] == 45011
