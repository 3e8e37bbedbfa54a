"""Listening together: one roll, one entry a card, nothing counted twice, and a way back."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from backend.card.models import StudyRecord
from backend.learning.lessons.models import LessonListening, LessonViewing
from backend.tally.models import TallyDelta
from tests.at_once import Call, at_once
from tests.cast import Person
from tests.conftest import Answer
from tests.learning.lessons.conftest import SUNDAY, Desk, set_state

PRESENT = ("member", "second_member", "volunteer")


@pytest.fixture
def lesson(desk: Desk) -> str:
    """A published lesson; an hour has passed since."""
    made = desk.published()
    desk.clock.advance(hours=1)
    return made


def _keep(desk: Desk, lesson: str, *parts: str, by: str = "secretary", **changed: Any) -> Answer:
    body = {
        "organization": "DH-01-01",
        "held_at": (desk.clock() - timedelta(minutes=20)).isoformat(),
        "place": "社区党群服务中心",
        "members": [_public_id(desk, part) for part in parts or PRESENT],
        **changed,
    }
    return desk.api(desk.world.people[by]).post(f"/lessons/{lesson}/viewings", body)


def _public_id(desk: Desk, part: str) -> str:
    member = desk.world.people[part].member
    assert member
    return str(member.public_id)


def _on_cards() -> list[tuple[str, bool]]:
    rows = StudyRecord.select().order_by(StudyRecord.id)
    return [(row.source.partition(":")[0], row.voided_at is None) for row in rows]


def _hear_alone(desk: Desk, lesson: str, part: str) -> bool:
    person = desk.world.people[part]
    client = desk.api(person)
    for position in range(0, 301, 30):
        desk.clock.advance(seconds=30)
        body = {"position_s": position, "played_s": 30 if position else 0, "nonce": f"{part}-alone-{position:04}"}
        answer = client.post(f"/lessons/{lesson}/heartbeats", body)
    return bool(answer.data["done"])


def test_a_roll_makes_one_confirmed_entry_a_member(desk: Desk, lesson: str) -> None:
    answer = _keep(desk, lesson)
    assert (answer.status, answer.data["recorded"], answer.data["keeper"]) == (201, 3, "孙立新")
    assert {member["name"] for member in answer.data["members"]} == {"钱晓梅", "冯磊", "赵志强"}
    assert _on_cards() == [("viewing", True)] * 3
    record = StudyRecord.select().first()
    assert record.confirmed_by_id == desk.world.organizations["branch"].id
    assert (record.place, record.content) == ("社区党群服务中心", "党课《把小事办到门口》（集中收看）")
    assert {(row.measure, row.amount) for row in TallyDelta.select()} == {("lesson_viewings", 1), ("lesson_viewers", 3)}


def test_who_heard_it_alone_gets_no_second_entry(desk: Desk, lesson: str) -> None:
    assert _hear_alone(desk, lesson, "member")
    answer = _keep(desk, lesson)
    assert (len(answer.data["members"]), answer.data["recorded"]) == (3, 2)
    assert sorted(_on_cards()) == [("lesson", True), ("viewing", True), ("viewing", True)]


def test_who_heard_it_in_the_room_gets_no_second_entry(desk: Desk, lesson: str) -> None:
    _keep(desk, lesson, "member")
    assert _hear_alone(desk, lesson, "member")
    assert LessonListening.get().done_at is not None
    assert _keep(desk, lesson, "member", "volunteer").data["recorded"] == 1
    assert _on_cards() == [("viewing", True)] * 2


def test_a_viewing_struck_out_takes_its_entries_along(desk: Desk, lesson: str) -> None:
    viewing = _keep(desk, lesson).data["id"]
    client = desk.api(desk.reviewer)
    answer = client.post(f"/viewings/{viewing}/void", {"reason": "重复登记"})
    assert (answer.status, answer.data["voided"]) == (200, True)
    assert client.post(f"/viewings/{viewing}/void", {"reason": "再来一次"}).code == "already_void"
    assert _on_cards() == [("viewing", False)] * 3
    assert _keep(desk, lesson).data["recorded"] == 3
    totals = dict.fromkeys(("lesson_viewings", "lesson_viewers"), 0)
    for row in TallyDelta.select():
        totals[row.measure] += row.amount
    assert totals == {"lesson_viewings": 1, "lesson_viewers": 3}


def test_who_also_heard_it_alone_keeps_it_when_the_viewing_is_struck_out(desk: Desk, lesson: str) -> None:
    viewing = _keep(desk, lesson, "member", "volunteer").data["id"]
    assert _hear_alone(desk, lesson, "member")
    desk.api(desk.reviewer).post(f"/viewings/{viewing}/void", {"reason": "人没到齐"})
    assert _on_cards() == [("viewing", False), ("viewing", False), ("lesson", True)]


@pytest.mark.parametrize(
    ("part", "status"),
    [("secretary", 201), ("member", 403), ("county_officer", 403), ("host_secretary", 404), ("resident", 404)],
)
def test_who_may_keep_a_roll(desk: Desk, lesson: str, part: str, status: int) -> None:
    assert _keep(desk, lesson, by=part).status == status


@pytest.mark.parametrize("part", ["member", "county_officer", "host_secretary", "resident"])
def test_who_may_not_strike_it_out(desk: Desk, lesson: str, part: str) -> None:
    viewing = _keep(desk, lesson).data["id"]
    answer = desk.api(desk.world.people[part]).post(f"/viewings/{viewing}/void", {"reason": "不该可以"})
    assert answer.status in {403, 404}
    assert LessonViewing.get().voided_at is None


def test_strangers_to_the_branch_are_not_on_its_roll(desk: Desk, lesson: str) -> None:
    answer = _keep(desk, lesson, "member", "host_secretary")
    assert (answer.status, answer.body["errors"][0]["code"]) == (422, "not_of_the_branch")
    assert _on_cards() == []


@pytest.mark.parametrize(("shift", "code"), [({"minutes": 11}, "not_yet"), ({"hours": -2}, "before_publication")])
def test_a_viewing_lies_between_publication_and_now(desk: Desk, lesson: str, shift: dict[str, int], code: str) -> None:
    answer = _keep(desk, lesson, held_at=(desk.clock() + timedelta(**shift)).isoformat())
    assert (answer.status, answer.body["errors"][0]["code"]) == (422, code)


@pytest.mark.parametrize("changed", [{"members": []}, {"held_at": "2026-11-29T09:00:00"}, {"place": ""}])
def test_a_bad_roll_is_refused(desk: Desk, lesson: str, changed: dict[str, Any]) -> None:
    assert _keep(desk, lesson, **changed).status == 422


def test_a_lesson_not_published_is_not_viewed(desk: Desk, lesson: str) -> None:
    set_state(lesson, "scheduled")
    assert _keep(desk, lesson).code == "not_published"


def test_viewings_are_listed_for_those_who_see_the_members(desk: Desk, lesson: str) -> None:
    kept = [_keep(desk, lesson, part).data["id"] for part in PRESENT]
    client = desk.api(desk.world.people["county_officer"])
    first = client.get(f"/lessons/{lesson}/viewings", organization="DH-01-01", limit=2)
    second = client.get(
        f"/lessons/{lesson}/viewings", organization="DH-01-01", limit=2, cursor=first.data["next_cursor"]
    )
    assert [one["id"] for page in (first, second) for one in page.data["items"]] == kept[::-1]
    assert second.data["next_cursor"] is None
    assert (
        desk.api(desk.world.people["member"]).get(f"/lessons/{lesson}/viewings", organization="DH-01-01").status == 403
    )


def test_a_repeated_request_keeps_one_roll(desk: Desk, lesson: str) -> None:
    body = {
        "organization": "DH-01-01",
        "held_at": desk.clock().isoformat(),
        "place": "支部活动室",
        "members": [_public_id(desk, "member")],
    }
    client = desk.api(desk.reviewer)
    answers = [client.post(f"/lessons/{lesson}/viewings", body, key="roll-1") for _ in range(2)]
    assert answers[0].data["id"] == answers[1].data["id"]
    assert _on_cards() == [("viewing", True)]


def test_two_rolls_at_once_make_one_entry_on_the_card_of_who_stands_on_both(app: Flask, desk: Desk) -> None:
    member = desk.world.people["member"]
    for number in range(8):
        lesson = desk.published(title=f"第 {number} 讲", publish_on=(SUNDAY + timedelta(weeks=number)).isoformat())
        desk.clock.advance(hours=1)
        answers = at_once(app, [_roll_of(desk, lesson, member, f"{room} 号会议室") for room in range(5)])
        assert [answer.status for answer in answers] == [201] * 5
        assert sum(answer.data["recorded"] for answer in answers) == 1, number
    assert StudyRecord.select().where(StudyRecord.member == member.member).count() == 8


def _roll_of(desk: Desk, lesson: str, member: Person, place: str) -> tuple[str, Call]:
    body = {
        "organization": "DH-01-01",
        "held_at": (desk.clock() - timedelta(minutes=20)).isoformat(),
        "place": place,
        "members": [member.member and member.member.public_id],
    }
    return desk.world.people["secretary"].token, lambda client: client.post(f"/lessons/{lesson}/viewings", body)


def test_a_roll_and_the_last_heartbeat_at_once_make_one_entry(app: Flask, desk: Desk) -> None:
    member = desk.world.people["member"]
    for number in range(8):
        lesson = desk.published(title=f"第 {number} 讲", publish_on=(SUNDAY + timedelta(weeks=number)).isoformat())
        desk.clock.advance(hours=1)
        client = desk.api(member)
        for position in range(0, 241, 30):
            desk.clock.advance(seconds=30)
            body = {"position_s": position, "played_s": 30 if position else 0, "nonce": f"{number}-{position:04}"}
            assert not client.post(f"/lessons/{lesson}/heartbeats", body).data["done"]
        desk.clock.advance(seconds=60)
        last = {"position_s": 300, "played_s": 60, "nonce": f"{number}-last"}
        beat = (member.token, lambda one, last=last, lesson=lesson: one.post(f"/lessons/{lesson}/heartbeats", last))
        roll = _roll_of(desk, lesson, member, "二楼会议室")
        answers = at_once(app, [beat, roll, roll, roll])
        assert [answer.status for answer in answers] == [200, 201, 201, 201]
        standing = StudyRecord.select().where(StudyRecord.member == member.member, StudyRecord.voided_at.is_null())
        assert standing.count() == number + 1


# ---------------------------------------------------------------- the same hour as an activity


def _activity(desk: Desk) -> str:
    starts = desk.clock() - timedelta(minutes=25)
    body = {
        "organization": "DH-01-01",
        "kind": "group_viewing",
        "title": "集中收看党课",
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=1)).isoformat(),
        "place": {"text": "社区党群服务中心"},
        "check_in": {"methods": ["roll_call"]},
    }
    answer = desk.api(desk.world.secretary).post("/activities", body)
    assert answer.status == 201, answer.body
    return str(answer.data["id"])


def _tick(desk: Desk, activity: str, part: str) -> str:
    body = {"member": _public_id(desk, part)}
    answer = desk.api(desk.world.secretary).post(f"/activities/{activity}/roll", body)
    assert answer.status == 201, answer.body
    return str(answer.data["id"])


def _shown(desk: Desk, part: str) -> list[tuple[str, bool]]:
    records = desk.api(desk.world.people[part]).get("/me/card").data["records"]
    return [(one["source"], one["voided"]) for one in records]


@pytest.mark.parametrize("first", ["activity", "viewing"])
def test_a_viewing_that_was_an_activity_too_is_on_the_card_once_and_either_may_be_struck_out(
    desk: Desk, lesson: str, first: str
) -> None:
    desk.clock.advance(minutes=30)
    activity = _activity(desk)
    ways: dict[str, Any] = {
        "activity": lambda: _tick(desk, activity, "member"),
        "viewing": lambda: _keep(desk, lesson, "member").data["id"],
    }
    second = "viewing" if first == "activity" else "activity"
    made = {name: ways[name]() for name in (first, second)}
    names = {"activity": "check-in", "viewing": "viewing"}
    assert _shown(desk, "member") == [(names[first], False)]
    hours = StudyRecord.select().where(StudyRecord.voided_at.is_null())
    assert hours.count() == 1
    secretary = desk.api(desk.world.secretary)
    undo = {
        "activity": lambda: secretary.post(f"/check-ins/{made['activity']}/void", {"reason": "点错了"}),
        "viewing": lambda: secretary.post(f"/viewings/{made['viewing']}/void", {"reason": "记错了"}),
    }
    assert undo[first]().status == 200
    assert sorted(_shown(desk, "member")) == sorted([(names[first], True), (names[second], False)])
    assert undo[second]().status == 200
    assert {voided for _, voided in _shown(desk, "member")} == {True}
