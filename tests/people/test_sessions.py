"""One's own tokens: seen, ended, idle; and what a token may do that wears one hat."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.core.crypto import digest
from backend.people.access import DESK, issue_token
from backend.people.models import AccessToken, OrganizationPost, Role
from backend.people.sessions.device import device_label
from tests.cast import SINCE, World
from tests.conftest import Api, FakeClock
from tests.people.test_login import Bearer

Calls = Callable[[Any], Api]
Statements = Callable[[], Any]


def token_of(world: World, clock: FakeClock, channel: str = DESK) -> str:
    """A fresh token of the secretary."""
    return issue_token(world.secretary.account, channel, device="Windows · Chrome", now=clock())[0]


# ---------------------------------------------------------------- the list


def test_the_list_shows_where_one_is_logged_in_and_no_token(api: Calls, world: World, clock: FakeClock) -> None:
    token = token_of(world, clock)
    answer = api(Bearer(token)).get("/me/sessions")
    desk, phone = answer.data["items"]
    assert (desk["channel"], desk["device"], desk["current"]) == ("desk", "Windows · Chrome", True)
    assert (phone["channel"], phone["current"]) == ("miniprogram", False)
    assert token not in str(answer.body)
    assert digest(token) not in str(answer.body)


def test_the_list_is_ones_own_in_pages_and_without_what_has_ended(api: Calls, world: World, clock: FakeClock) -> None:
    for _ in range(3):
        token_of(world, clock, "official")
    AccessToken.update(revoked_at=clock()).where(
        AccessToken.id == AccessToken.select().order_by(AccessToken.id.desc()).get().id
    ).execute()
    first = api(world.secretary).get("/me/sessions", limit=2).data
    second = api(world.secretary).get("/me/sessions", limit=2, cursor=first["next_cursor"]).data
    assert [len(first["items"]), len(second["items"]), second["next_cursor"]] == [2, 1, None]
    assert len(api(world.member).get("/me/sessions").data["items"]) == 1


def test_a_session_is_ended_from_another_one(api: Calls, world: World, clock: FakeClock) -> None:
    token = token_of(world, clock)
    session = next(one for one in api(world.secretary).get("/me/sessions").data["items"] if not one["current"])
    assert api(world.secretary).delete(f"/me/sessions/{session['id']}").status == 200
    assert api(Bearer(token)).get("/me").status == 401
    assert api(world.secretary).get("/me").status == 200
    assert api(world.secretary).delete(f"/me/sessions/{session['id']}").status == 404


def test_nobody_ends_the_session_of_another(api: Calls, world: World) -> None:
    (session,) = api(world.secretary).get("/me/sessions").data["items"]
    for wrong in (session["id"], session["id"][:10], "", "%", digest(world.secretary.token)):
        assert api(world.member).delete(f"/me/sessions/{wrong}").status in {404, 405}
    assert api(world.secretary).get("/me").status == 200


# ---------------------------------------------------------------- idle


def test_a_desk_session_ends_after_thirty_idle_minutes(api: Calls, world: World, clock: FakeClock) -> None:
    desk = api(Bearer(token_of(world, clock)))
    for _ in range(3):
        clock.advance(minutes=29)
        assert desk.get("/me").status == 200
    clock.advance(minutes=30)
    assert desk.get("/me").status == 401
    assert api(world.secretary).get("/me").status == 200  # a phone may sleep for days
    assert [one["channel"] for one in api(world.secretary).get("/me/sessions").data["items"]] == ["miniprogram"]


def test_a_desk_session_ends_after_twelve_hours_however_busy(api: Calls, world: World, clock: FakeClock) -> None:
    desk = api(Bearer(token_of(world, clock)))
    for _ in range(24):
        clock.advance(minutes=29)
        assert desk.get("/me").status == 200
    clock.advance(minutes=24)
    assert desk.get("/me").status == 401


def test_last_seen_is_written_once_a_minute_and_the_look_up_is_one_statement(
    api: Calls, world: World, clock: FakeClock, statements: Statements
) -> None:
    desk = api(Bearer(token_of(world, clock)))
    clock.advance(seconds=59)
    with statements() as quiet:
        desk.get("/organizations", limit=1)
    clock.advance(seconds=1)
    with statements() as noted:
        desk.get("/organizations", limit=1)
    with statements() as again:
        desk.get("/organizations", limit=1)
    assert [len(quiet), len(noted), len(again)] == [2, 3, 2]
    assert "access_token" in noted[1]


def test_a_phone_is_noted_seldom(api: Calls, world: World, clock: FakeClock, statements: Statements) -> None:
    clock.advance(hours=6)
    with statements() as noted:
        api(world.member).get("/organizations", limit=1)
    clock.advance(hours=5)
    with statements() as quiet:
        api(world.member).get("/organizations", limit=1)
    assert [len(noted), len(quiet)] == [3, 2]


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36", "Windows · Chrome"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537.36 Edg/120.0", "Windows · Edge"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) Safari/604.1 MicroMessenger/8.0", "iPhone · 微信"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Firefox/130.0", "Linux · Firefox"),
        ("curl/8.0", "未知设备"),
        ("", "未知设备"),
    ],
)
def test_a_device_is_named_in_a_few_words(agent: str, label: str) -> None:
    assert device_label(agent) == label


# ---------------------------------------------------------------- hats


def act(api: Calls, who: Any, hat: str) -> Any:
    """POST /auth/acting."""
    return api(who).post("/auth/acting", {"as": hat})


def test_a_token_acts_as_one_hat_until_told_otherwise(api: Calls, world: World, statements: Statements) -> None:
    secretary, members = world.secretary, f"/organizations/{world.branch.code}/members"
    assert api(secretary).get("/me").data["acting"] == "all"

    as_resident = act(api, secretary, "resident").data
    assert (as_resident["acting"], as_resident["roles"], as_resident["member"]) == ("resident", [], None)
    assert api(secretary).get("/me").data == as_resident
    assert api(secretary).get(members).status == 404

    as_member = act(api, secretary, "member").data
    assert (as_member["acting"], as_member["roles"]) == ("member", [])
    assert as_member["member"]["public_id"] == secretary.member.public_id
    assert api(secretary).get(members).status == 403

    as_secretary = act(api, secretary, f"secretary@{world.branch.code}").data
    assert (as_secretary["acting"], as_secretary["member"]) == ("secretary@DH-01-01", None)
    with statements() as run:
        assert api(secretary).get(members).status == 200
    assert "access_token" in run[0]
    assert not any("access_token" in one for one in run[1:])

    assert act(api, secretary, "all").data["acting"] == "all"
    assert api(secretary).get("/me").data["member"]["public_id"] == secretary.member.public_id


def test_one_post_of_two_is_worn_alone(api: Calls, world: World) -> None:
    OrganizationPost.create(
        organization=world.street, account=world.secretary.account, role=Role.AUDITOR, starts_on=SINCE
    )
    shown = act(api, world.secretary, "auditor@DH-01").data
    assert [(one["role"], one["organization"]["code"]) for one in shown["roles"]] == [("auditor", "DH-01")]
    assert [hat["name"] for hat in shown["hats"]] == ["resident", "member", "secretary@DH-01-01", "auditor@DH-01"]
    assert api(world.secretary).get(f"/organizations/{world.branch.code}/members").status == 403


def test_another_token_of_the_same_person_keeps_its_hats(api: Calls, world: World, clock: FakeClock) -> None:
    other = Bearer(token_of(world, clock))
    act(api, world.secretary, "resident")
    assert api(other).get("/me").data["acting"] == "all"


@pytest.mark.parametrize(
    "hat", ["secretary@NS-01", "county_officer@DH", "secretary@nowhere", "boss", "secretary@", "@", "secretary"]
)
def test_nobody_puts_on_a_hat_that_is_not_his(api: Calls, world: World, hat: str) -> None:
    answer = act(api, world.secretary, hat)
    assert (answer.status, answer.body["errors"][0]["code"]) == (422, "not_your_hat")
    assert api(world.secretary).get("/me").data["acting"] == "all"


def test_a_resident_has_one_hat_and_no_members(api: Calls, world: World) -> None:
    assert act(api, world.resident, "member").status == 422
    assert act(api, world.resident, "resident").status == 200


def test_a_hat_whose_term_is_over_gives_nothing_and_can_be_taken_off(
    api: Calls, world: World, clock: FakeClock
) -> None:
    act(api, world.secretary, "secretary@DH-01-01")
    OrganizationPost.update(ends_on=clock().date()).execute()
    clock.advance(days=1)
    shown = api(world.secretary).get("/me").data
    assert (shown["acting"], shown["roles"], shown["member"]) == ("resident", [], None)
    assert act(api, world.secretary, "all").data["member"] is not None
