"""What a lesson said in each of its versions, for its editors: the approved words can be shown later."""

import peewee as pw

from backend.core.errors import Forbidden
from backend.learning.lessons.access import find_visible, is_editor
from backend.learning.lessons.models import LessonLog, LessonVersion, TextState
from backend.learning.lessons.schemas import LessonVersionShape
from backend.learning.lessons.service import Actor
from backend.learning.lessons.workflow import LessonEvent
from backend.media.links import shown_link
from backend.media.models import Media
from backend.people.models import Account


def list_versions(public_id: str, actor: Actor) -> list[LessonVersionShape]:
    """All versions, the newest first, each with who approved it; raises NotFound and Forbidden."""
    lesson = find_visible(public_id, caller=actor.caller, today=actor.today)
    if not is_editor(actor.caller, lesson):
        raise Forbidden()
    poster = Media.alias()
    rows = (
        LessonVersion.select(LessonVersion, Media, poster)
        .join(Media, on=(LessonVersion.audio == Media.id))
        .switch(LessonVersion)
        .join(poster, pw.JOIN.LEFT_OUTER, on=(LessonVersion.poster == poster.id), attr="poster")
        .where(LessonVersion.lesson == lesson)
        .order_by(LessonVersion.version.desc())
    )
    approvals = _approvals(lesson.id)
    return [_shape(row, approvals.get(row.version), actor) for row in rows]


def _approvals(lesson_id: int) -> dict[int, LessonLog]:
    rows = (
        LessonLog.select(LessonLog, Account)
        .join(Account, pw.JOIN.LEFT_OUTER)
        .where(LessonLog.lesson == lesson_id, LessonLog.event == LessonEvent.APPROVE)
    )
    return {row.version: row for row in rows}


def _shape(row: LessonVersion, approval: LessonLog | None, actor: Actor) -> LessonVersionShape:
    return LessonVersionShape(
        version=row.version,
        title=row.title,
        lecturer=row.lecturer,
        source=row.source,
        text=row.text,
        audio_url=shown_link(row.audio, opened=True, now=actor.now),
        poster_url=shown_link(row.poster, opened=True, now=actor.now),
        text_moderation=TextState(row.text_state) if row.text_state else None,
        made_at=row.made_at,
        approved_by=approval.actor.display_name if approval and approval.actor else None,
        approved_at=approval.at if approval else None,
    )
