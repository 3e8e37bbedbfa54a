"""The picture of a lesson for a post that a person forwards: its poster, which bears the code."""

from datetime import datetime
from typing import Any

from backend.learning.lessons.models import Lesson
from backend.learning.lessons.workflow import LessonState
from backend.media.links import shown_link
from backend.media.models import Media


def poster_link(facts: dict[str, Any], *, now: datetime) -> str | None:
    """A link that ends to the poster of the lesson that an event speaks of; None once it is withdrawn."""
    poster = (
        Media.select()
        .join(Lesson, on=(Lesson.poster == Media.id))
        .where(Lesson.public_id == facts["id"], Lesson.state == LessonState.PUBLISHED)
        .first()
    )
    return shown_link(poster, opened=False, now=now)
