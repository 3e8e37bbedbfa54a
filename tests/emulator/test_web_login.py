"""Web log-in of the official account: the page where a person picks a user, and the code it brings."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from wechatpy.oauth import WeChatOAuth

from tests.emulator.speaking import MINI, OFFICIAL, Emulator, Rebase

PAGE = "/open/connect/oauth2/authorize"
TOKEN = "/wx/sns/oauth2/access_token"
BACK = "http://127.0.0.1:8000/m/?from=menu"


def page(emulator: Emulator, **changed: str) -> Any:
    asked = {"appid": OFFICIAL.appid, "redirect_uri": BACK, "response_type": "code", "scope": "snsapi_base"}
    return emulator.get(PAGE, params=asked | {"state": "s&1"} | changed, allow_redirects=False)


def picked_code(emulator: Emulator, user: str = "secretary-sun", **changed: str) -> str:
    answer = page(emulator, emulator_user=user, **changed)
    assert answer.status_code == 302
    return str(parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0])


def exchange(emulator: Emulator, code: str, **changed: str | None) -> dict[str, Any]:
    asked = {"appid": OFFICIAL.appid, "secret": OFFICIAL.secret, "code": code}
    all_of_it = asked | {"grant_type": "authorization_code"} | changed
    params = {name: value for name, value in all_of_it.items() if value is not None}
    fields: dict[str, Any] = emulator.get(TOKEN, params=params).json()
    return fields


def test_page_offers_every_user(emulator: Emulator) -> None:
    answer = page(emulator)
    assert answer.status_code == 200
    assert "支部服务号" in answer.text
    assert "孙立新" in answer.text
    assert "emulator_user=county-wu" in answer.text


def test_picking_leads_back_with_code_and_state(emulator: Emulator) -> None:
    location = page(emulator, emulator_user="secretary-sun").headers["Location"]
    query = parse_qs(urlsplit(location).query)
    assert location.startswith("http://127.0.0.1:8000/m/?from=menu&code=")
    assert query["state"] == ["s&1"]


def test_fragment_of_the_address_stays_last(emulator: Emulator) -> None:
    target = "http://127.0.0.1:8000/m/#/pages/me"
    location = page(emulator, emulator_user="secretary-sun", redirect_uri=target).headers["Location"]
    assert location.endswith("#/pages/me")
    assert "?code=" in location


@pytest.mark.parametrize(
    "changed",
    [
        {"appid": "wx0000000000000000"},
        {"appid": MINI.appid},
        {"redirect_uri": "https://elsewhere.example/"},
        {"redirect_uri": "http://127.0.0.1.elsewhere.example/"},
        {"redirect_uri": ""},
        {"response_type": "token"},
        {"scope": "everything"},
    ],
)
def test_page_refuses(emulator: Emulator, changed: dict[str, str]) -> None:
    answer = page(emulator, emulator_user="secretary-sun", **changed)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_page_leads_to_a_configured_host(emulator: Emulator) -> None:
    emulator.control("settings", oauth_hosts=["zhibu.example"])
    answer = page(emulator, emulator_user="secretary-sun", redirect_uri="https://zhibu.example/m/")
    assert answer.headers["Location"].startswith("https://zhibu.example/m/?code=")


def test_code_is_taken_by_wechatpy(emulator: Emulator) -> None:
    oauth = WeChatOAuth(OFFICIAL.appid, OFFICIAL.secret, BACK, scope="snsapi_userinfo")
    oauth._http.mount("https://api.weixin.qq.com/", Rebase(f"{emulator.base}/wx"))
    try:
        answer = oauth.fetch_access_token(picked_code(emulator, scope="snsapi_userinfo"))
        assert answer["openid"] == emulator.openid("secretary-sun", "official")
        assert oauth.get_user_info()["nickname"] == "孙立新"
        assert oauth.check_access_token()
        assert oauth.refresh_access_token(answer["refresh_token"])["openid"] == answer["openid"]
    finally:
        oauth._http.close()


def test_code_brings_the_unionid_of_the_mini_program(emulator: Emulator) -> None:
    answer = exchange(emulator, picked_code(emulator))
    assert answer["unionid"] == emulator.log_in("secretary-sun")["unionid"]
    assert (answer["scope"], answer["expires_in"]) == ("snsapi_base", 7200)


def test_code_from_the_control_call_is_as_good(emulator: Emulator) -> None:
    code = emulator.control("login-code", user="secretary-sun", channel="official")["code"]
    assert exchange(emulator, code)["openid"] == emulator.openid("secretary-sun", "official")


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"code": None}, 41008),
        ({"code": "0" * 32}, 40029),
        ({"appid": "wx0000000000000000"}, 40013),
        ({"secret": "wrong"}, 40125),
        ({"grant_type": "x"}, 40002),
        ({"appid": MINI.appid, "secret": MINI.secret}, 40029),
    ],
)
def test_exchange_refusals(emulator: Emulator, changed: dict[str, str | None], errcode: int) -> None:
    asked: dict[str, Any] = {"code": picked_code(emulator)} | changed
    assert exchange(emulator, **asked)["errcode"] == errcode


def test_code_works_once_for_five_minutes(emulator: Emulator) -> None:
    first, second = picked_code(emulator), picked_code(emulator)
    assert "openid" in exchange(emulator, first)
    assert exchange(emulator, first)["errcode"] == 40163
    emulator.advance(300)
    assert exchange(emulator, second)["errcode"] == 40029


def test_profile_needs_its_scope_and_its_owner(emulator: Emulator) -> None:
    base = exchange(emulator, picked_code(emulator))
    full = exchange(emulator, picked_code(emulator, scope="snsapi_userinfo"))

    def profile(token: str, openid: str) -> int:
        params = {"access_token": token, "openid": openid}
        return int(emulator.get("/wx/sns/userinfo", params=params).json().get("errcode", 0))

    assert profile(full["access_token"], full["openid"]) == 0
    assert profile(base["access_token"], base["openid"]) == 48001
    assert profile(full["access_token"], emulator.openid("county-wu", "official")) == 40003
    assert profile("x", full["openid"]) == 40001
    assert profile("", full["openid"]) == 41001
    emulator.advance(7200)
    assert profile(full["access_token"], full["openid"]) == 42001


def test_refresh_lives_thirty_days(emulator: Emulator) -> None:
    token = exchange(emulator, picked_code(emulator))["refresh_token"]

    def refresh(**changed: str) -> dict[str, Any]:
        asked = {"appid": OFFICIAL.appid, "grant_type": "refresh_token", "refresh_token": token} | changed
        fields: dict[str, Any] = emulator.get("/wx/sns/oauth2/refresh_token", params=asked).json()
        return fields

    emulator.advance(30 * 86_400 - 1)
    assert "access_token" in refresh()
    assert refresh(grant_type="x")["errcode"] == 40002
    assert refresh(refresh_token="x")["errcode"] == 40030
    assert refresh(appid=MINI.appid)["errcode"] == 40013
    emulator.advance(1)
    assert refresh()["errcode"] == 40030


def test_web_token_is_no_access_token(emulator: Emulator) -> None:
    token = exchange(emulator, picked_code(emulator))["access_token"]
    params = {"access_token": token}
    assert emulator.get("/wx/cgi-bin/get_api_domain_ip", params=params).json()["errcode"] == 40001
