"""Writing lessons and moving them from draft to Sunday: one unit of work each."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.clock import local_day
from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, invalid_field
from backend.learning.lessons import notices
from backend.learning.lessons.access import find_visible, require_step
from backend.learning.lessons.calendar import check_sunday, instant_of
from backend.learning.lessons.models import Lesson, LessonLog, LessonVersion
from backend.learning.lessons.rules import LENGTH
from backend.learning.lessons.schemas import LessonContent, WriteLesson
from backend.learning.lessons.series import find_series
from backend.learning.lessons.text_check import begin_text_check, pass_reviewed_text
from backend.learning.lessons.workflow import (
    ACTION_LABELS,
    LABELS,
    NAMED_STAND_IN,
    UNNAMED_STAND_IN,
    WRITTEN,
    LessonEvent,
    LessonState,
    next_state,
)
from backend.media.checking import attach, pass_reviewed
from backend.media.models import Media, MediaKind
from backend.media.service import find_uploaded
from backend.people.access import find_organization, require
from backend.people.models import Organization
from backend.people.permissions import Caller, Right
from backend.workdays.calendar import load_calendar

FIELDS_OF_A_VERSION = ("title", "lecturer", "source", "text", "question", "audio", "poster")


@dataclass(frozen=True)
class Actor:
    """Who acts, and the instant and time zone in which he does."""

    caller: Caller
    timezone: ZoneInfo
    now: datetime

    @property
    def today(self) -> date:
        """His local day."""
        return local_day(self.now, self.timezone)


def write_lesson(body: WriteLesson, actor: Actor) -> Lesson:
    """A new draft; 422 when the sound is too short or too long, or the day is no Sunday."""

    def work() -> Lesson:
        organization = find_organization(body.organization)
        require(actor.caller, Right.WRITE_LESSONS, organization)
        lesson: Lesson = Lesson.create(
            public_id=new_public_id(),
            organization=organization,
            state=LessonState.DRAFT,
            author=actor.caller.account_id,
            created_at=actor.now,
            changed_at=actor.now,
            **_checked(body, organization, actor),
        )
        _keep_version(lesson, actor.now)
        _log(lesson, WRITTEN, None, actor)
        return lesson

    return in_unit_of_work(work)


def revise_lesson(public_id: str, body: LessonContent, actor: Actor) -> Lesson:
    """A new version by its author, to be reviewed anew."""

    def work() -> Lesson:
        lesson = _find_for(LessonEvent.REVISE, public_id, actor)
        changes = {
            **_checked(body, lesson.organization, actor),
            "version": lesson.version + 1,
            "reviewer": None,
            "stand_in_at": None,
            "poster_due_at": None,
        }
        _move(lesson, LessonEvent.REVISE, changes, actor)
        _keep_version(lesson, actor.now)
        return lesson

    return in_unit_of_work(work)


def submit_lesson(public_id: str, note: str | None, actor: Actor) -> Lesson:
    """Hand a draft to the reviewers, and its words to the platform's check."""

    def work() -> Lesson:
        lesson = _find_for(LessonEvent.SUBMIT, public_id, actor)
        step = _move(lesson, LessonEvent.SUBMIT, {}, actor, note)
        begin_text_check(lesson, now=actor.now)
        notices.submitted(step, today=actor.today)
        return lesson

    return in_unit_of_work(work)


def approve_lesson(public_id: str, note: str | None, actor: Actor) -> Lesson:
    """Pass a lesson that somebody else wrote, and its words, sound and poster with it; 409 `own_review` for one's
    own, `text_refused` or `media_refused` for what did not pass its check."""

    def work() -> Lesson:
        lesson = _find_for(LessonEvent.APPROVE, public_id, actor)
        _refuse_own_review(lesson, actor)
        pass_reviewed_text(lesson, now=actor.now)
        pass_reviewed([lesson.audio_id, lesson.poster_id], now=actor.now)
        poster_due_at = None if lesson.poster_id else actor.now
        changes = {"reviewer": actor.caller.account_id, "poster_due_at": poster_due_at}
        step = _move(lesson, LessonEvent.APPROVE, changes, actor, note)
        notices.reviewed(step, "lesson.approved")
        return lesson

    return in_unit_of_work(work)


def return_lesson(public_id: str, note: str, actor: Actor) -> Lesson:
    """Give a lesson back to its author with the reason; 409 `own_review` for one's own."""

    def work() -> Lesson:
        lesson = _find_for(LessonEvent.RETURN, public_id, actor)
        _refuse_own_review(lesson, actor)
        step = _move(lesson, LessonEvent.RETURN, {}, actor, note)
        notices.reviewed(step, "lesson.returned")
        return lesson

    return in_unit_of_work(work)


def schedule_lesson(public_id: str, publish_on: date | None, note: str | None, actor: Actor) -> Lesson:
    """Let a lesson hold a Sunday; 409 `sunday_taken` when another one of the organisation does."""

    def work() -> Lesson:
        lesson = _find_for(LessonEvent.SCHEDULE, public_id, actor)
        day = publish_on or lesson.publish_on
        check_sunday(day, today=actor.today)
        at = instant_of(day, load_calendar(lesson.organization.path, actor.timezone, now=actor.now))
        slot = {"publish_on": day, "slot_on": day, "publish_at": at, "stand_in_at": None}
        try:
            _move(lesson, LessonEvent.SCHEDULE, slot, actor, note)
        except pw.IntegrityError:
            raise Conflict("sunday_taken", f"{day.month}月{day.day}日已排了另一讲党课，请另选一个星期日") from None
        return lesson

    return in_unit_of_work(work)


def name_stand_in(public_id: str, stand_in: bool, actor: Actor) -> Lesson:
    """Let an approved lesson take a Sunday that stays empty, or no longer."""

    def work() -> Lesson:
        lesson = _find_for(LessonEvent.SCHEDULE, public_id, actor)
        lesson.stand_in_at = actor.now if stand_in else None
        named = Lesson.update(stand_in_at=lesson.stand_in_at, changed_at=actor.now)
        update_exactly_one(named.where(Lesson.id == lesson.id, Lesson.state == lesson.state), lost=Conflict)
        _log(lesson, NAMED_STAND_IN if stand_in else UNNAMED_STAND_IN, LessonState(lesson.state), actor)
        return lesson

    return in_unit_of_work(work)


def withdraw_lesson(public_id: str, note: str | None, actor: Actor) -> Lesson:
    """Take a lesson back for good, in any state; its Sunday is free again."""

    def work() -> Lesson:
        lesson = _find_for(LessonEvent.WITHDRAW, public_id, actor)
        _move(lesson, LessonEvent.WITHDRAW, {"slot_on": None, "publish_at": None, "poster_due_at": None}, actor, note)
        return lesson

    return in_unit_of_work(work)


def _find_for(event: LessonEvent, public_id: str, actor: Actor) -> Lesson:
    lesson = find_visible(public_id, caller=actor.caller, today=actor.today)
    require_step(actor.caller, lesson, event)
    state = LessonState(lesson.state)
    if next_state(state, event) is None:
        sentence = f"“{LABELS[state]}”的党课不能“{ACTION_LABELS[event]}”"
        raise Conflict("illegal_transition", sentence, state=state, action=event)
    return lesson


def _refuse_own_review(lesson: Lesson, actor: Actor) -> None:
    if lesson.author_id == actor.caller.account_id:
        raise Conflict("own_review", "自己写的党课须由他人审核")


def _checked(body: LessonContent, organization: Organization, actor: Actor) -> dict[str, Any]:
    """The columns that a body sets, after the rules about length, day and uploads."""
    check_sunday(body.publish_on, today=actor.today)
    owner = actor.caller.account_id
    audio = find_uploaded(body.audio, kind=MediaKind.AUDIO, uploader_id=owner, field="audio")
    poster = body.poster and find_uploaded(body.poster, kind=MediaKind.PICTURE, uploader_id=owner, field="poster")
    duration_s = _checked_length(audio)
    files = [media.id for media in (audio, poster) if media]
    attach(files, organization_id=organization.id, now=actor.now)
    return {
        **body.model_dump(include={"title", "lecturer", "source", "text", "question", "publish_on"}),
        "audio": audio,
        "poster": poster or None,
        "series": find_series(body.series, organization=organization) if body.series else None,
        "duration_s": duration_s,
    }


def _checked_length(audio: Media) -> int:
    found = round((audio.duration_ms or 0) / 1000)
    if not LENGTH.min_s <= found <= LENGTH.max_s:
        sentence = f"音频长 {found} 秒，应在 {LENGTH.min_s}–{LENGTH.max_s} 秒之间"
        raise invalid_field("audio", "bad_length", sentence)
    return found


def _move(
    lesson: Lesson, event: LessonEvent, changes: dict[str, Any], actor: Actor, note: str | None = None
) -> LessonLog:
    """The step itself: compare and swap, then one row in the log."""
    before = LessonState(lesson.state)
    after = next_state(before, event)
    columns = {**changes, "state": after, "changed_at": actor.now}
    same = (Lesson.id == lesson.id) & (Lesson.state == before) & (Lesson.version == lesson.version)
    update_exactly_one(Lesson.update(**columns).where(same), lost=Conflict)
    for name, value in columns.items():
        setattr(lesson, name, value)
    return _log(lesson, event, before, actor, note)


def _log(lesson: Lesson, event: str, before: LessonState | None, actor: Actor, note: str | None = None) -> LessonLog:
    entry: LessonLog = LessonLog.create(
        lesson=lesson,
        at=actor.now,
        actor=actor.caller.account_id,
        event=event,
        from_state=before,
        to_state=lesson.state,
        version=lesson.version,
        note=note,
    )
    return entry


def _keep_version(lesson: Lesson, now: datetime) -> None:
    content = {name: getattr(lesson, name) for name in FIELDS_OF_A_VERSION}
    LessonVersion.create(lesson=lesson, version=lesson.version, made_at=now, **content)
