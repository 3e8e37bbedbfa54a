"""What a lesson writes on a study card: once, whether it was heard alone or in the room."""

from datetime import datetime

from backend.card.ledger import Entry, Twin
from backend.learning.lessons.models import Lesson, LessonViewing
from backend.learning.lessons.rules import LISTENING

KIND = "lesson"
ALONE = "线上收听"


def heard_alone(lesson: Lesson, at: datetime) -> Entry:
    """Somebody listened by himself; nobody needs to confirm what the server counted."""
    return Entry(
        at=at,
        place=ALONE,
        content=f"党课《{lesson.title}》",
        kind=KIND,
        hours=LISTENING.hours_per_record,
        source=alone_source(lesson.id),
        confirmed_by=None,
    )


def heard_together(viewing: LessonViewing) -> Entry:
    """Somebody stood on the roll of a viewing; the branch that kept it confirms it."""
    return Entry(
        at=viewing.held_at,
        place=viewing.place,
        content=f"党课《{viewing.lesson.title}》（集中收看）",
        kind=KIND,
        hours=LISTENING.hours_per_record,
        source=together_source(viewing.id),
        confirmed_by=viewing.organization_id,
    )


def seen_at_activity(viewing: LessonViewing) -> Twin:
    """The check-in at a group viewing that was planned as an activity: the same hour, told twice."""
    return Twin("group_viewing", "check-in:", viewing.organization_id)


def alone_source(lesson_id: int) -> str:
    """How an entry names the lesson that somebody heard by himself."""
    return f"lesson:{lesson_id}"


def together_source(viewing_id: int) -> str:
    """How an entry names the viewing that it comes from."""
    return f"viewing:{viewing_id}"
