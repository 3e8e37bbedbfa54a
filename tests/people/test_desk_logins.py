"""Log-in at the desk: passwords, one-time passwords, lockout, and what an administrator does."""

import threading
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pyotp
import pytest
from flask import Flask

from backend.core.audit import AuditEntry
from backend.core.database import connected, database
from backend.core.errors import AppError, TooMany
from backend.people.access import DESK_TOKEN_LIFE
from backend.people.desk_logins import lockout
from backend.people.desk_logins.administration import NewUser, create_user, list_users, reset_password, set_locked
from backend.people.desk_logins.due import purge_log_in_traces
from backend.people.desk_logins.models import DeskLogin, LoginTry, RecoveryCode
from backend.people.models import AccessToken, Account, OrganizationPost
from tests.cast import Person, World
from tests.conftest import Answer, Api, FakeClock
from tests.people.test_login import Bearer

Calls = Callable[[Any], Api]
TODAY = date(2026, 11, 23)
PASSWORD = "Da-He-2026!"
NEW = "xin mima 2026"


class Desk:
    """User names of the cast, and the way in."""

    def __init__(self, api: Calls, world: World, clock: FakeClock) -> None:
        self.api, self.world, self.clock = api, world, clock

    def user(self, person: Person, username: str) -> str:
        """A user name for somebody of the cast; the password to begin with."""
        wanted = NewUser(username, None, person.account.public_id, None, None)
        return create_user(wanted, today=TODAY, now=self.clock())

    def settled(self, person: Person, username: str) -> None:
        """The same, with a password of his own."""
        first = self.user(person, username)
        assert self.enter(username, first, new_password=PASSWORD).status == 200
        LoginTry.delete().execute()

    def enter(self, username: str, password: str = PASSWORD, **more: Any) -> Answer:
        """POST /auth/desk."""
        return self.api(None).post("/auth/desk", {"username": username, "password": password, **more})


@pytest.fixture
def desk(api: Calls, world: World, clock: FakeClock) -> Desk:
    """The way in."""
    return Desk(api, world, clock)


@pytest.fixture
def sun(desk: Desk) -> Desk:
    """The secretary has a user name and a password of his own."""
    desk.settled(desk.world.secretary, "sun")
    return desk


def otp(secret: str, clock: FakeClock) -> str:
    """What the authenticator app shows now."""
    return pyotp.TOTP(secret).at(clock())


# ---------------------------------------------------------------- passwords


def test_the_first_log_in_asks_for_a_password_of_ones_own(desk: Desk, world: World, clock: FakeClock) -> None:
    first = desk.user(world.secretary, "sun")
    asked = desk.enter("sun", first)
    assert (asked.status, asked.code) == (409, "password_change_needed")
    assert AccessToken.select().where(AccessToken.channel == "desk").count() == 0
    answer = desk.enter("Sun", first, new_password=PASSWORD)
    assert answer.status == 200
    assert datetime.fromisoformat(answer.data["expires_at"]) == clock() + DESK_TOKEN_LIFE
    assert answer.data["account"]["display_name"] == "孙立新"
    assert desk.api(Bearer(answer.data["token"])).get("/me").data == answer.data["account"]
    assert desk.enter("sun", first).code == "bad_credentials"
    assert desk.enter("sun").status == 200


@pytest.mark.parametrize("weak", ["", "short-1", "1234567890", "abcdefghij", "sun-2026-abc", "x" * 129])
def test_a_weak_password_is_not_taken(desk: Desk, world: World, weak: str) -> None:
    first = desk.user(world.secretary, "sun")
    assert desk.enter("sun", first, new_password=weak).status == 422
    assert desk.enter("sun", first, new_password=first).body["errors"][0]["code"] == "same_password"
    assert DeskLogin.get().must_change


def test_an_unknown_name_a_wrong_password_and_a_locked_user_look_the_same(sun: Desk, clock: FakeClock) -> None:
    sun.settled(sun.world.host_secretary, "zhou")
    set_locked("zhou", locked=True, now=clock())
    answers = [sun.enter("nobody"), sun.enter("sun", "wrong-password"), sun.enter("zhou")]
    assert {(one.status, one.code, one.message) for one in answers} == {
        (401, "bad_credentials", "用户名或密码不对，请核对后再试")
    }


def test_neither_password_nor_token_lies_in_the_database(sun: Desk) -> None:
    token = sun.enter("sun").data["token"]
    for table in ("desk_login", "access_token", "audit_entry", "idempotency_key"):
        rows = str(database.execute_sql(f"SELECT * FROM {table}").fetchall())
        assert PASSWORD not in rows
        assert token not in rows
    assert DeskLogin.get().password_hash.startswith("$argon2id$")


def test_who_lost_every_post_stays_out(sun: Desk) -> None:
    OrganizationPost.delete().execute()
    assert (sun.enter("sun").status, sun.enter("sun").code) == (403, "no_desk_right")


def test_a_volunteer_has_no_desk(desk: Desk, world: World) -> None:
    first = desk.user(world.volunteer, "zhao")
    assert desk.enter("zhao", first, new_password=PASSWORD).code == "no_desk_right"


def test_a_password_is_changed_and_other_desks_close(sun: Desk, world: World) -> None:
    here, there = (Bearer(sun.enter("sun").data["token"]) for _ in range(2))
    change = {"password": PASSWORD, "new_password": NEW}
    assert sun.api(here).post("/me/desk-login/password", {**change, "password": "no"}).status == 422
    assert sun.api(here).post("/me/desk-login/password", {**change, "new_password": "weak"}).status == 422
    assert sun.api(here).post("/me/desk-login/password", change).status == 200
    assert [sun.api(one).get("/me").status for one in (here, there, world.secretary)] == [200, 401, 200]
    assert [sun.enter("sun").status, sun.enter("sun", NEW).status] == [401, 200]
    assert AuditEntry.select().where(AuditEntry.action == "desk.password_changed").count() == 1


def test_who_has_no_user_name_has_no_password_to_change(sun: Desk, world: World) -> None:
    for path, body in (
        ("/me/desk-login/password", {"password": PASSWORD, "new_password": NEW}),
        ("/me/desk-login/one-time", {"password": PASSWORD}),
    ):
        assert sun.api(world.member).post(path, body).code == "no_desk_login"
    assert sun.api(world.member).post("/me/desk-login/one-time/confirm", {"otp": "123456"}).code == "no_otp_setup"


@pytest.mark.parametrize(
    "changed",
    [{"username": ""}, {"username": "x" * 41}, {"username": "a\nb"}, {"password": ""}, {"password": None}, {"more": 1}],
)
def test_a_body_that_is_none_is_422(desk: Desk, changed: dict[str, Any]) -> None:
    body = {"username": "sun", "password": PASSWORD, **changed}
    assert desk.api(None).post("/auth/desk", body).code == "invalid"


# ---------------------------------------------------------------- lockout


def test_five_wrong_passwords_close_a_name_for_a_quarter_of_an_hour(sun: Desk, clock: FakeClock) -> None:
    for _ in range(5):
        assert sun.enter("sun", "wrong-password").status == 401
    clock.advance(minutes=5)
    closed = sun.enter("sun")
    assert (closed.status, closed.code, closed.headers["Retry-After"]) == (429, "too_many_tries", "600")
    clock.advance(minutes=10)
    assert sun.enter("sun").status == 200


def test_a_name_that_is_not_there_closes_in_the_same_way(sun: Desk) -> None:
    answers = [sun.enter("nobody") for _ in range(6)]
    assert [one.status for one in answers] == [401] * 5 + [429]
    assert sun.enter("sun").status == 200


def test_getting_in_forgets_former_tries(sun: Desk) -> None:
    for _ in range(3):
        for _ in range(4):
            sun.enter("sun", "wrong-password")
        assert sun.enter("sun").status == 200


def test_thirty_names_from_one_address_close_the_address_for_others_too(sun: Desk, clock: FakeClock) -> None:
    for number in range(30):
        assert sun.enter(f"nobody-{number}").status == 401
    assert sun.enter("sun").status == 429
    clock.advance(minutes=15)
    assert sun.enter("sun").status == 200


def test_an_office_behind_one_address_is_not_closed_by_its_own_people(sun: Desk) -> None:
    assert {sun.enter("sun").status for _ in range(40)} == {200}


def test_a_proxy_on_this_machine_says_whom_it_speaks_for_and_a_stranger_does_not(app: Flask, sun: Desk) -> None:
    def tries(peer: str, forwarded: str) -> int:
        body = {"username": "nobody", "password": "wrong-password"}
        app.test_client().post(
            "/api/v1/auth/desk",
            json=body,
            environ_base={"REMOTE_ADDR": peer},
            headers={"X-Forwarded-For": f"1.1.1.1, {forwarded}"},
        )
        database.connect(reuse_if_open=True)
        return LoginTry.select().where(LoginTry.subject.startswith("addr:")).count()

    LoginTry.delete().execute()
    assert [tries("127.0.0.1", "9.9.9.9"), tries("127.0.0.1", "8.8.8.8")] == [1, 2]
    assert [tries("7.7.7.7", "9.9.9.1"), tries("7.7.7.7", "9.9.9.2")] == [3, 3]


def test_tries_at_once_are_all_counted(world: World, clock: FakeClock) -> None:
    refused: list[int] = []
    gate = threading.Barrier(4, timeout=10)

    def guess() -> None:
        with connected():
            gate.wait()
            for _ in range(5):
                try:
                    lockout.count_try({"name:one": 7}, now=clock())
                except TooMany as error:
                    refused.append(error.retry_after)

    threads = [threading.Thread(target=guess) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert LoginTry.get(LoginTry.subject == "name:one").tries == 20
    assert refused == [900] * 13


def test_old_tries_are_swept_up(sun: Desk, clock: FakeClock) -> None:
    sun.enter("nobody")
    clock.advance(minutes=16)
    assert [purge_log_in_traces(now=clock()), purge_log_in_traces(now=clock())] == [2, 0]


# ---------------------------------------------------------------- one-time passwords


@pytest.fixture
def wu(desk: Desk) -> tuple[Desk, str, list[str]]:
    """The county officer with one-time passwords set up; the secret and the recovery codes."""
    first = desk.user(desk.world.county_officer, "wu")
    secret = desk.enter("wu", first).body["setup"]["secret"]
    answer = desk.enter("wu", first, otp=otp(secret, desk.clock), new_password=PASSWORD)
    assert answer.status == 200
    desk.clock.advance(minutes=1)
    return desk, secret, answer.data["recovery_codes"]


def test_a_county_officer_sets_up_one_time_passwords_at_the_first_log_in(desk: Desk, world: World) -> None:
    first = desk.user(world.county_officer, "wu")
    asked = desk.enter("wu", first)
    assert (asked.status, asked.code) == (409, "otp_setup_needed")
    secret = asked.body["setup"]["secret"]
    assert asked.body["setup"]["address"].startswith("otpauth://totp/")
    assert secret in asked.body["setup"]["address"]
    assert desk.enter("wu", first, otp="000000", new_password=PASSWORD).code == "bad_otp"
    assert DeskLogin.get().must_change  # nothing of a refused log-in stays
    assert desk.enter("wu", first, otp=otp(secret, desk.clock)).code == "password_change_needed"
    answer = desk.enter("wu", first, otp=otp(secret, desk.clock), new_password=PASSWORD)
    assert answer.status == 200
    assert len(set(answer.data["recovery_codes"])) == 8
    row = DeskLogin.get()
    assert row.totp_secret.open() == secret
    assert secret.encode() not in bytes(row.totp_secret.raw)


def test_a_one_time_password_is_asked_for_and_counts_once(wu: tuple[Desk, str, list[str]]) -> None:
    desk, secret, _ = wu
    asked = desk.enter("wu")
    assert (asked.status, asked.code) == (401, "otp_needed")
    code = otp(secret, desk.clock)
    answer = desk.enter("wu", otp=code)
    assert (answer.status, answer.data["recovery_codes"]) == (200, [])
    assert desk.enter("wu", otp=code).code == "bad_otp"
    desk.clock.advance(seconds=30)
    assert desk.enter("wu", otp=otp(secret, desk.clock)).status == 200


def test_a_password_of_the_step_before_counts_and_of_two_before_does_not(wu: tuple[Desk, str, list[str]]) -> None:
    desk, secret, _ = wu
    codes = [otp(secret, desk.clock)]
    for _ in range(2):
        desk.clock.advance(seconds=30)
        codes.append(otp(secret, desk.clock))
    assert [desk.enter("wu", otp=code).status for code in codes] == [401, 200, 200]


def test_guessing_one_time_passwords_locks_like_passwords(wu: tuple[Desk, str, list[str]]) -> None:
    desk, secret, _ = wu
    statuses = []
    for _ in range(3):
        statuses += [desk.enter("wu", otp="000000").status, desk.enter("wu").status]
    assert statuses == [401] * 5 + [429]
    assert desk.enter("wu", otp=otp(secret, desk.clock)).status == 429


def test_a_recovery_code_stands_in_once(wu: tuple[Desk, str, list[str]]) -> None:
    desk, _, codes = wu
    assert desk.enter("wu", otp=codes[0]).status == 200
    assert desk.enter("wu", otp=codes[0]).code == "bad_otp"
    assert desk.enter("wu", otp=codes[1].upper().replace("-", " ")).status == 200
    assert RecoveryCode.select().where(RecoveryCode.used_at.is_null()).count() == 6
    assert codes[2] not in str(list(RecoveryCode.select().tuples()))


def test_a_secretary_may_set_up_one_time_passwords_too(sun: Desk) -> None:
    token = Bearer(sun.enter("sun").data["token"])
    assert sun.api(token).post("/me/desk-login/one-time", {"password": "no"}).status == 422
    setup = sun.api(token).post("/me/desk-login/one-time", {"password": PASSWORD}).data
    assert sun.enter("sun").status == 200  # not in force before it is confirmed
    confirm = "/me/desk-login/one-time/confirm"
    assert sun.api(token).post(confirm, {"otp": "000000"}).code == "bad_otp"
    assert len(sun.api(token).post(confirm, {"otp": otp(setup["secret"], sun.clock)}).data["codes"]) == 8
    assert sun.enter("sun").code == "otp_needed"
    assert sun.api(token).post(confirm, {"otp": "000000"}).code == "no_otp_setup"


def test_a_new_phone_takes_over_only_once_confirmed(wu: tuple[Desk, str, list[str]]) -> None:
    desk, old, _ = wu
    token = Bearer(desk.enter("wu", otp=otp(old, desk.clock)).data["token"])
    new = desk.api(token).post("/me/desk-login/one-time", {"password": PASSWORD}).data["secret"]
    desk.clock.advance(minutes=1)
    assert desk.enter("wu", otp=otp(new, desk.clock)).code == "bad_otp"
    assert desk.enter("wu", otp=otp(old, desk.clock)).status == 200
    desk.clock.advance(minutes=1)
    confirmed = desk.api(token).post("/me/desk-login/one-time/confirm", {"otp": otp(new, desk.clock)})
    assert confirmed.status == 200
    desk.clock.advance(minutes=1)
    assert desk.enter("wu", otp=otp(old, desk.clock)).code == "bad_otp"
    assert desk.enter("wu", otp=otp(new, desk.clock)).status == 200


@pytest.mark.parametrize("odd", ["１２３４５６", "é", "12345", "1234567", "' OR 1=1"])
def test_an_odd_one_time_password_is_a_wrong_one(wu: tuple[Desk, str, list[str]], odd: str) -> None:
    assert wu[0].enter("wu", otp=odd).code == "bad_otp"


# ---------------------------------------------------------------- the administrator


def wanted(**changed: Any) -> NewUser:
    """A new person with a post."""
    given = {"username": "li", "name": "李新", "account": None, "role": "secretary", "organization": "DH-01-01"}
    return NewUser(**{**given, **changed})


def test_a_new_user_is_a_person_with_a_post(desk: Desk, clock: FakeClock) -> None:
    first = create_user(wanted(), today=TODAY, now=clock())
    answer = desk.enter("li", first, new_password=PASSWORD)
    assert [one["role"] for one in answer.data["account"]["roles"]] == ["secretary"]
    assert list_users(today=TODAY) == ["li\t李新\tsecretary@DH-01-01\t正常"]
    assert AuditEntry.get(AuditEntry.action == "desk.user_created").subject == "user:li"


@pytest.mark.parametrize(
    "changed",
    [
        {"username": "李"},
        {"username": "a"},
        {"username": "a b c"},
        {"name": None},
        {"account": "nobody-at-all", "name": None},
        {"account": "both"},
        {"role": "emperor"},
        {"role": None},
        {"organization": None},
        {"organization": "nowhere"},
    ],
)
def test_a_bad_wish_makes_nobody(desk: Desk, clock: FakeClock, changed: dict[str, Any]) -> None:
    before = Account.select().count()
    with pytest.raises(AppError):
        create_user(wanted(**changed), today=TODAY, now=clock())
    assert (DeskLogin.select().count(), Account.select().count()) == (0, before)


def test_names_and_accounts_are_taken_once(sun: Desk, clock: FakeClock) -> None:
    for changed in ({"username": "SUN"}, {"name": None, "account": sun.world.secretary.account.public_id}):
        with pytest.raises(AppError) as refused:
            create_user(wanted(**changed), today=TODAY, now=clock())
        assert refused.value.code in {"username_taken", "has_username"}


def test_a_reset_ends_desks_and_begins_anew(wu: tuple[Desk, str, list[str]]) -> None:
    desk, secret, _ = wu
    token = Bearer(desk.enter("wu", otp=otp(secret, desk.clock)).data["token"])
    first = reset_password("wu", one_time=False, now=desk.clock())
    assert desk.api(token).get("/me").status == 401
    assert desk.api(desk.world.county_officer).get("/me").status == 200
    desk.clock.advance(minutes=1)
    asked = desk.enter("wu", first, otp=otp(secret, desk.clock))
    assert asked.code == "password_change_needed"
    again = reset_password("wu", one_time=True, now=desk.clock())
    assert desk.enter("wu", again).code == "otp_setup_needed"
    assert RecoveryCode.select().count() == 0
    assert list_users(today=TODAY) == ["wu\t吴远\tcounty_officer@DH\t待改密码"]


def test_a_lock_ends_desks_and_is_lifted(sun: Desk, clock: FakeClock) -> None:
    token = Bearer(sun.enter("sun").data["token"])
    set_locked("sun", locked=True, now=clock())
    assert sun.api(token).get("/me").status == 401
    assert sun.enter("sun").status == 401
    assert list_users(today=TODAY)[0].endswith("已停用")
    set_locked("sun", locked=False, now=clock())
    assert sun.enter("sun").status == 200
    with pytest.raises(AppError):
        set_locked("nobody", locked=True, now=clock())
