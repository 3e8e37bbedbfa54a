"""What is said about lessons: topics and facts, written in the unit of work of their cause."""

from datetime import date, datetime
from typing import Any

from backend.learning.lessons.access import reviewers_of
from backend.learning.lessons.models import Lesson, LessonLog
from backend.messaging.outbox import enqueue


def published(lesson: Lesson, *, now: datetime) -> None:
    """To all below the publishing organisation and their groups, once a week and lesson."""
    year, week, _ = lesson.publish_on.isocalendar()
    _say(lesson, "lesson.published", f"lesson:{year}-W{week:02}:{lesson.public_id}", {}, now)


def submitted(step: LessonLog, *, today: date) -> None:
    """To those who may review it."""
    people = {"reviewers": reviewers_of(step.lesson, today=today)}
    _say(step.lesson, "lesson.submitted", f"lesson-log:{step.id}", people, step.at)


def reviewed(step: LessonLog, topic: str) -> None:
    """To the author: passed, or given back and why."""
    people = {"author": [step.lesson.author_id]}
    _say(step.lesson, topic, f"lesson-log:{step.id}", people, step.at, note=step.note)


def _say(
    lesson: Lesson, topic: str, key: str, people: dict[str, list[int]], now: datetime, **more: Any
) -> None:
    facts = {
        "id": lesson.public_id,
        "title": lesson.title,
        "lecturer": lesson.lecturer,
        "minutes": round(lesson.duration_s / 60),
        "publish_on": lesson.publish_on.isoformat(),
        "at": lesson.publish_at.isoformat() if lesson.publish_at else None,
        "organization": lesson.organization.name,
        **more,
    }
    enqueue(topic, facts, key=key, organization_id=lesson.organization_id, people=people, now=now)
