"""Lessons as a caller sees them."""

from datetime import date

import peewee as pw

from backend.core.errors import Forbidden, invalid_field
from backend.core.pages import Page, read_cursor, write_cursor
from backend.learning.lessons.access import is_editor, open_steps, reached_by
from backend.learning.lessons.listening import TENTHS
from backend.learning.lessons.models import Lesson, LessonListening, LessonLog, LessonSeries
from backend.learning.lessons.questions import own_record, show_question
from backend.learning.lessons.schemas import (
    LessonAction,
    LessonBrief,
    LessonQuery,
    LessonStepShape,
    LessonView,
    OwnListening,
)
from backend.learning.lessons.service import Actor
from backend.learning.lessons.text_check import text_state_of
from backend.learning.lessons.workflow import ACTION_LABELS, LABELS, STEP_LABELS, LessonState
from backend.media.links import shown_link
from backend.media.models import Media, MediaState
from backend.people.access import within
from backend.people.directory import brief
from backend.people.models import Account, Organization
from backend.people.permissions import Caller, Right


def list_lessons(query: LessonQuery, actor: Actor) -> Page[LessonBrief]:
    """Published lessons meant for the caller, or an editor's own ones in one state; newest Sunday first."""
    rows = (
        Lesson.select(Lesson, Organization, Media, LessonSeries)
        .join(Organization)
        .switch(Lesson)
        .join(Media, pw.JOIN.LEFT_OUTER, on=(Lesson.poster == Media.id))
        .switch(Lesson)
        .join(LessonSeries, pw.JOIN.LEFT_OUTER)
        .where(_scope(query.state, actor))
        .order_by(Lesson.publish_on.desc(), Lesson.id.desc())
        .limit(query.limit + 1)
    )
    if query.series is not None:
        rows = rows.where(LessonSeries.public_id == query.series)
    if query.cursor is not None:
        rows = rows.where(_after(query.cursor))
    found = list(rows)
    items = [_brief(lesson, actor) for lesson in found[: query.limit]]
    last = found[query.limit - 1] if len(found) > query.limit else None
    return Page(items, write_cursor(last.publish_on.isoformat(), last.id) if last else None)


def _scope(state: LessonState | None, actor: Actor) -> pw.Expression:
    if state is None:
        reach = sorted(reached_by(actor.caller, actor.today))
        return (Lesson.state == LessonState.PUBLISHED) & Lesson.organization.in_(reach)
    return (Lesson.state == state) & _edited_by(actor.caller)


def _edited_by(caller: Caller) -> pw.Expression:
    reviewed = within(caller, Right.REVIEW_LESSONS, Organization.path)
    written = within(caller, Right.WRITE_LESSONS, Organization.path)
    if written is None:
        raise Forbidden()
    own = written & (Lesson.author == caller.account_id)
    return own if reviewed is None else own | reviewed


def _after(cursor: str) -> pw.Expression:
    day, number = read_cursor(cursor, 2)
    try:
        on, after = date.fromisoformat(day), int(number[:18])
    except ValueError:
        raise invalid_field("cursor", "bad_cursor", "翻页位置无效，请从头开始") from None
    return (Lesson.publish_on < on) | ((Lesson.publish_on == on) & (Lesson.id < after))


def show_lesson(lesson: Lesson, actor: Actor) -> LessonView:
    """A lesson with its links, the caller's own progress, and for editors its history."""
    author, reviewer = _names(lesson)
    return LessonView(
        **_brief(lesson, actor).model_dump(),
        source=lesson.source,
        text=lesson.text,
        audio_url=_link(lesson.audio, lesson, actor) or "",
        text_moderation=text_state_of(lesson),
        audio_moderation=MediaState(lesson.audio.moderation),
        version=lesson.version,
        stand_in=lesson.stand_in_at is not None and lesson.state == LessonState.APPROVED,
        publish_at=lesson.publish_at,
        author=author,
        reviewer=reviewer,
        listening=_listening(lesson, actor.caller),
        question=show_question(lesson, actor.caller),
        record=own_record(lesson, actor.caller),
        actions=_actions(lesson, actor.caller),
        log=_history(lesson) if is_editor(actor.caller, lesson) else [],
    )


def _actions(lesson: Lesson, caller: Caller) -> list[LessonAction]:
    return [LessonAction(name=step, label=ACTION_LABELS[step]) for step in open_steps(caller, lesson)]


def _link(media: Media | None, lesson: Lesson, actor: Actor) -> str | None:
    return shown_link(media, opened=is_editor(actor.caller, lesson), now=actor.now)


def _brief(lesson: Lesson, actor: Actor) -> LessonBrief:
    return LessonBrief(
        id=lesson.public_id,
        organization=brief(lesson.organization),
        title=lesson.title,
        lecturer=lesson.lecturer,
        state=LessonState(lesson.state),
        state_label=LABELS[LessonState(lesson.state)],
        publish_on=lesson.publish_on,
        published_at=lesson.published_at,
        duration_s=lesson.duration_s,
        poster_url=_link(lesson.poster, lesson, actor),
        series=lesson.series.name if lesson.series else None,
        issue=lesson.issue,
    )


def _names(lesson: Lesson) -> tuple[str, str | None]:
    """Author and reviewer: both are named under a lesson."""
    ids = [one for one in (lesson.author_id, lesson.reviewer_id) if one is not None]
    names = {row.id: row.display_name for row in Account.select().where(Account.id.in_(ids))}
    return names[lesson.author_id], names[lesson.reviewer_id] if lesson.reviewer_id else None


def _listening(lesson: Lesson, caller: Caller) -> OwnListening:
    own: LessonListening | None = LessonListening.get_or_none(
        LessonListening.lesson == lesson, LessonListening.account == caller.account_id
    )
    if own is None:
        return OwnListening(position_s=0, listened_s=0, done=False)
    return OwnListening(
        position_s=own.position / TENTHS, listened_s=own.listened // TENTHS, done=own.done_at is not None
    )


def _history(lesson: Lesson) -> list[LessonStepShape]:
    rows = (
        LessonLog.select(LessonLog, Account)
        .join(Account, pw.JOIN.LEFT_OUTER)
        .where(LessonLog.lesson == lesson)
        .order_by(LessonLog.id)
    )
    return [
        LessonStepShape(
            at=row.at,
            actor=row.actor.display_name if row.actor else None,
            event=row.event,
            label=STEP_LABELS[row.event],
            state=LessonState(row.to_state),
            version=row.version,
            note=row.note,
        )
        for row in rows
    ]
