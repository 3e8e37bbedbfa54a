"""The life of a lesson: every allowed step, every forbidden one, and who may take it."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from backend.learning.lessons.models import Lesson, LessonLog, LessonVersion
from backend.learning.lessons.workflow import TRANSITIONS, LessonEvent, LessonState
from backend.messaging.models import OutboxEvent
from tests.learning.lessons.conftest import NEXT_SUNDAY, SUNDAY, Desk, keep_media, set_state

BY_PEOPLE = [event for event in LessonEvent if event is not LessonEvent.PUBLISH]
ALLOWED = [pair for pair in TRANSITIONS if pair[1] is not LessonEvent.PUBLISH]
FORBIDDEN = [(state, event) for state in LessonState for event in BY_PEOPLE if (state, event) not in TRANSITIONS]
BY_AUTHOR = {LessonEvent.REVISE, LessonEvent.SUBMIT}


def _body(desk: Desk, event: LessonEvent) -> dict[str, Any]:
    if event is LessonEvent.REVISE:
        body = desk.body(title="改过的题目")
        del body["organization"]
        return body
    return {"note": "请补充出处"} if event is LessonEvent.RETURN else {}


def _in_state(desk: Desk, state: LessonState) -> str:
    lesson = desk.draft()
    held = {LessonState.SCHEDULED, LessonState.PUBLISHED}
    set_state(lesson, state, slot_on=SUNDAY if state in held else None)
    return lesson


@pytest.mark.parametrize(("state", "event"), ALLOWED, ids=lambda value: str(value))
def test_an_allowed_step_moves_the_lesson(desk: Desk, state: LessonState, event: LessonEvent) -> None:
    lesson = _in_state(desk, state)
    person = desk.author if event in BY_AUTHOR else desk.reviewer
    answer = desk.step(person, lesson, event, **_body(desk, event))
    assert (answer.status, answer.data["state"]) == (200, TRANSITIONS[state, event]), answer.body
    entry = LessonLog.select().order_by(LessonLog.id.desc()).first()
    assert (entry.event, entry.from_state, entry.to_state) == (event, state, TRANSITIONS[state, event])
    assert entry.actor_id == person.account.id


@pytest.mark.parametrize(("state", "event"), FORBIDDEN, ids=lambda value: str(value))
def test_a_forbidden_step_changes_nothing(desk: Desk, state: LessonState, event: LessonEvent) -> None:
    lesson = _in_state(desk, state)
    steps = LessonLog.select().count()
    person = desk.author if event in BY_AUTHOR else desk.reviewer
    answer = desk.step(person, lesson, event, **_body(desk, event))
    assert (answer.status, answer.code) == (409, "illegal_transition")
    assert (answer.body["state"], answer.body["action"]) == (state, event)
    assert Lesson.get(public_id=lesson).state == state
    assert LessonLog.select().count() == steps


def test_nobody_publishes_by_hand(desk: Desk) -> None:
    assert desk.step(desk.reviewer, desk.scheduled(), "publish").status == 404


def test_the_author_does_not_review_himself(desk: Desk) -> None:
    desk.author = desk.reviewer  # the secretary writes this one
    lesson = desk.in_review()
    for action, body in (("approve", {}), ("return", {"note": "自己退回"})):
        answer = desk.step(desk.reviewer, lesson, action, **body)
        assert (answer.status, answer.code) == (409, "own_review")
    shown = desk.api(desk.reviewer).get(f"/lessons/{lesson}").data
    assert [action["name"] for action in shown["actions"]] == ["withdraw"]
    officer = desk.world.people["county_officer"]
    assert desk.step(officer, lesson, "approve").data["reviewer"] == "吴远"


# role × action, each on a lesson at the stage where the action is possible
STAGES: dict[LessonEvent, Callable[[Desk], str]] = {
    LessonEvent.REVISE: Desk.draft,
    LessonEvent.SUBMIT: Desk.draft,
    LessonEvent.APPROVE: Desk.in_review,
    LessonEvent.RETURN: Desk.in_review,
    LessonEvent.SCHEDULE: Desk.approved,
    LessonEvent.WITHDRAW: Desk.approved,
}
REVIEWERS_STEPS = {LessonEvent.APPROVE, LessonEvent.RETURN, LessonEvent.SCHEDULE, LessonEvent.WITHDRAW}
MAY: dict[str, set[LessonEvent]] = {
    "author": {LessonEvent.REVISE, LessonEvent.SUBMIT, LessonEvent.SCHEDULE, LessonEvent.WITHDRAW},
    "secretary": REVIEWERS_STEPS,
    "county_officer": REVIEWERS_STEPS,
}
UNSEEN = ["resident", "member", "volunteer", "host_secretary", "stranger"]


@pytest.mark.parametrize("event", BY_PEOPLE)
@pytest.mark.parametrize("part", [*MAY, *UNSEEN])
def test_who_may_do_what(desk: Desk, part: str, event: LessonEvent) -> None:
    person = desk.author if part == "author" else desk.world.people[part]
    lesson = STAGES[event](desk)
    body = _body(desk, event)
    if event is LessonEvent.REVISE:
        body["audio"] = keep_media(person, desk.clock())
    status = desk.step(person, lesson, event, **body).status
    assert status == (404 if part in UNSEEN else 200 if event in MAY[part] else 403)


@pytest.mark.parametrize(
    ("part", "status"),
    [
        ("secretary", 201),
        ("county_officer", 201),
        ("member", 403),
        ("volunteer", 403),
        ("resident", 404),
        ("host_secretary", 404),
        ("stranger", 404),
    ],
)
def test_who_may_write_a_lesson_of_the_branch(desk: Desk, part: str, status: int) -> None:
    person = desk.world.people[part]
    body = desk.body(audio=keep_media(person, desk.clock()))
    assert desk.api(person).post("/lessons", body).status == status


def test_an_unknown_organization_and_an_unknown_lesson(desk: Desk) -> None:
    assert desk.write(organization="XX").status == 404
    assert desk.step(desk.author, "nosuchlesson", "submit").status == 404


@pytest.mark.parametrize(("seconds", "status"), [(239.4, 422), (239.5, 201), (300, 201), (360.4, 201), (361, 422)])
def test_a_lesson_lasts_four_to_six_minutes(desk: Desk, seconds: float, status: int) -> None:
    answer = desk.write(audio=keep_media(desk.author, desk.clock(), seconds=seconds))
    assert answer.status == status
    if status == 422:
        assert answer.body["errors"][0]["code"] == "bad_length"
        assert f"{round(seconds)} 秒" in answer.message


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2026-11-28", "not_sunday"),
        ("2026-11-30", "not_sunday"),
        ("2026-11-22", "sunday_past"),
        ("2028-01-02", "sunday_too_far"),
        ("next week", "date_from_datetime_parsing"),
    ],
)
def test_a_lesson_comes_out_on_a_coming_sunday(desk: Desk, day: str, code: str) -> None:
    answer = desk.write(publish_on=day)
    assert (answer.status, answer.body["errors"][0]["code"]) == (422, code)


def test_only_ones_own_uploads_of_the_right_kind_are_taken(desk: Desk) -> None:
    sound = keep_media(desk.reviewer, desk.clock())
    picture = keep_media(desk.author, desk.clock(), seconds=None)
    for changed in ({"audio": sound}, {"audio": picture}, {"audio": "nothing"}, {"poster": sound}):
        answer = desk.write(**changed)
        assert (answer.status, answer.body["errors"][0]["code"]) == (422, "unknown_media")
        assert answer.body["errors"][0]["field"] in changed
    assert desk.write(poster=picture).data["poster_url"].startswith("/api/v1/media/")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "题" * 61),
        ("title", "两\n行"),
        ("text", "字" * 6001),
        ("text", "空\x01字符"),
        ("lecturer", None),
        ("rank", 1),
    ],
)
def test_a_bad_body_is_refused(desk: Desk, field: str, value: Any) -> None:
    answer = desk.write(**{field: value})
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)


def test_a_return_needs_its_reason(desk: Desk) -> None:
    assert desk.step(desk.reviewer, desk.in_review(), "return").status == 422


def test_a_revised_lesson_is_reviewed_anew_and_its_versions_stay(desk: Desk) -> None:
    lesson = desk.approved()
    body = desk.body(title="新的题目")
    del body["organization"]
    answer = desk.step(desk.author, lesson, "revise", **body)
    assert (answer.data["state"], answer.data["version"], answer.data["reviewer"]) == ("draft", 2, None)
    versions = LessonVersion.select().order_by(LessonVersion.version)
    assert [(row.version, row.title) for row in versions] == [(1, "把小事办到门口"), (2, "新的题目")]


def test_editors_read_what_each_version_said_and_who_approved_it(desk: Desk) -> None:
    lesson = desk.approved()
    body = desk.body(title="新的题目", poster=keep_media(desk.author, desk.clock(), seconds=None))
    del body["organization"]
    desk.step(desk.author, lesson, "revise", **body)
    for person in (desk.author, desk.reviewer):
        newest, first = desk.api(person).get(f"/lessons/{lesson}/versions").data
        assert (newest["version"], newest["title"], newest["approved_by"]) == (2, "新的题目", None)
        assert (first["version"], first["title"], first["approved_by"]) == (1, "把小事办到门口", "孙立新")
        assert first["text"].startswith("各位同志")
        assert (bool(first["audio_url"]), first["poster_url"], bool(newest["poster_url"])) == (True, None, True)
    desk.step(desk.author, lesson, "submit")
    desk.step(desk.reviewer, lesson, "approve")
    set_state(lesson, "published", published_at=desk.clock())
    assert desk.api(desk.world.people["member"]).get(f"/lessons/{lesson}/versions").status == 403
    assert desk.api(desk.world.people["stranger"]).get(f"/lessons/{lesson}/versions").status == 404


def test_one_lesson_a_sunday(desk: Desk) -> None:
    first, second = desk.scheduled(), desk.approved()
    answer = desk.step(desk.reviewer, second, "schedule")
    assert (answer.status, answer.code) == (409, "sunday_taken")
    assert "11月29日" in answer.message
    assert desk.step(desk.reviewer, second, "schedule", publish_on=NEXT_SUNDAY.isoformat()).status == 200
    assert desk.step(desk.reviewer, first, "schedule", publish_on=NEXT_SUNDAY.isoformat()).status == 409
    assert desk.step(desk.reviewer, second, "withdraw").status == 200
    assert desk.step(desk.reviewer, first, "schedule", publish_on=NEXT_SUNDAY.isoformat()).status == 200


def test_another_organization_has_its_own_sundays(desk: Desk) -> None:
    desk.scheduled()
    desk.author, desk.reviewer = desk.world.people["county_officer"], desk.author
    lesson = desk.draft(organization="DH")
    set_state(lesson, "approved")
    assert desk.step(desk.author, lesson, "schedule").status == 200


def test_a_sunday_that_has_passed_is_not_scheduled(desk: Desk) -> None:
    lesson = desk.approved()
    desk.clock.advance(days=7)
    answer = desk.step(desk.reviewer, lesson, "schedule")
    assert (answer.status, answer.body["errors"][0]["code"]) == (422, "sunday_past")


def test_a_repeated_key_writes_one_lesson(desk: Desk) -> None:
    body = desk.body()
    client = desk.api(desk.author)
    first, again = client.post("/lessons", body, key="k-1"), client.post("/lessons", body, key="k-1")
    assert first.data["id"] == again.data["id"]
    assert Lesson.select().count() == 1


def test_reviewers_and_author_are_told(desk: Desk) -> None:
    lesson = desk.in_review()
    desk.step(desk.reviewer, lesson, "return", note="请补充出处")
    desk.step(desk.author, lesson, "submit")
    desk.step(desk.reviewer, lesson, "approve")
    events = list(OutboxEvent.select().where(OutboxEvent.topic != "content.check").order_by(OutboxEvent.id))
    topics = ["lesson.submitted", "lesson.returned", "lesson.submitted", "lesson.approved"]
    assert [event.topic for event in events] == topics
    reviewers = sorted(desk.world.people[part].account.id for part in ("secretary", "county_officer"))
    assert events[0].people == {"reviewers": reviewers}
    assert events[1].people == {"author": [desk.author.account.id]}
    assert (events[1].facts["note"], events[1].facts["id"]) == ("请补充出处", lesson)


def test_sunday_is_reckoned_in_shanghai(desk: Desk) -> None:
    lesson = desk.scheduled()
    shown = desk.api(desk.reviewer).get(f"/lessons/{lesson}").data
    assert shown["publish_at"] == "2026-11-29T08:00:00+08:00" or shown["publish_at"] == "2026-11-29T00:00:00Z"
    assert Lesson.get(public_id=lesson).slot_on == date(2026, 11, 29)
