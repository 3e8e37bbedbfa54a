"""The check of a lesson's words: asked of the platform with its handing in, overruled by the reviewer who read them."""

from datetime import datetime
from typing import Any

from backend.core.database import in_unit_of_work
from backend.core.errors import Conflict
from backend.learning.lessons.models import Lesson, LessonVersion, TextState
from backend.messaging import outbox
from backend.wechat.verdicts import Verdict

SUBJECT = "lesson_version"
SCENE = 3  # a forum post: the nearest that the platform knows to an article
OUTCOMES = {"pass": TextState.PASSED, "review": TextState.REVIEW, "risky": TextState.REFUSED}


def begin_text_check(lesson: Lesson, *, now: datetime) -> None:
    """Queue the words of the present version; once, however often it is handed in."""
    version = _present(lesson)
    first = LessonVersion.update(text_state=TextState.PENDING)
    if not first.where(LessonVersion.id == version.id, LessonVersion.text_state.is_null()).execute():
        return
    words = _words(lesson)
    outbox.enqueue(
        "content.check",
        {"subject": SUBJECT, "id": version.id, "text": words, "account_id": lesson.author_id, "scene": SCENE},
        key=_key(version.id),
        organization_id=lesson.organization_id,
        people={},
        now=now,
    )


def _words(lesson: Lesson) -> str:
    question: dict[str, Any] = lesson.question or {}
    asked = [question.get("text", ""), *question.get("choices", []), question.get("explanation", "")]
    parts = (lesson.title, lesson.lecturer, lesson.source, lesson.text, *asked)
    return "\n".join(part for part in parts if part)


def record_verdict(version_id: int, verdict: Verdict, *, now: datetime) -> None:
    """Apply the platform's answer; does nothing where a former one, or a person, has decided."""
    pending = (LessonVersion.id == version_id) & (LessonVersion.text_state == TextState.PENDING)
    in_unit_of_work(LessonVersion.update(text_state=OUTCOMES[verdict]).where(pending).execute)


def pass_reviewed_text(lesson: Lesson, *, now: datetime) -> None:
    """A person has read the words and approved them, in his unit of work; 409 `text_refused` for what is refused."""
    version = _present(lesson)
    if version.text_state == TextState.REFUSED:
        raise Conflict("text_refused", "这讲党课的文字没有通过内容检查，请退回作者修改")
    left = LessonVersion.update(text_state=TextState.PASSED)
    left.where(LessonVersion.id == version.id, LessonVersion.text_state != TextState.REFUSED).execute()
    outbox.withdraw([_key(version.id)], now=now)


def text_state_of(lesson: Lesson) -> TextState | None:
    """Where the check of the present version stands; None for a draft that was never handed in."""
    state = _present(lesson).text_state
    return TextState(state) if state else None


def _present(lesson: Lesson) -> LessonVersion:
    version: LessonVersion = LessonVersion.get(LessonVersion.lesson == lesson, LessonVersion.version == lesson.version)
    return version


def _key(version_id: int) -> str:
    return f"content-check:lesson-version:{version_id}"
