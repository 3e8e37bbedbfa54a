"""Series count their issues as they come out; plays and persons are counted apart."""

from datetime import timedelta

import pytest

from backend.learning.lessons.due import publish_due_lessons
from backend.learning.lessons.models import Lesson
from tests.learning.lessons.conftest import NEXT_SUNDAY, SUNDAY, SUNDAY_AT_EIGHT, Desk


def _series(desk: Desk, part: str = "secretary", code: str = "DH-01-01", name: str = "云端党课") -> str:
    answer = desk.api(desk.world.people[part]).post("/lesson-series", {"organization": code, "name": name})
    assert answer.status == 201, answer.body
    return str(answer.data["id"])


def test_issues_are_numbered_as_they_come_out(desk: Desk) -> None:
    series = _series(desk)
    second = desk.scheduled(series=series, publish_on=NEXT_SUNDAY.isoformat())
    first = desk.scheduled(series=series)
    assert publish_due_lessons(now=SUNDAY_AT_EIGHT + timedelta(days=7)) == 2
    assert [Lesson.get(public_id=lesson).issue for lesson in (first, second)] == [1, 2]
    client = desk.api(desk.world.people["member"])
    (shown,) = client.get("/lesson-series").data
    assert (shown["name"], shown["issues"]) == ("云端党课", 2)
    items = client.get("/lessons", series=series).data["items"]
    assert [(item["series"], item["issue"]) for item in items] == [("云端党课", 2), ("云端党课", 1)]
    assert client.get("/lessons", series="another").data["items"] == []


def test_a_withdrawn_issue_keeps_its_number(desk: Desk) -> None:
    series = _series(desk)
    first = desk.scheduled(series=series)
    publish_due_lessons(now=SUNDAY_AT_EIGHT)
    desk.step(desk.reviewer, first, "withdraw")
    second = desk.scheduled(series=series)
    publish_due_lessons(now=SUNDAY_AT_EIGHT)
    assert Lesson.get(public_id=second).issue == 2


def test_a_lesson_below_may_stand_in_a_series_from_above_only(desk: Desk) -> None:
    county = _series(desk, "county_officer", "DH", "党员开会了")
    other = _series(desk, "host_secretary", "NS-01", "南山讲堂")
    assert desk.write(series=county).status == 201
    answer = desk.write(series=other)
    assert (answer.status, answer.body["errors"][0]["code"]) == (422, "unknown_series")


@pytest.mark.parametrize(("part", "status"), [("second_member", 403), ("member", 403), ("host_secretary", 404)])
def test_who_may_not_open_a_series(desk: Desk, part: str, status: int) -> None:
    body = {"organization": "DH-01-01", "name": "云端党课"}
    assert desk.api(desk.world.people[part]).post("/lesson-series", body).status == status


def test_a_name_is_taken_once(desk: Desk) -> None:
    _series(desk)
    answer = desk.api(desk.reviewer).post("/lesson-series", {"organization": "DH-01-01", "name": "云端党课"})
    assert (answer.status, answer.code) == (409, "series_exists")


def test_plays_and_persons_are_counted_apart(desk: Desk) -> None:
    lesson = desk.published()
    beats = [("member", 0), ("member", 10), ("resident", 11), ("member", 45)]
    minute = 0
    for number, (part, at) in enumerate(beats):
        desk.clock.advance(minutes=at - minute)
        minute = at
        body = {"position_s": 15, "played_s": 15, "nonce": f"nonce-{number:04}"}
        assert desk.api(desk.world.people[part]).post(f"/lessons/{lesson}/heartbeats", body).status == 200
    numbers = desk.api(desk.reviewer).get(f"/lessons/{lesson}/numbers").data
    assert numbers == {"plays": 3, "persons": 2, "heard": 0, "viewings": 0, "on_rolls": 0}
    assert desk.api(desk.world.people["member"]).get(f"/lessons/{lesson}/numbers").status == 403


def test_nobody_listened_yet(desk: Desk) -> None:
    numbers = desk.api(desk.reviewer).get(f"/lessons/{desk.published()}/numbers").data
    assert numbers["plays"] == numbers["persons"] == 0


def test_a_series_counts_its_persons_once_over_all_issues(desk: Desk) -> None:
    series = _series(desk)
    lessons = [desk.scheduled(series=series, publish_on=day.isoformat()) for day in (SUNDAY, NEXT_SUNDAY)]
    desk.clock.set(SUNDAY_AT_EIGHT + timedelta(days=7))
    publish_due_lessons(now=desk.clock())
    beat = {"position_s": 15, "played_s": 15, "speed": 1}
    for lesson in lessons:
        for part in ("member", "volunteer") if lesson == lessons[0] else ("member",):
            answer = desk.api(desk.world.people[part]).post(f"/lessons/{lesson}/heartbeats", {**beat, "nonce": lesson})
            assert answer.status == 200, answer.body
    held = {"organization": "DH-01-01", "held_at": desk.clock().isoformat(), "place": "活动室"}
    members = [desk.world.people["second_member"].member.public_id]
    assert desk.api(desk.reviewer).post(f"/lessons/{lessons[0]}/viewings", {**held, "members": members}).status == 201
    numbers = desk.api(desk.reviewer).get(f"/lesson-series/{series}/numbers")
    assert numbers.data == {"issues": 2, "plays": 3, "persons": 2, "heard": 0, "viewings": 1, "on_rolls": 1}
    for part, status in (("member", 403), ("host_secretary", 404), ("county_officer", 200)):
        assert desk.api(desk.world.people[part]).get(f"/lesson-series/{series}/numbers").status == status
    assert desk.api(desk.reviewer).get("/lesson-series/nothing/numbers").status == 404
