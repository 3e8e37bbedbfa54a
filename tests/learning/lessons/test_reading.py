"""Who gets which lessons to see, in which order, and what stands on the calendar."""

from datetime import date, timedelta
from typing import Any

import pytest

from backend.people.models import Membership, MembershipKind
from tests.learning.lessons.conftest import NEXT_SUNDAY, SUNDAY, SUNDAY_AT_EIGHT, Clients, Desk, keep_media, set_state


def _ids(answer: Any) -> list[str]:
    assert answer.status == 200, answer.body
    return [item["id"] for item in answer.data["items"]]


def _of_the_county(desk: Desk) -> str:
    author, desk.author = desk.author, desk.world.people["county_officer"]
    lesson = desk.draft(organization="DH")
    set_state(lesson, "published", slot_on=SUNDAY, publish_at=SUNDAY_AT_EIGHT)
    desk.author = author
    return lesson


@pytest.mark.parametrize(
    ("part", "sees"),
    [
        ("resident", "both"),
        ("neighbour", "both"),
        ("member", "both"),
        ("volunteer", "both"),
        ("secretary", "both"),
        ("host_secretary", "county"),
        ("county_officer", "county"),
        ("stranger", "none"),
    ],
)
def test_a_lesson_is_for_all_below_its_organization(desk: Desk, part: str, sees: str) -> None:
    branch, county = desk.published(), _of_the_county(desk)
    expected = {"both": {branch, county}, "county": {county}, "none": set()}[sees]
    client = desk.api(desk.world.people[part])
    assert set(_ids(client.get("/lessons"))) == expected
    readable = expected | ({branch} if part == "county_officer" else set())  # a reviewer reads them all
    for lesson in (branch, county):
        assert client.get(f"/lessons/{lesson}").status == (200 if lesson in readable else 404)


def test_a_guest_of_another_branch_hears_its_lessons(desk: Desk) -> None:
    lesson = desk.published()
    guest = desk.world.people["host_secretary"]
    assert guest.member
    membership = Membership.create(
        member=guest.member,
        organization=desk.world.organizations["branch"],
        kind=MembershipKind.HOST,
        since_on=date(2026, 11, 23),
    )
    assert _ids(desk.api(guest).get("/lessons")) == [lesson]
    membership.until_on = date(2026, 11, 22)
    membership.save()
    assert _ids(desk.api(guest).get("/lessons")) == []


@pytest.mark.parametrize("state", ["draft", "in_review", "approved", "scheduled", "withdrawn"])
def test_what_is_not_published_is_seen_by_its_editors_only(desk: Desk, state: str) -> None:
    lesson = desk.draft()
    set_state(lesson, state)
    for part in ("secretary", "county_officer", "second_member"):
        client = desk.api(desk.world.people[part])
        assert client.get(f"/lessons/{lesson}").status == 200
        assert _ids(client.get("/lessons", state=state)) == [lesson]
        assert _ids(client.get("/lessons")) == []
    for part in ("member", "resident", "host_secretary", "stranger"):
        assert desk.api(desk.world.people[part]).get(f"/lessons/{lesson}").status == 404
    assert desk.api(desk.world.people["member"]).get("/lessons", state=state).status == 403
    assert _ids(desk.api(desk.world.people["host_secretary"]).get("/lessons", state=state)) == []


def test_a_writer_sees_no_drafts_of_others(desk: Desk) -> None:
    own = desk.draft()
    author, desk.author = desk.author, desk.reviewer
    other = desk.draft()
    assert _ids(desk.api(author).get("/lessons", state="draft")) == [own]
    assert desk.api(author).get(f"/lessons/{other}").status == 404
    assert _ids(desk.api(desk.reviewer).get("/lessons", state="draft")) == [other, own]


def test_newest_sunday_first_page_by_page(desk: Desk) -> None:
    days = [SUNDAY + timedelta(weeks=week) for week in (2, 0, 4, 1, 3)]
    made = {day: desk.published(publish_on=day.isoformat()) for day in days}
    client = desk.api(desk.world.people["member"])
    seen, cursor = [], None
    for _ in range(3):
        answer = client.get("/lessons", limit=2, **({"cursor": cursor} if cursor else {}))
        seen += _ids(answer)
        cursor = answer.data["next_cursor"]
    assert cursor is None
    assert seen == [made[day] for day in sorted(days, reverse=True)]


@pytest.mark.parametrize("cursor", ["???", "bm90LWEtZGF5fDE", "MjAyNi0xMS0yOXx4", "YQ"])
def test_a_bad_cursor_is_refused(desk: Desk, cursor: str) -> None:
    assert desk.api(desk.author).get("/lessons", cursor=cursor).status == 422


def test_a_listener_gets_links_and_both_names_but_no_history(desk: Desk) -> None:
    poster = keep_media(desk.author, desk.clock(), seconds=None)
    lesson = desk.published(poster=poster)
    shown = desk.api(desk.world.people["member"]).get(f"/lessons/{lesson}").data
    assert shown["audio_url"].startswith("/api/v1/media/")
    assert f"/media/{poster}/content?expires=" in shown["poster_url"]
    assert (shown["author"], shown["reviewer"], shown["log"], shown["actions"]) == ("冯磊", "孙立新", [], [])
    assert shown["listening"] == {"position_s": 0, "listened_s": 0, "done": False}
    history = desk.api(desk.reviewer).get(f"/lessons/{lesson}").data["log"]
    assert [(step["event"], step["actor"]) for step in history] == [
        ("write", "冯磊"),
        ("submit", "冯磊"),
        ("approve", "孙立新"),
        ("schedule", "孙立新"),
    ]


def test_the_steps_shown_are_the_steps_that_work(desk: Desk) -> None:
    lesson = desk.in_review()
    names = {
        part: [step["name"] for step in desk.api(desk.world.people[part]).get(f"/lessons/{lesson}").data["actions"]]
        for part in ("second_member", "secretary")
    }
    assert names == {"second_member": ["withdraw"], "secretary": ["approve", "return", "withdraw"]}


def test_the_list_costs_the_same_however_long(desk: Desk, statements: Any) -> None:
    client = desk.api(desk.world.people["member"])
    costs = []
    for day in (SUNDAY, NEXT_SUNDAY):
        desk.published(publish_on=day.isoformat())
        with statements() as run:
            client.get("/lessons")
        costs.append(len(run))
    assert costs[0] == costs[1] <= 3


def test_the_calendar_shows_eight_sundays_with_their_gaps(desk: Desk) -> None:
    lesson = desk.scheduled()
    desk.draft(publish_on=NEXT_SUNDAY.isoformat())
    answer = desk.api(desk.author).get("/lessons/calendar", organization="DH-01-01")
    sundays = answer.data["sundays"]
    expected = [(SUNDAY + timedelta(weeks=week)).isoformat() for week in range(8)]
    assert [one["publish_on"] for one in sundays] == expected
    assert (sundays[0]["lesson"]["id"], sundays[0]["gap"]) == (lesson, False)
    assert [one["gap"] for one in sundays[1:]] == [True] * 7
    assert [one["in_preparation"] for one in sundays] == [0, 1, 0, 0, 0, 0, 0, 0]


def test_the_calendar_of_a_branch_shows_the_layers_above(desk: Desk) -> None:
    county, own = _of_the_county(desk), desk.scheduled()
    sundays = desk.api(desk.author).get("/lessons/calendar", organization="DH-01-01").data["sundays"]
    assert [lesson["id"] for lesson in sundays[0]["above"]] == [county]
    assert sundays[0]["above"][0]["organization"]["code"] == "DH"
    assert sundays[0]["lesson"]["id"] == own
    officer = desk.api(desk.world.people["county_officer"])
    top = officer.get("/lessons/calendar", organization="DH").data["sundays"][0]
    assert (top["lesson"]["id"], top["above"]) == (county, [])
    street = officer.get("/lessons/calendar", organization="DH-01").data["sundays"][0]
    assert (street["gap"], [lesson["id"] for lesson in street["above"]]) == (True, [county])


def test_on_a_sunday_the_calendar_begins_with_today(desk: Desk) -> None:
    desk.clock.advance(days=6, hours=14, minutes=59)  # 23:59 in Shanghai
    calendar = desk.api(desk.author).get("/lessons/calendar", organization="DH-01-01").data
    assert calendar["sundays"][0]["publish_on"] == SUNDAY.isoformat()
    desk.clock.advance(minutes=1)
    calendar = desk.api(desk.author).get("/lessons/calendar", organization="DH-01-01").data
    assert calendar["sundays"][0]["publish_on"] == NEXT_SUNDAY.isoformat()


@pytest.mark.parametrize(
    ("part", "status"),
    [
        ("secretary", 200),
        ("county_officer", 200),
        ("member", 403),
        ("host_secretary", 404),
        ("resident", 404),
    ],
)
def test_who_sees_the_calendar(desk: Desk, part: str, status: int) -> None:
    client = desk.api(desk.world.people[part])
    assert client.get("/lessons/calendar", organization="DH-01-01").status == status


def test_without_a_token_there_is_nothing(api: Clients) -> None:
    for path in ("/lessons", "/lessons/abc", "/lessons/calendar"):
        assert api(None).get(path).status == 401
