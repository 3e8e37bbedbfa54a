"""Lessons of the Sunday calendar: the coming Sundays, the editor, the review; and content packs."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, request, url_for

from backend.core.errors import NotFound
from backend.core.http import Body, now, parse_values, settings
from backend.desk.forms import uploads
from backend.desk.frame import bp, done, page, show, values_of
from backend.desk.navigation import place_for
from backend.learning.lessons import series, service
from backend.learning.lessons.access import find_visible
from backend.learning.lessons.calendar import show_calendar
from backend.learning.lessons.models import Lesson
from backend.learning.lessons.schemas import (
    LessonContent,
    LessonQuery,
    LessonStep,
    ReturnLesson,
    ScheduleLesson,
    WriteLesson,
)
from backend.learning.lessons.service import Actor
from backend.learning.lessons.views import list_lessons, show_lesson
from backend.learning.lessons.workflow import LABELS, LessonState
from backend.learning.packs import reading as packs_reading
from backend.learning.packs.schemas import PackQuery
from backend.media.rules import MEGABYTE
from backend.people.caller import current_caller
from backend.people.permissions import Right

SECTION = {"section": "desk.lessons"}
UPLOADS = 60 * MEGABYTE
CONTENT = ("title", "lecturer", "source", "text", "publish_on", "series")
RIGHTS = (Right.WRITE_LESSONS, Right.REVIEW_LESSONS)


def _actor() -> Actor:
    return Actor(current_caller(), settings().timezone, now())


@bp.get("/lessons")
@page()
def lessons() -> str:
    """The coming Sundays, and lessons by state."""
    actor, place = _actor(), place_for(current_caller(), request.args.get("organization"), *RIGHTS)
    state = parse_values(LessonQuery, {"limit": 30, "state": "draft", **values_of(request.args, "state", "cursor")})
    found = list_lessons(state, actor)
    sundays = show_calendar(place.chosen.code, caller=actor.caller, timezone=actor.timezone, now=actor.now).sundays
    return show(
        "lessons.html",
        place=place,
        sundays=sundays,
        lessons=found.items,
        cursor=found.next_cursor,
        state=state.state,
        states=LABELS,
        packs=packs_reading.list_packs(PackQuery(limit=6), actor).items,
    )


@bp.get("/lessons/new")
@page()
def new_lesson() -> str:
    """The editor of a new lesson."""
    place = place_for(current_caller(), request.args.get("organization"), Right.WRITE_LESSONS)
    return show("lesson_new.html", place=place, day=request.args.get("day", ""), **SECTION)


@bp.post("/lessons/new")
@page(uploads=UPLOADS)
def write_lesson() -> Response:
    """Keep a draft with its sound and its poster."""
    body = parse_values(WriteLesson, {**_content(None), **values_of(request.form, "organization")})
    return _to(service.write_lesson(body, _actor()).public_id, "草稿已保存")


def _content(kept: Lesson | None) -> dict[str, Any]:
    """What the editor says; without new files the kept ones stay."""
    found = {"audio": kept.audio, "poster": kept.poster} if kept else {}
    files = {name: media.public_id for name, media in found.items() if media}
    sent = {name: ids[0] for name in ("audio", "poster") if (ids := uploads(name))}
    return {**values_of(request.form, *CONTENT), **files, **sent}


@bp.get("/lessons/<lesson_id>")
@page()
def read_lesson(lesson_id: str) -> str:
    """A lesson with its history, and what may be done now."""
    actor = _actor()
    found = find_visible(lesson_id, caller=actor.caller, today=actor.today)
    lesson = show_lesson(found, actor)
    numbers = series.numbers_of(found, actor.caller) if lesson.state is LessonState.PUBLISHED and lesson.log else None
    return show("lesson.html", lesson=lesson, numbers=numbers, **SECTION)


def _schedule(lesson_id: str, body: ScheduleLesson, actor: Actor) -> object:
    return service.schedule_lesson(lesson_id, body.publish_on, body.note, actor)


def _with_note(take: Callable[[str, Any, Actor], object]) -> Callable[[str, Any, Actor], object]:
    return lambda lesson_id, body, actor: take(lesson_id, body.note, actor)


# step → body, and the service that takes it
TAKES: Mapping[str, tuple[type[Body], Callable[[str, Any, Actor], object]]] = {
    "submit": (LessonStep, _with_note(service.submit_lesson)),
    "approve": (LessonStep, _with_note(service.approve_lesson)),
    "return": (ReturnLesson, _with_note(service.return_lesson)),
    "schedule": (ScheduleLesson, _schedule),
    "withdraw": (LessonStep, _with_note(service.withdraw_lesson)),
}


@bp.post("/lessons/<lesson_id>/revise")
@page(uploads=UPLOADS)
def revise_lesson(lesson_id: str) -> Response:
    """Make a new version."""
    actor = _actor()
    kept = find_visible(lesson_id, caller=actor.caller, today=actor.today)
    service.revise_lesson(lesson_id, parse_values(LessonContent, _content(kept)), actor)
    return _to(lesson_id, "已保存为新的一版")


@bp.post("/lessons/<lesson_id>/<step>")
@page()
def take_lesson_step(lesson_id: str, step: str) -> Response:
    """One step in the life of a lesson."""
    if step not in TAKES:
        raise NotFound()
    model, take = TAKES[step]
    take(lesson_id, parse_values(model, values_of(request.form, *model.model_fields)), _actor())
    return _to(lesson_id, "已办好")


def _to(lesson_id: str, message: str) -> Response:
    return done(message, go=url_for("desk.read_lesson", lesson_id=lesson_id))


@bp.get("/packs/<pack_id>")
@page()
def read_pack(pack_id: str) -> str:
    """The pack of a month with the items of all layers."""
    return show("pack.html", pack=packs_reading.show_pack(pack_id, _actor()), **SECTION)
