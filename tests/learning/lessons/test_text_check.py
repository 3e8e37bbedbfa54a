"""The words of a lesson: checked with their handing in, and passed or given back by who reads them."""

from typing import Any

import pytest

from backend.learning.lessons.models import LessonVersion, TextState
from backend.learning.lessons.text_check import SUBJECT, record_verdict
from backend.messaging.models import OutboxEvent
from backend.rooms import CONTENT_SUBJECTS
from tests.learning.lessons.conftest import Desk


def asked() -> list[dict[str, Any]]:
    """What the platform was asked about words."""
    events = OutboxEvent.select().where(OutboxEvent.topic == "content.check").order_by(OutboxEvent.id)
    return [event.facts for event in events if event.facts["subject"] == SUBJECT]


def judge(desk: Desk, verdict: str) -> None:
    """Let the platform answer."""
    CONTENT_SUBJECTS[SUBJECT](asked()[-1]["id"], verdict, now=desk.clock())


def state_of(desk: Desk, lesson: str) -> str | None:
    """What editors see of it."""
    found: str | None = desk.api(desk.reviewer).get(f"/lessons/{lesson}").data["text_moderation"]
    return found


def test_a_draft_is_nobodys_business(desk: Desk) -> None:
    lesson = desk.draft()
    assert asked() == []
    assert state_of(desk, lesson) is None


def test_all_words_are_asked_about(desk: Desk) -> None:
    question = {"text": "灯是谁修的？", "choices": ["社区电工", "党员志愿者"], "answer": 1, "explanation": "见开头。"}
    lesson = desk.in_review(question=question)
    (facts,) = asked()
    words = ["把小事办到门口", "孙立新", "大河社区第一党支部", "灯是谁修的？", "社区电工", "党员志愿者", "见开头。"]
    assert all(word in facts["text"] for word in words)
    assert facts["account_id"] == desk.author.account.id
    assert state_of(desk, lesson) == TextState.PENDING


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [
        (("pass",), "passed"),
        (("review",), "review"),
        (("risky",), "refused"),
        (("pass", "risky"), "passed"),
        (("risky", "pass"), "refused"),
    ],
)
def test_the_first_verdict_counts(desk: Desk, verdicts: tuple[str, ...], state: str) -> None:
    lesson = desk.in_review(text="灯" * 6000)
    for verdict in verdicts:
        judge(desk, verdict)
    assert state_of(desk, lesson) == state


def test_refused_words_are_not_approved_but_revised(desk: Desk) -> None:
    lesson = desk.in_review()
    judge(desk, "risky")
    answer = desk.step(desk.reviewer, lesson, "approve")
    assert (answer.status, answer.code) == (409, "text_refused")
    desk.step(desk.reviewer, lesson, "return", note="请改一改第二段")
    content = {name: value for name, value in desk.body().items() if name != "organization"}
    assert desk.api(desk.author).post(f"/lessons/{lesson}/revise", content).status == 200
    desk.step(desk.author, lesson, "submit")
    assert state_of(desk, lesson) == TextState.PENDING
    assert desk.step(desk.reviewer, lesson, "approve").status == 200


def test_the_same_words_are_asked_about_once(desk: Desk) -> None:
    lesson = desk.in_review()
    desk.step(desk.reviewer, lesson, "return", note="请补一句出处")
    desk.step(desk.author, lesson, "submit")
    assert len(asked()) == 1


@pytest.mark.parametrize("verdict", ["pass", "review", "risky"])
def test_whoever_approves_has_read_the_words(desk: Desk, verdict: str) -> None:
    lesson = desk.approved()
    assert state_of(desk, lesson) == TextState.PASSED
    (event,) = (one for one in OutboxEvent.select() if one.facts.get("subject") == SUBJECT)
    assert event.spread_at == desk.clock()
    judge(desk, verdict)
    assert state_of(desk, lesson) == TextState.PASSED


def test_a_verdict_on_former_words_leaves_the_new_ones_alone(desk: Desk) -> None:
    lesson = desk.in_review()
    former = asked()[0]["id"]
    desk.step(desk.reviewer, lesson, "return", note="请改标题")
    content = {name: value for name, value in desk.body(title="灯亮了").items() if name != "organization"}
    desk.api(desk.author).post(f"/lessons/{lesson}/revise", content)
    desk.step(desk.author, lesson, "submit")
    record_verdict(former, "risky", now=desk.clock())
    assert state_of(desk, lesson) == TextState.PENDING
    assert [row.text_state for row in LessonVersion.select().order_by(LessonVersion.version)] == ["refused", "pending"]
