"""Who gets in, by which door, and what every page brings along for safety."""

import re
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from backend.core.database import database
from backend.core.settings import Settings
from backend.desk.frame import SESSION
from backend.people.desk_logins.administration import NewUser, create_user
from backend.people.desk_logins.demo_door import demo_people
from backend.people.desk_logins.models import DeskLogin
from backend.people.models import AccessToken
from tests.cast import Person, World
from tests.conftest import Api, FakeClock, make_settings
from tests.desk.conftest import Seat, text_of
from tests.people.test_desk_logins import PASSWORD, TODAY

Sit = Callable[[Person | None], Seat]
DOORS = {
    "/desk/language/<any(zh, en):language>",
    "/desk/login",
    "/desk/login/qr",
    "/desk/login/qr/<ticket>",
    "/desk/demo-login",
}


def rules(app: Flask) -> list[tuple[str, str]]:
    """Every method and address of the desk."""
    found = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("desk.")]
    return [(method, rule.rule) for rule in found for method in sorted((rule.methods or set()) & {"GET", "POST"})]


def filled(rule: str) -> str:
    """An address that a rule takes."""
    return re.sub(r"<[^>]+>", "x", re.sub(r"<any\((\w+)[^>]*>", r"\1", rule))


def proof_in(answer: TestResponse) -> str:
    """The proof that a form of the page carries."""
    found = re.search(r'name="_csrf" value="([^"]+)"', answer.get_data(as_text=True))
    assert found
    return found[1]


# ---------------------------------------------------------------- without a session


def test_every_page_but_the_doors_asks_for_a_session(app: Flask, world: World, sit: Sit) -> None:
    stranger = sit(None)
    open_to_all = set()
    for method, rule in rules(app):
        path = filled(rule).removeprefix("/desk")
        answer = stranger.get(path) if method == "GET" else stranger.post(path)
        if method == "GET" and answer.status_code == 303 and rule not in DOORS:
            assert answer.location.startswith("/desk/login?next=/desk/")
        elif (answer.status_code, (answer.get_json(silent=True) or {}).get("code")) != (401, "unauthorized"):
            open_to_all.add(rule)
    assert open_to_all == DOORS


@pytest.mark.parametrize("part", ["resident", "member", "volunteer", "stranger"])
def test_who_has_no_desk_right_gets_no_page(app: Flask, world: World, sit: Sit, part: str) -> None:
    seat = sit(getattr(world, part))
    for method, rule in rules(app):
        if rule in DOORS:
            continue
        path = filled(rule).removeprefix("/desk")
        answer = seat.get(path) if method == "GET" else seat.post(path)
        assert answer.status_code == 403, rule
    assert "没有工作台的职务" in text_of(seat.get("/"))


def test_a_forged_or_ended_session_is_sent_to_the_door(sit: Sit, world: World, clock: FakeClock) -> None:
    seat = sit(world.secretary)
    assert seat.get("/").status_code == 200
    clock.advance(minutes=30)
    assert seat.get("/orders?box=overdue").location == "/desk/login?next=/desk/orders?box%3Doverdue" or seat.get(
        "/orders?box=overdue"
    ).location.startswith("/desk/login?next=/desk/orders")
    assert seat.get("/orders/rows", part=True).status_code == 401
    seat.client.set_cookie(SESSION, "forged", path="/desk", secure=True)
    assert seat.get("/").status_code == 303


# ---------------------------------------------------------------- forms of other sites


def test_a_form_without_our_proof_changes_nothing(app: Flask, world: World, sit: Sit) -> None:
    seat, other = sit(world.secretary), sit(world.host_secretary)
    theirs = other.client.get_cookie("desk_csrf", path="/desk")
    assert theirs is not None
    for method, rule in rules(app):
        if method != "POST":
            continue
        path = filled(rule)
        for proof in ("", "forged", theirs.value):
            answer = seat.client.post(path, data={"_csrf": proof})
            database.connect(reuse_if_open=True)
            assert (answer.status_code, answer.get_json()["code"]) == (403, "bad_form"), rule


def test_headers_let_nothing_in_from_elsewhere(sit: Sit, world: World) -> None:
    answer = sit(world.secretary).get("/")
    policy = answer.headers["Content-Security-Policy"]
    nonce = re.search(r"'nonce-([^']+)'", policy)
    assert nonce
    assert f'nonce="{nonce[1]}"' in answer.get_data(as_text=True)
    assert "unsafe" not in policy
    assert "http" not in policy
    assert {answer.headers[name] for name in ("X-Frame-Options", "X-Content-Type-Options", "Cache-Control")} == {
        "DENY",
        "nosniff",
        "no-store",
    }


# ---------------------------------------------------------------- password


@pytest.fixture
def knock(sit: Sit, world: World) -> Callable[..., TestResponse]:
    """Send the log-in form, as somebody does who has opened the page."""
    seat = sit(None)
    proof = proof_in(seat.get("/login"))

    def send(**form: str) -> TestResponse:
        answer = seat.client.post("/desk/login", data={"_csrf": proof, **form})
        database.connect(reuse_if_open=True)
        return answer

    return send


def test_a_password_opens_the_desk_and_the_cookie_is_out_of_reach(
    knock: Callable[..., TestResponse], world: World, clock: FakeClock
) -> None:
    user = NewUser("sun", None, world.secretary.account.public_id, None, None)
    first = create_user(user, today=TODAY, now=clock())
    assert knock(username="sun", password="wrong").status_code == 401
    asked = knock(username="sun", password=first)
    assert (asked.status_code, "新密码" in text_of(asked)) == (409, True)
    assert first not in asked.get_data(as_text=True)
    answer = knock(username="sun", password=first, new_password=PASSWORD, next="/desk/orders")
    assert (answer.status_code, answer.location) == (303, "/desk/orders")
    (cookie,) = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith(f"{SESSION}=")]
    assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/desk"} <= set(cookie.split("; "))


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/desk/\\evil", "/m/", "/desk//evil"])
def test_log_in_leads_to_the_desk_and_nowhere_else(
    knock: Callable[..., TestResponse], world: World, clock: FakeClock, target: str
) -> None:
    first = create_user(NewUser("sun", None, world.secretary.account.public_id, None, None), today=TODAY, now=clock())
    assert knock(username="sun", password=first, new_password=PASSWORD, next=target).location == "/desk/"


def test_a_county_officer_sets_up_one_time_passwords_at_the_door(
    knock: Callable[..., TestResponse], world: World, clock: FakeClock
) -> None:
    user = NewUser("wu", None, world.county_officer.account.public_id, None, None)
    first = create_user(user, today=TODAY, now=clock())
    shown = knock(username="wu", password=first)
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", shown.get_data(as_text=True))
    assert secret
    assert "<svg" in shown.get_data(as_text=True)
    otp = pyotp.TOTP(secret[1]).at(clock())
    done = knock(username="wu", password=first, otp=otp, new_password=PASSWORD)
    assert len(re.findall(r"[0-9a-f]{6}-[0-9a-f]{6}", done.get_data(as_text=True))) == 8


def test_one_time_passwords_are_set_up_on_the_account_page(
    knock: Callable[..., TestResponse], sit: Sit, world: World, clock: FakeClock
) -> None:
    user = NewUser("sun", None, world.secretary.account.public_id, None, None)
    knock(username="sun", password=create_user(user, today=TODAY, now=clock()), new_password=PASSWORD)
    seat = sit(world.secretary)
    assert seat.post("/account/one-time", {"password": "wrong"}).status_code == 422
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", seat.post("/account/one-time", {"password": PASSWORD}).text)
    assert secret
    assert seat.post("/account/one-time/confirm", {"otp": "000000"}).get_json()["code"] == "bad_otp"
    codes = seat.post("/account/one-time/confirm", {"otp": pyotp.TOTP(secret[1]).at(clock())})
    assert len(re.findall(r"[0-9a-f]{6}-[0-9a-f]{6}", codes.text)) == 8
    assert DeskLogin.get().totp_secret.open() == secret[1]


# ---------------------------------------------------------------- QR code, demo, the way out


def test_a_phone_lets_the_page_in(sit: Sit, world: World, api: Callable[[Any], Api]) -> None:
    seat = sit(None)
    proof = {"X-CSRF-Token": proof_in(seat.get("/login"))}
    shown = seat.client.post("/desk/login/qr", headers=proof).get_data(as_text=True)
    ticket = re.search(r"/desk/login/qr/([\w-]+)", shown)
    secret = re.search(r'"secret": "([\w-]+)"', shown)
    assert ticket
    assert secret

    def ask() -> TestResponse:
        return seat.client.post(f"/desk/login/qr/{ticket[1]}", data={"secret": secret[1]}, headers=proof)

    waiting = ask()
    assert (waiting.status_code, waiting.headers.getlist("Set-Cookie")) == (204, [])
    assert api(world.secretary).post(f"/auth/desk-tickets/{ticket[1]}/confirm").status == 200
    assert ask().headers["HX-Redirect"] == "/desk/"
    assert "今日要办" in text_of(seat.get("/"))
    assert ask().status_code in {403, 404}  # the session is there: another proof counts


def test_the_demo_door_is_shut_outside_the_demo(sit: Sit, world: World, settings: Settings, clock: FakeClock) -> None:
    assert demo_people(settings, now=clock()) == []
    seat = sit(None)
    page = seat.get("/login")
    assert "演示" not in text_of(page)
    form = {"person": world.secretary.account.public_id, "_csrf": proof_in(page)}
    assert seat.client.post("/desk/demo-login", data=form).status_code == 404


def test_the_demo_door_shows_who_has_a_desk(world: World, settings: Settings, tmp_path: Any, clock: FakeClock) -> None:
    demo = make_settings(settings.database_url, tmp_path, DEMO="true")
    assert [person.name for person in demo_people(demo, now=clock())] == ["孙立新", "周敏", "吴远"]


def test_log_out_ends_the_session(sit: Sit, world: World) -> None:
    seat = sit(world.secretary)
    assert seat.post("/logout").location == "/desk/login"
    assert AccessToken.select().where(AccessToken.revoked_at.is_null(False)).count() == 1


def test_ones_sessions_hats_and_password_are_on_one_page(sit: Sit, world: World) -> None:
    seat = sit(world.secretary)
    shown = text_of(seat.get("/account"))
    assert "就是这里" in shown
    assert "大河社区第一党支部 书记" in shown
    assert seat.post("/acting", {"as": "secretary@DH-01-01"}).status_code == 303
    assert "单一身份" in text_of(seat.get("/"))
    assert seat.post("/acting", {"as": "county_officer@DH"}).status_code == 422
    phone = re.search(r"sessions/(\w+)/end", seat.get("/account").get_data(as_text=True))
    assert phone
    assert seat.post(f"/account/sessions/{phone[1]}/end").status_code == 204
    assert seat.post("/account/password", {"password": "x", "new_password": PASSWORD}).status_code == 404
