"""Log-in through the platform: code, session, account, token."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from backend.core.crypto import keyring
from backend.core.database import connected
from backend.people import login
from backend.people.access import TOKEN_LIFE
from backend.people.due import purge_ended_tokens
from backend.people.models import AccessToken, Account, WeChatIdentity
from backend.wechat.visitor import Visitor
from tests.cast import APPID, World
from tests.conftest import Answer, Api, FakeClock
from tests.emulated import Platform

Calls = Callable[[Any], Api]


class Bearer:
    """Whoever shows this token."""

    def __init__(self, token: str) -> None:
        self.token = token


def log_in(api: Calls, code: str, **more: str) -> Answer:
    """POST /auth/wechat."""
    return api(None).post("/auth/wechat", {"code": code, **more})


def test_a_code_becomes_an_account_and_a_token(api: Calls, world: World, platform: Platform, clock: FakeClock) -> None:
    answer = log_in(api, platform.login_code("resident-li"))
    assert answer.status == 200
    account = answer.data["account"]
    assert account["display_name"] == "微信用户"
    assert (account["roles"], account["member"], account["phone"]) == ([], None, None)
    assert datetime.fromisoformat(answer.data["expires_at"]) == clock() + TOKEN_LIFE
    assert api(Bearer(answer.data["token"])).get("/me").data == account


def test_the_same_person_comes_back_to_the_same_account(
    api: Calls, world: World, platform: Platform, clock: FakeClock
) -> None:
    first = log_in(api, platform.login_code("resident-li")).data
    clock.advance(days=1)
    second = log_in(api, platform.login_code("resident-li")).data
    other = log_in(api, platform.login_code("resident-wang")).data
    assert first["account"]["id"] == second["account"]["id"] != other["account"]["id"]
    assert first["token"] != second["token"]
    identity = WeChatIdentity.get(WeChatIdentity.openid == platform.openid("resident-li"))
    assert identity.visited_at == clock()
    for session in (first, second):
        assert api(Bearer(session["token"])).get("/me").status == 200


def test_the_session_key_stays_here_and_sealed(api: Calls, world: World, platform: Platform) -> None:
    answer = log_in(api, platform.login_code("resident-li"))
    identity = WeChatIdentity.get(WeChatIdentity.openid == platform.openid("resident-li"))
    key = identity.session_key.open()
    assert len(key) == 24
    assert key.encode() not in bytes(identity.session_key.raw)
    assert key not in str(answer.body)


@pytest.mark.parametrize("channel", ["miniprogram", "official"])
def test_a_code_counts_once(api: Calls, world: World, platform: Platform, channel: str) -> None:
    code = platform.login_code("resident-li", app=channel) if channel == "miniprogram" else official(platform)
    assert log_in(api, code, channel=channel).status == 200
    again = log_in(api, code, channel=channel)
    assert (again.status, again.code) == (401, "bad_login_code")
    assert "重新" in again.message


def official(platform: Platform, user: str = "resident-li") -> str:
    """A code of the official account's OAuth page."""
    return platform.login_code(user, channel="official")


@pytest.mark.parametrize("channel", ["miniprogram", "official"])
def test_unknown_and_old_codes_are_401(
    api: Calls, world: World, platform: Platform, clock: FakeClock, channel: str
) -> None:
    assert log_in(api, "invented", channel=channel).code == "bad_login_code"
    old = platform.login_code("resident-li", channel=channel)
    clock.advance(minutes=6)
    platform.set_clock(clock())
    assert log_in(api, old, channel=channel).code == "bad_login_code"
    assert WeChatIdentity.select().where(~WeChatIdentity.openid.startswith("o-")).count() == 0


def test_a_code_of_the_other_app_is_401(api: Calls, world: World, platform: Platform) -> None:
    assert log_in(api, official(platform), channel="miniprogram").status == 401
    assert log_in(api, platform.login_code("resident-li"), channel="official").status == 401


@pytest.mark.parametrize("body", [{}, {"code": ""}, {"code": "x" * 129}, {"code": "x", "channel": "desk"}])
def test_a_body_that_is_none_is_422(api: Calls, world: World, body: dict[str, str]) -> None:
    assert api(None).post("/auth/wechat", body).code == "invalid"


def test_one_person_in_two_apps_is_one_account(api: Calls, world: World, platform: Platform) -> None:
    mini = log_in(api, platform.login_code("resident-li")).data
    web = log_in(api, official(platform), channel="official").data
    assert mini["account"]["id"] == web["account"]["id"]
    identities = WeChatIdentity.select().where(WeChatIdentity.unionid.is_null(False))
    assert len({row.openid for row in identities}) == 2
    assert len({row.unionid for row in identities}) == 1


def test_without_a_unionid_two_apps_are_two_accounts(api: Calls, world: World, platform: Platform) -> None:
    platform.control("settings", unionid=False, oauth_unionid=False)
    mini = log_in(api, platform.login_code("resident-li")).data
    web = log_in(api, official(platform), channel="official").data
    assert mini["account"]["id"] != web["account"]["id"]


def test_a_unionid_that_comes_later_is_kept(api: Calls, world: World, platform: Platform) -> None:
    platform.control("settings", unionid=False)
    log_in(api, platform.login_code("resident-li"))
    platform.control("settings", unionid=True)
    mini = log_in(api, platform.login_code("resident-li")).data
    assert log_in(api, official(platform), channel="official").data["account"]["id"] == mini["account"]["id"]


@pytest.mark.parametrize(
    "fault", [{"http": 502}, {"html": True}, {"truncate": True}, {"drop": True}, {"errcode": -1}, {"errcode": 40013}]
)
@pytest.mark.parametrize("channel", ["miniprogram", "official"])
def test_a_platform_that_is_down_is_503_and_leaves_no_account(
    api: Calls, world: World, platform: Platform, channel: str, fault: dict[str, Any]
) -> None:
    before = Account.select().count()
    path = "/sns/jscode2session" if channel == "miniprogram" else "/sns/oauth2/access_token"
    platform.fault(path, **fault)
    answer = log_in(api, platform.login_code("resident-li", channel=channel), channel=channel)
    assert (answer.status, answer.code) == (503, "wechat_unavailable")
    assert "微信" in answer.message
    assert Account.select().count() == before


def test_first_log_ins_at_once_make_one_account(world: World, clock: FakeClock) -> None:
    """The client asks twice when it starts; ten people do so, so that some really meet."""
    gate, accounts = threading.Barrier(3, timeout=10), list[tuple[str, int]]()

    def run() -> None:
        with connected():
            for person in range(10):
                gate.wait()
                account, _, _ = login.log_in(Visitor(APPID, f"o-new-{person}", None, "key"), "miniprogram", now=clock())
                accounts.append((f"o-new-{person}", account.id))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(accounts) == 30
    assert len(set(accounts)) == 10
    assert Account.select().where(Account.display_name == "微信用户").count() == 10


def test_log_out_ends_this_token_and_no_other(api: Calls, world: World, platform: Platform) -> None:
    one, other = (Bearer(log_in(api, platform.login_code("resident-li")).data["token"]) for _ in range(2))
    assert api(one).delete("/auth/token").status == 200
    assert api(one).get("/me").status == 401
    assert api(other).get("/me").status == 200
    assert AccessToken.select().where(AccessToken.revoked_at.is_null(False)).count() == 1


def test_tokens_that_have_ended_are_swept_up(api: Calls, world: World, platform: Platform, clock: FakeClock) -> None:
    AccessToken.delete().execute()
    old = log_in(api, platform.login_code("resident-li")).data["token"]
    clock.advance(days=1)
    platform.set_clock(clock())
    young = log_in(api, platform.login_code("resident-li")).data["token"]
    clock.at += TOKEN_LIFE - timedelta(hours=12)
    assert [purge_ended_tokens(now=clock()), purge_ended_tokens(now=clock())] == [1, 0]
    assert api(Bearer(old)).get("/me").status == 401
    assert api(Bearer(young)).get("/me").status == 200


# ---------------------------------------------------------------- phone numbers


def phone_code(platform: Platform, user: str = "resident-li") -> str:
    """What the phone button gives."""
    return str(platform.control("phone-code", user=user)["code"])


def test_a_verified_phone_is_shown_masked_and_kept_sealed(api: Calls, world: World, platform: Platform) -> None:
    number = str(platform.look("world")["phones"]["resident-li"])
    answer = api(world.resident).post("/auth/phone", {"code": phone_code(platform)})
    assert answer.status == 200
    assert answer.data["phone"] == f"{number[:3]}****{number[-4:]}"
    assert number not in str(answer.body)
    account = Account.get_by_id(world.resident.account.id)
    assert account.phone.open() == number
    assert number.encode() not in bytes(account.phone.raw)
    assert account.phone_index == keyring.blind_index(number, context="phone")
    assert api(world.resident).get("/me").data["phone"] == answer.data["phone"]


def test_a_spent_phone_code_is_422_and_keeps_the_log_in(api: Calls, world: World, platform: Platform) -> None:
    code = phone_code(platform)
    assert api(world.resident).post("/auth/phone", {"code": code}).status == 200
    for spent in (code, "invented", platform.login_code("resident-li")):
        answer = api(world.resident).post("/auth/phone", {"code": spent})
        assert (answer.status, answer.body["errors"][0]["code"]) == (422, "bad_phone_code")
    assert api(world.resident).get("/me").status == 200


def test_a_phone_needs_a_log_in_and_a_platform(api: Calls, world: World, platform: Platform) -> None:
    assert api(None).post("/auth/phone", {"code": phone_code(platform)}).status == 401
    platform.fault("/wxa/business/getuserphonenumber", http=502)
    assert api(world.resident).post("/auth/phone", {"code": phone_code(platform)}).code == "wechat_unavailable"
    assert Account.get_by_id(world.resident.account.id).phone is None


def test_last_seen_is_the_last_log_in_to_a_day(world: World, clock: FakeClock) -> None:
    visitor = Visitor(APPID, "o-member", None, "key")

    def seen() -> datetime | None:
        login.log_in(visitor, "miniprogram", now=clock())
        return Account.get_by_id(world.member.account.id).last_seen_at

    first = clock()
    assert seen() == first
    clock.advance(hours=23)
    assert seen() == first
    clock.advance(hours=1)
    assert seen() == clock()
