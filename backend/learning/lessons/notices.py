"""What is said about lessons: topics and facts, written in the unit of work of their cause."""

from datetime import date, datetime
from typing import Any

from backend.learning.lessons.access import editors_of, reviewers_of
from backend.learning.lessons.models import Lesson, LessonLog
from backend.messaging.outbox import enqueue
from backend.people.models import Organization


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


def gap(organization: Organization, sunday: date, *, key: str, stand_in: str | None, now: datetime) -> None:
    """To those who write or review there: nothing holds the coming Sunday; `stand_in` would step in."""
    facts = {
        "organization": organization.name,
        "code": organization.code,
        "publish_on": sunday.isoformat(),
        "stand_in": stand_in,
    }
    # the day of the warning lies in the week of its Sunday; whoever holds a post then is told
    people = {"editors": editors_of(organization, today=sunday)}
    enqueue("lesson.gap", facts, key=key, organization_id=organization.id, people=people, now=now)


def stood_in(step: LessonLog, *, today: date) -> None:
    """To those who write or review there: a stand-in has taken the Sunday."""
    people = {"editors": editors_of(step.lesson.organization, today=today)}
    _say(step.lesson, "lesson.stood_in", f"lesson-log:{step.id}", people, step.at)


def _say(lesson: Lesson, topic: str, key: str, people: dict[str, list[int]], now: datetime, **more: Any) -> None:
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
