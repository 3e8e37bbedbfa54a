"""Checking in with a code: what is taken, what is refused and in which words."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from backend.branch_life.activities import codes
from backend.branch_life.activities.models import CheckIn, WrongCode
from backend.card.models import StudyRecord
from backend.people.models import Membership, MembershipKind
from backend.tally.counting import total
from tests.branch_life.makers import (
    END,
    START,
    Calls,
    digits_of,
    host,
    other_digits,
    plan,
    planned,
    scan,
    type_in,
)
from tests.cast import World

MINUTE = timedelta(minutes=1)


@pytest.fixture
def activity(api: Calls, world: World) -> str:
    """A themed Party day from 09:30 to 11:00 whose check-in opens now."""
    return planned(api, world)


def test_a_scan_checks_in_and_stands_on_the_card(api: Calls, world: World, clock: Any, activity: str) -> None:
    clock.set(START)
    answer = scan(api, world.member, activity, START)
    assert (answer.status, answer.code) == (201, "ok")
    assert answer.data == {
        "id": CheckIn.get().public_id,
        "status": "present",
        "activity": activity,
        "occurred_at": "2026-11-23T09:30:00+08:00",
    }
    record = StudyRecord.get(StudyRecord.member == world.member.member)
    assert (record.content, record.place) == ("重走小平求学路", "社区党群服务中心二楼")
    assert (record.kind, record.hours, record.at) == ("party_day", Decimal("1.5"), START)
    assert record.confirmed_by_id == world.branch.id
    assert total("check_in", world.branch.path, first=START.date(), last=START.date()) == 1


@pytest.mark.parametrize(
    ("after_start", "status"),
    [(-30, "present"), (0, "present"), (10, "present"), (11, "late"), (120, "late")],
)
def test_who_comes_more_than_ten_minutes_after_the_start_is_late(
    api: Calls, world: World, clock: Any, activity: str, after_start: int, status: str
) -> None:
    at = START + after_start * MINUTE
    clock.set(at)
    assert scan(api, world.member, activity, at).data["status"] == status


def test_the_same_nonce_again_is_a_quiet_success(api: Calls, world: World, clock: Any, activity: str) -> None:
    clock.set(START)
    first = scan(api, world.member, activity, START)
    clock.advance(hours=30)
    again = scan(api, world.member, activity, START)
    assert (again.status, again.body) == (201, first.body)
    assert CheckIn.select().count() == StudyRecord.select().count() == 1


def test_another_nonce_is_told_that_it_is_done(api: Calls, world: World, clock: Any, activity: str) -> None:
    clock.set(START)
    scan(api, world.member, activity, START)
    answer = scan(api, world.member, activity, START, nonce="nonce-0002")
    assert (answer.status, answer.code) == (409, "already_checked_in")


def test_the_same_nonce_of_two_members_is_two_check_ins(api: Calls, world: World, clock: Any, activity: str) -> None:
    clock.set(START)
    assert scan(api, world.member, activity, START).status == 201
    assert scan(api, world.second_member, activity, START).status == 201


@pytest.mark.parametrize("wrong_by", [timedelta(days=365), -timedelta(days=365), timedelta(hours=3)])
def test_with_a_network_the_phone_s_clock_counts_for_nothing(
    api: Calls, world: World, clock: Any, activity: str, wrong_by: timedelta
) -> None:
    clock.set(START)
    answer = scan(api, world.member, activity, START, occurred_at=(START + wrong_by).isoformat())
    assert (answer.status, answer.data["status"]) == (201, "present")
    assert answer.data["occurred_at"] == START.isoformat()


# how long after the check-in it is uploaded, what the phone says when it was, and what becomes of it
OFFLINE = [
    pytest.param(5 * MINUTE, timedelta(), 201, id="five minutes later"),
    pytest.param(timedelta(hours=48), timedelta(), 201, id="exactly 48 hours later"),
    pytest.param(timedelta(hours=48, seconds=1), timedelta(), 422, id="a second too late"),
    pytest.param(5 * MINUTE, timedelta(seconds=30), 201, id="phone one step ahead"),
    pytest.param(5 * MINUTE, -timedelta(seconds=30), 201, id="phone one step behind"),
    pytest.param(5 * MINUTE, timedelta(seconds=60), 422, id="phone two steps ahead"),
    pytest.param(5 * MINUTE, -timedelta(days=365), 422, id="phone a year behind"),
    pytest.param(5 * MINUTE, timedelta(days=365), 422, id="phone a year ahead"),
    pytest.param(30 * timedelta(seconds=1), timedelta(), 201, id="still on the screen"),
]


@pytest.mark.parametrize(("later", "phone", "status"), OFFLINE)
def test_a_check_in_without_network_is_uploaded_later(
    api: Calls, world: World, clock: Any, activity: str, later: timedelta, phone: timedelta, status: int
) -> None:
    clock.set(START + later)
    answer = scan(api, world.member, activity, START, occurred_at=(START + phone).isoformat())
    assert answer.status == status
    if status == 422:
        assert answer.code == "expired_code"


def test_an_upload_is_marked_and_waits_for_the_branch_s_word(
    api: Calls, world: World, clock: Any, activity: str
) -> None:
    clock.set(START + timedelta(hours=20))
    answer = scan(api, world.member, activity, START)
    assert answer.data["status"] == "uploaded_late"
    assert answer.data["occurred_at"] == START.isoformat()
    assert StudyRecord.get().confirmed_by_id is None


def test_an_upload_is_judged_by_the_time_of_the_check_in(api: Calls, world: World, clock: Any) -> None:
    activity = planned(api, world)
    clock.set(END + timedelta(hours=5))
    early = START - timedelta(minutes=31)
    assert scan(api, world.member, activity, early).code == "too_early"
    assert scan(api, world.member, activity, END + timedelta(minutes=31)).code == "closed"
    assert scan(api, world.member, activity, END + timedelta(minutes=30)).status == 201


def test_digits_of_the_screen_check_in(api: Calls, world: World, clock: Any, activity: str) -> None:
    clock.set(START)
    named = type_in(api, world.member, digits_of(activity, START), START, activity=activity)
    assert (named.status, named.data["status"]) == (201, "present")
    found = type_in(api, world.second_member, digits_of(activity, START), START)
    assert (found.status, found.data["activity"]) == (201, activity)


def test_digits_typed_without_network_are_uploaded_later(api: Calls, world: World, clock: Any, activity: str) -> None:
    clock.set(START + timedelta(hours=47))
    answer = type_in(api, world.member, digits_of(activity, START), START)
    assert (answer.status, answer.data["status"]) == (201, "uploaded_late")


def test_the_nonce_of_typed_digits_is_known_when_the_activity_is_long_over(
    api: Calls, world: World, clock: Any, activity: str
) -> None:
    clock.set(START)
    first = type_in(api, world.member, digits_of(activity, START), START)
    clock.advance(days=40)
    again = type_in(api, world.member, digits_of(activity, START), START)
    assert (again.status, again.body) == (201, first.body)


def test_old_digits_are_told_apart_from_wrong_ones(api: Calls, world: World, clock: Any, activity: str) -> None:
    clock.set(START + timedelta(minutes=5))
    now = START + timedelta(minutes=5)
    assert type_in(api, world.member, digits_of(activity, START), now).code == "expired_code"
    wrong = type_in(api, world.member, other_digits(activity, now), now)
    assert (wrong.code, "六位数字" in wrong.body["message"]) == ("bad_code", True)
    assert WrongCode.select().count() == 1


def test_digits_do_not_count_where_they_are_not_offered(api: Calls, world: World, clock: Any) -> None:
    activity = planned(api, world, check_in={"methods": ["code"]})
    clock.set(START)
    answer = type_in(api, world.member, digits_of(activity, START), START, activity=activity)
    assert answer.code == "bad_code"


@pytest.mark.parametrize("code", ["x", "a.b.c", "abcdefghijklmno2.0.59479200.AAAAAAAAAAAAAAAAAAAAAA"])
def test_a_forged_code_is_refused_and_noted(api: Calls, world: World, clock: Any, activity: str, code: str) -> None:
    clock.set(START)
    answer = scan(api, world.member, activity, START, code=code, activity=activity)
    assert (answer.status, answer.code) == (422, "bad_code")
    assert WrongCode.get().activity.public_id == activity


def test_the_code_of_another_activity_is_named_as_such(api: Calls, world: World, clock: Any) -> None:
    one, other = planned(api, world), planned(api, world, title="党课")
    clock.set(START)
    answer = scan(api, world.member, one, START, activity=other)
    assert (answer.status, answer.code) == (422, "other_activity")


@pytest.mark.parametrize(
    ("at", "code"),
    [(START - timedelta(seconds=1801), "too_early"), (END + timedelta(seconds=1801), "closed")],
)
def test_outside_its_window_check_in_is_refused(
    api: Calls, world: World, clock: Any, activity: str, at: Any, code: str
) -> None:
    clock.set(at)
    answer = scan(api, world.member, activity, at)
    assert (answer.status, answer.code) == (409, code)


def test_a_cancelled_activity_takes_nobody(api: Calls, world: World, clock: Any, activity: str) -> None:
    assert api(world.secretary).post(f"/activities/{activity}/cancel", {"reason": "台风"}).status == 200
    clock.set(START)
    answer = scan(api, world.member, activity, START)
    assert (answer.status, answer.code) == (409, "cancelled")


def test_whoever_does_not_belong_is_not_invited(api: Calls, world: World, clock: Any, activity: str) -> None:
    clock.set(START)
    for person in (world.host_secretary, world.county_officer, world.resident, world.stranger):
        answer = scan(api, person, activity, START)
        assert (answer.status, answer.code) == (403, "not_invited"), person.name
        answer = type_in(api, person, digits_of(activity, START), START, activity=activity)
        assert (answer.status, answer.code) == (403, "not_invited"), person.name


def test_without_a_genuine_code_nobody_learns_that_an_activity_exists(
    api: Calls, world: World, clock: Any, activity: str
) -> None:
    clock.set(START)
    wrong = other_digits(activity, START)
    hidden = type_in(api, world.stranger, wrong, START, activity=activity)
    absent = type_in(api, world.stranger, wrong, START, activity="a" * 16)
    assert (hidden.status, hidden.body) == (absent.status, absent.body)
    assert hidden.code == "bad_code"


def test_a_guest_of_the_branch_checks_in(api: Calls, world: World, clock: Any) -> None:
    host(world.member, world.host_branch)
    body = plan(organization="NS-01")
    activity = api(world.host_secretary).post("/activities", body).data["id"]
    clock.set(START)
    assert scan(api, world.member, activity, START).status == 201
    assert not CheckIn.get().visitor
    assert StudyRecord.get(StudyRecord.member == world.member.member).confirmed_by_id == world.host_branch.id


def test_a_visitor_comes_where_visitors_are_welcome(api: Calls, world: World, clock: Any) -> None:
    activity = planned(api, world, invited={"visitors": True})
    clock.set(START)
    assert scan(api, world.host_secretary, activity, START).status == 201
    assert CheckIn.get().visitor
    assert StudyRecord.get().member == world.host_secretary.member
    assert scan(api, world.resident, activity, START).code == "not_invited"


def test_only_the_named_are_invited(api: Calls, world: World, clock: Any) -> None:
    activity = planned(api, world, invited={"members": [world.member.member.public_id]})
    clock.set(START)
    assert scan(api, world.second_member, activity, START).code == "not_invited"
    assert type_in(api, world.member, digits_of(activity, START), START).status == 201


def test_who_left_the_branch_before_is_not_invited(api: Calls, world: World, clock: Any, activity: str) -> None:
    yesterday = START.date() - timedelta(days=1)
    Membership.update(until_on=yesterday).where(Membership.member == world.member.member).execute()
    clock.set(START)
    assert scan(api, world.member, activity, START).code == "not_invited"


DAY = timedelta(days=1)
PAST, COMING = (START - 30 * DAY).date(), (START + DAY).date()


@pytest.mark.parametrize(
    ("kind", "since_on", "until_on", "status"),
    [
        (MembershipKind.HOME, START.date(), START.date(), 201),
        (MembershipKind.HOST, PAST, None, 201),
        (MembershipKind.CELL, PAST, None, 201),
        (MembershipKind.RESIDENTIAL, PAST, None, 403),
        (MembershipKind.ALLIANCE, PAST, None, 403),
        (MembershipKind.HOME, PAST, (START - DAY).date(), 403),
        (MembershipKind.HOME, COMING, None, 403),
    ],
)
def test_one_membership_that_counts_on_the_day_is_enough_beside_those_that_do_not(
    api: Calls, world: World, clock: Any, activity: str, kind: str, since_on: date, until_on: date | None, status: int
) -> None:
    member = world.member.member
    Membership.update(until_on=PAST).where(Membership.member == member).execute()
    terms = {"since_on": since_on, "until_on": until_on}
    Membership.create(member=member, organization=world.branch, kind=kind, **terms)
    clock.set(START)
    assert scan(api, world.member, activity, START).status == status
    assert scan(api, world.member, activity, START).status == status
    assert CheckIn.select().count() == (status == 201)


def test_reasons_are_given_in_one_order(api: Calls, world: World, clock: Any, activity: str) -> None:
    clock.set(START)
    scan(api, world.member, activity, START)
    late = END + timedelta(days=3)
    clock.set(late)
    again = {"nonce": "nonce-0002"}
    # checked in, and the code is old, and the window is closed: the first is what he wants to know
    assert scan(api, world.member, activity, START, **again).code == "already_checked_in"
    assert scan(api, world.second_member, activity, START, **again).code == "expired_code"
    assert scan(api, world.second_member, activity, late, **again).code == "closed"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"code": None}, ""),
        ({"typed_code": "123456"}, ""),
        ({"typed_code": "12345", "code": None}, "typed_code"),
        ({"typed_code": "１２３４５６", "code": None}, "typed_code"),
        ({"nonce": ""}, "nonce"),
        ({"nonce": "n" * 65}, "nonce"),
        ({"activity": "../../etc/passwd"}, "activity"),
        ({"occurred_at": "2026-11-23T09:30:00"}, "occurred_at"),
        ({"code": "x\x01y"}, "code"),
        ({"who": "me"}, "who"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_by_field(
    api: Calls, world: World, changed: dict[str, Any], field: str
) -> None:
    answer = scan(api, world.member, "a" * 16, START, **changed)
    assert (answer.status, answer.code) == (422, "invalid")
    assert [error["field"] for error in answer.body["errors"]] == [field]


@pytest.mark.parametrize("said", ["1900-01-01T00:00:00+14:00", "2200-12-31T23:59:59-12:00"])
def test_a_phone_that_is_centuries_off_does_no_harm(
    api: Calls, world: World, clock: Any, activity: str, said: str
) -> None:
    later = START + timedelta(minutes=15)
    clock.set(later)
    assert scan(api, world.member, activity, START, occurred_at=said).code == "expired_code"
    digits = other_digits(activity, later)
    assert type_in(api, world.member, digits, START, occurred_at=said).code == "bad_code"


def test_without_a_token_nobody_checks_in(api: Calls, world: World, activity: str) -> None:
    assert scan(api, None, activity, START).status == 401


class TestGuessing:
    """Six digits can be guessed; not for long."""

    def test_ten_wrong_codes_are_enough(self, api: Calls, world: World, clock: Any, activity: str) -> None:
        clock.set(START)
        wrong = other_digits(activity, START)
        for _ in range(10):
            assert type_in(api, world.member, wrong, START, activity=activity).code == "bad_code"
            clock.advance(seconds=1)
        answer = type_in(api, world.member, digits_of(activity, START), START, activity=activity)
        assert (answer.status, answer.code) == (429, "too_many_codes")
        assert answer.headers["Retry-After"] == "591"
        assert WrongCode.select().count() == 10

    def test_the_limit_is_of_one_account_and_of_ten_minutes(
        self, api: Calls, world: World, clock: Any, activity: str
    ) -> None:
        clock.set(START)
        for _ in range(10):
            type_in(api, world.member, other_digits(activity, START), START, activity=activity)
        assert type_in(api, world.second_member, digits_of(activity, START), START).status == 201
        clock.advance(minutes=10)
        now = START + timedelta(minutes=10)
        assert type_in(api, world.member, digits_of(activity, now), now).status == 201

    def test_forged_codes_are_limited_alike_but_a_real_one_is_still_taken(
        self, api: Calls, world: World, clock: Any, activity: str
    ) -> None:
        clock.set(START)
        answers = [scan(api, world.member, activity, START, code=f"x{n}").status for n in range(12)]
        assert answers == [422] * 10 + [429] * 2
        assert scan(api, world.member, activity, START).status == 201

    def test_the_organiser_sees_how_many(self, api: Calls, world: World, clock: Any, activity: str) -> None:
        clock.set(START)
        for _ in range(3):
            type_in(api, world.member, other_digits(activity, START), START)
        type_in(api, world.stranger, other_digits(activity, START), START, activity=activity)
        assert api(world.secretary).get(f"/activities/{activity}/roll").data["wrong_codes"] == 4


class TestCost:
    """What a check-in costs the database."""

    def test_a_scan_takes_five_statements(
        self, api: Calls, world: World, clock: Any, activity: str, statements: Any
    ) -> None:
        clock.set(START)
        with statements() as sql:
            assert scan(api, world.member, activity, START).status == 201
        assert [text.split()[0] for text in sql] == ["SELECT", "SELECT", "INSERT", "INSERT", "INSERT"]

    def test_typed_digits_take_six(self, api: Calls, world: World, clock: Any, activity: str, statements: Any) -> None:
        clock.set(START)
        with statements() as sql:
            assert type_in(api, world.member, digits_of(activity, START), START).status == 201
        assert len(sql) == 6

    def test_a_replay_takes_two(self, api: Calls, world: World, clock: Any, activity: str, statements: Any) -> None:
        clock.set(START)
        scan(api, world.member, activity, START)
        with statements() as sql:
            scan(api, world.member, activity, START)
        assert len(sql) == 2


def test_the_screen_s_code_is_what_checks_in(api: Calls, world: World, clock: Any, activity: str) -> None:
    clock.set(START)
    shown = api(world.secretary).get(f"/activities/{activity}/code").data
    assert shown["code"] == codes.code_text(activity, 0, codes.step_at(START))
    assert shown["qr"] == f"https://zhibu.example/m/#/check-in?code={shown['code']}"
    assert (shown["step_s"], shown["valid_until"]) == (30, "2026-11-23T09:30:30+08:00")
    assert type_in(api, world.member, shown["typed_code"], START).status == 201
    assert scan(api, world.second_member, activity, START, code=shown["code"]).status == 201
