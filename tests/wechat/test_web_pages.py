"""What web pages ask for inside WeChat: a signature and the way to be recognised, for pages of ours only."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask

from backend.core.settings import Settings
from tests.cast import Person
from tests.conftest import Api, FakeClock
from tests.emulated import CREDENTIALS, Platform

SIGNATURE, ADDRESS = "/wechat/js-signature", "/wechat/oauth-address"
TICKET = "/cgi-bin/ticket/getticket"
HOME = "https://zhibu.example"
FOREIGN = (
    "https://evil.example/m/",
    "http://zhibu.example/m/",
    "https://zhibu.example.evil.example/m/",
    "https://zhibu.example@evil.example/m/",
    "https://user@zhibu.example/m/",
    "https://zhibu.example:8443/m/",
    "https://ZHIBU.example\\@evil.example/m/",
    "https://zhibu.example\\.evil.example/",
    "https://zhibu.example/\tm/",
    "https://zhibu.example/ m",
    "https://zhibu.example/m/../../x",
    "https:zhibu.example/m/",
    "https:///zhibu.example/m/",
    "https://[zhibu.example/",
    "//evil.example/m/",
    "javascript:alert(1)",
    "data:text/html,x",
    "",
    "\\\\evil.example",
)


@pytest.fixture
def anybody(api: Callable[[Person | None], Api]) -> Api:
    """Somebody who is not logged in."""
    return api(None)


@pytest.mark.parametrize("page", [HOME, f"{HOME}/", f"{HOME}/m/", f"{HOME}/m/?a=1&b=2", f"{HOME}/m/#/orders"])
def test_a_page_of_ours_is_signed(anybody: Api, app: Flask, page: str, clock: FakeClock) -> None:
    answer = anybody.get(SIGNATURE, url=page)
    assert answer.status == 200
    signed = answer.data
    ticket = app.extensions["zhibu.gateway"].official._tickets.token()
    words = f"jsapi_ticket={ticket}&noncestr={signed['nonce']}&timestamp={signed['timestamp']}&url={page.split('#')[0]}"
    assert signed["signature"] == hashlib.sha1(words.encode(), usedforsecurity=False).hexdigest()
    assert (signed["appid"], signed["timestamp"]) == (CREDENTIALS["OFFICIAL_APPID"], int(clock().timestamp()))


@pytest.mark.parametrize("page", FOREIGN)
def test_a_foreign_page_is_not_signed_and_costs_no_call(anybody: Api, platform: Platform, page: str) -> None:
    platform.count(TICKET)
    answer = anybody.get(SIGNATURE, url=page)
    assert (answer.status, answer.body["errors"][0]["code"]) == (422, "foreign_address")
    assert platform.calls(TICKET) == 0


def test_many_signatures_cost_one_ticket(anybody: Api, platform: Platform) -> None:
    platform.count(TICKET)
    assert len({anybody.get(SIGNATURE, url=HOME).data["nonce"] for _ in range(5)}) == 5
    assert platform.calls(TICKET) == 1


def test_without_a_ticket_the_visitor_is_told_to_come_again(anybody: Api, platform: Platform) -> None:
    platform.fault(TICKET, http=502)
    answer = anybody.get(SIGNATURE, url=HOME)
    assert (answer.status, answer.code) == (503, "wechat_unavailable")
    assert anybody.get(SIGNATURE, url=HOME).status == 200


@pytest.mark.parametrize(
    ("to", "target"),
    [
        (None, f"{HOME}/m/"),
        ("/m/?next=orders", f"{HOME}/m/?next=orders"),
        ("/m/#/orders", f"{HOME}/m/#/orders"),
        (f"{HOME}/desk/", f"{HOME}/desk/"),
    ],
)
def test_a_visitor_is_sent_to_be_recognised(anybody: Api, platform: Platform, to: str | None, target: str) -> None:
    answer = anybody.get(ADDRESS, state="s1", **({"to": to} if to else {}))
    assert answer.status == 200
    parts = urlsplit(answer.data["url"])
    assert answer.data["url"].startswith(f"{platform.url}/open/connect/oauth2/authorize?")
    assert parts.fragment == "wechat_redirect"
    assert parse_qs(parts.query) == {
        "appid": [CREDENTIALS["OFFICIAL_APPID"]],
        "redirect_uri": [target],
        "response_type": ["code"],
        "scope": ["snsapi_base"],
        "state": ["s1"],
    }


@pytest.mark.parametrize("to", [to for to in FOREIGN if not to.startswith("//")] + ["/\\evil.example", "/m/../x"])
def test_nobody_is_sent_elsewhere(anybody: Api, to: str) -> None:
    answer = anybody.get(ADDRESS, state="s1", to=to)
    assert (answer.status, answer.body["errors"][0]["code"]) == (422, "foreign_address")


def test_two_slashes_stay_on_our_own_site(anybody: Api) -> None:
    query = parse_qs(urlsplit(anybody.get(ADDRESS, state="s1", to="//evil.example/").data["url"]).query)
    assert query["redirect_uri"] == [f"{HOME}//evil.example/"]


@pytest.mark.parametrize("state", ["", "a b", "a&b", "é", "x" * 129, "a\n"])
def test_a_state_that_the_platform_would_not_hand_back_is_refused(anybody: Api, state: str) -> None:
    assert anybody.get(ADDRESS, state=state).status == 422


def test_pages_below_a_path_keep_to_it(app: Flask, settings: Settings, anybody: Api) -> None:
    app.extensions["zhibu.settings"] = replace(settings, public_url=f"{HOME}/zhibu")
    statuses = {page: anybody.get(SIGNATURE, url=HOME + page).status for page in ("/zhibu/m/", "/zhibu2/", "/", "/m/")}
    assert statuses == {"/zhibu/m/": 200, "/zhibu2/": 422, "/": 422, "/m/": 422}


def test_without_an_official_account_there_is_neither(app: Flask, settings: Settings, anybody: Api) -> None:
    app.extensions["zhibu.settings"] = replace(settings, official=replace(settings.official, appid=""))
    assert anybody.get(SIGNATURE, url=HOME).status == 404
    assert anybody.get(ADDRESS, state="s1").status == 404


def test_the_address_leads_through_the_platform_and_back_to_a_log_in(
    anybody: Api, platform: Platform, app: Flask, settings: Settings
) -> None:
    app.extensions["zhibu.settings"] = replace(settings, public_url="http://127.0.0.1:8000")
    address = anybody.get(ADDRESS, state="s1").data["url"]
    picked = address.replace("#wechat_redirect", "&emulator_user=resident-li")
    back = requests.get(picked, allow_redirects=False, timeout=10).headers["Location"]
    assert back.startswith("http://127.0.0.1:8000/m/?")
    query = parse_qs(urlsplit(back).query)
    assert query["state"] == ["s1"]
    logged_in = anybody.post("/auth/wechat", {"code": query["code"][0], "channel": "official"})
    assert logged_in.status == 200
