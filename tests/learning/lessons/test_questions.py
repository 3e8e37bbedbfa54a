"""The light question and the reflection: for oneself, after listening, and never a score."""

from typing import Any

import pytest

from backend.learning.lessons.models import LessonAnswer
from tests.cast import Person
from tests.conftest import Answer
from tests.learning.lessons.conftest import Desk

QUESTION = {
    "text": "楼道的灯最后是谁修好的？",
    "choices": ["物业公司", "党员志愿者", "没有修好"],
    "answer": 1,
    "explanation": "支部派单后，两位党员当晚就换了灯泡。",
}
HIDDEN = {"text": QUESTION["text"], "choices": QUESTION["choices"], "chosen": None, "answer": None, "explanation": None}


def answer(desk: Desk, lesson: str, choice: Any = 1, person: Person | None = None) -> Answer:
    """POST /lessons/{id}/answer."""
    return desk.api(person or desk.world.people["member"]).post(f"/lessons/{lesson}/answer", {"choice": choice})


def hear(desk: Desk, lesson: str, person: Person | None = None) -> None:
    """Play it to the end."""
    for position in range(15, 286, 15):
        desk.clock.advance(seconds=15)
        body = {"position_s": position, "played_s": 15, "nonce": f"beat-{position}"}
        desk.api(person or desk.world.people["member"]).post(f"/lessons/{lesson}/heartbeats", body)


def see_together(desk: Desk, lesson: str) -> str:
    """The branch listens, the member is on the roll; the id of the viewing."""
    body = {
        "organization": "DH-01-01",
        "held_at": desk.clock().isoformat(),
        "place": "活动室",
        "members": [desk.world.people["member"].member.public_id],  # type: ignore[union-attr]
    }
    kept = desk.api(desk.reviewer).post(f"/lessons/{lesson}/viewings", body)
    assert kept.status == 201, kept.body
    return str(kept.data["id"])


def shown(desk: Desk, lesson: str, person: Person | None = None) -> Any:
    """The lesson as somebody sees it."""
    return desk.api(person or desk.world.people["member"]).get(f"/lessons/{lesson}").data


def test_the_right_answer_is_told_to_who_has_answered(desk: Desk) -> None:
    lesson = desk.published(question=QUESTION)
    hear(desk, lesson)
    assert shown(desk, lesson)["question"] == HIDDEN
    told = answer(desk, lesson, 0)
    assert (told.status, told.data) == (200, {**QUESTION, "chosen": 0})
    assert shown(desk, lesson)["question"] == {**QUESTION, "chosen": 0}
    assert answer(desk, lesson, 1).data["chosen"] == 1
    assert [row.choice for row in LessonAnswer.select()] == [1]
    assert shown(desk, lesson, desk.world.people["volunteer"])["question"] == HIDDEN


def test_editors_see_what_is_right_before_anybody_answers(desk: Desk) -> None:
    lesson = desk.in_review(question=QUESTION)
    assert shown(desk, lesson, desk.reviewer)["question"] == {**QUESTION, "chosen": None}


def test_nobody_answers_before_he_has_heard_it(desk: Desk) -> None:
    lesson = desk.published(question=QUESTION)
    refused = answer(desk, lesson)
    assert (refused.status, refused.code) == (409, "not_heard")
    assert not LessonAnswer.select().exists()


def test_who_stood_on_the_roll_has_heard_it(desk: Desk) -> None:
    lesson = desk.published(question=QUESTION)
    viewing = see_together(desk, lesson)
    assert answer(desk, lesson).status == 200
    assert desk.api(desk.reviewer).post(f"/viewings/{viewing}/void", {"reason": "登记错了"}).status == 200
    assert answer(desk, lesson).code == "not_heard"


def test_a_lesson_without_a_question_is_as_good(desk: Desk) -> None:
    lesson = desk.published()
    hear(desk, lesson)
    assert shown(desk, lesson)["question"] is None
    assert answer(desk, lesson).status == 404


def test_a_lesson_of_elsewhere_is_not_there(desk: Desk) -> None:
    lesson = desk.published(question=QUESTION)
    assert answer(desk, lesson, person=desk.world.people["host_secretary"]).status == 404


@pytest.mark.parametrize("choice", [3, -1, 4, "一", None, 1.5])
def test_a_choice_that_is_none_is_refused(desk: Desk, choice: Any) -> None:
    lesson = desk.published(question=QUESTION)
    hear(desk, lesson)
    assert answer(desk, lesson, choice).status == 422


@pytest.mark.parametrize(
    "changed",
    [
        {"text": ""},
        {"text": "长" * 101},
        {"choices": ["只有一个"]},
        {"choices": ["一", "二", "三", "四", "五"]},
        {"choices": ["一样", "一样"]},
        {"choices": ["一", ""]},
        {"answer": 3},
        {"answer": -1},
        {"explanation": ""},
        {"explanation": "长" * 301},
        {"points": 5},
    ],
)
def test_a_bad_question_is_refused(desk: Desk, changed: dict[str, Any]) -> None:
    assert desk.write(question={**QUESTION, **changed}).status == 422


def test_a_revision_brings_its_own_question(desk: Desk) -> None:
    lesson = desk.draft(question=QUESTION)
    content = {name: value for name, value in desk.body().items() if name != "organization"}
    revised = desk.api(desk.author).post(f"/lessons/{lesson}/revise", content)
    assert (revised.status, revised.data["question"]) == (200, None)


@pytest.mark.parametrize("together", [True, False])
def test_the_reflection_is_written_on_the_card(desk: Desk, *, together: bool) -> None:
    lesson = desk.published()
    assert shown(desk, lesson)["record"] is None
    _ = see_together(desk, lesson) if together else hear(desk, lesson)  # type: ignore[func-returns-value]
    record = shown(desk, lesson)["record"]
    assert record["reflection"] is None
    member = desk.api(desk.world.people["member"])
    assert member.post(f"/me/card/records/{record['id']}/reflection", {"text": "小事也是大事"}).status == 200
    assert shown(desk, lesson)["record"] == {"id": record["id"], "reflection": "小事也是大事"}
    assert shown(desk, lesson, desk.world.people["volunteer"])["record"] is None


def test_an_answer_stands_in_ones_own_export(desk: Desk) -> None:
    lesson = desk.published(question=QUESTION)
    hear(desk, lesson)
    answer(desk, lesson)
    kept = desk.api(desk.world.people["member"]).get("/me/export").data["rooms"]["learning"]
    assert [row["choice"] for row in kept["lesson_answer.account"]] == [1]
    others = desk.api(desk.world.people["volunteer"]).get("/me/export").data["rooms"]["learning"]
    assert others["lesson_answer.account"] == []
