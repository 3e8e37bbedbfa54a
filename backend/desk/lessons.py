"""Lessons of the Sunday calendar: the coming Sundays, the editor, the review, and the columns that they stand in."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, request, url_for

from backend.core.errors import NotFound
from backend.core.http import Body, now, parse_values, settings
from backend.desk.forms import uploads
from backend.desk.frame import bp, done, page, show, values_of
from backend.desk.navigation import place_for
from backend.learning.lessons import series, service, versions
from backend.learning.lessons.access import find_visible, is_editor, reached_by
from backend.learning.lessons.calendar import show_calendar
from backend.learning.lessons.models import Lesson
from backend.learning.lessons.schemas import (
    CalendarQuery,
    LessonContent,
    LessonQuery,
    LessonStep,
    OpenSeries,
    ReturnLesson,
    ScheduleLesson,
    SeriesView,
    WriteLesson,
)
from backend.learning.lessons.service import Actor
from backend.learning.lessons.views import list_lessons, show_lesson
from backend.learning.lessons.workflow import LABELS, LessonState
from backend.media.rules import MEGABYTE
from backend.people.caller import current_caller
from backend.people.permissions import Right

SECTION = {"section": "desk.lessons"}
UPLOADS = 60 * MEGABYTE
CONTENT = ("title", "lecturer", "source", "text", "publish_on", "series")
YEARS_BACK = 2
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
    return show(
        "lessons.html",
        place=place,
        lessons=found.items,
        cursor=found.next_cursor,
        state=state.state,
        states=LABELS,
        years=range(actor.today.year - YEARS_BACK, actor.today.year + 2),
        **_sundays(place.chosen.code, actor),
    )


def _sundays(code: str, actor: Actor) -> dict[str, Any]:
    """The next eight, or those of the year in the address."""
    year = parse_values(CalendarQuery, {"organization": code, **values_of(request.args, "year")}).year
    found = show_calendar(code, caller=actor.caller, timezone=actor.timezone, now=actor.now, year=year)
    return {"year": year, "sundays": found.sundays}


@bp.get("/lessons/new")
@page()
def new_lesson() -> str:
    """The editor of a new lesson."""
    place = place_for(current_caller(), request.args.get("organization"), Right.WRITE_LESSONS)
    return show("lesson_new.html", place=place, day=request.args.get("day", ""), columns=_columns(), **SECTION)


def _columns() -> list[SeriesView]:
    actor = _actor()
    return series.list_series(reached_by(actor.caller, actor.today))


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
    return {**values_of(request.form, *CONTENT), **files, **sent, **_question()}


def _question() -> dict[str, Any]:
    """The light question with its choices, one a line; counted from 1 by people."""
    given = values_of(request.form, *(f"question_{name}" for name in ("text", "choices", "answer", "explanation")))
    if not given:
        return {}
    answer = given.get("question_answer", "")
    return {
        "question": {
            "text": given.get("question_text", ""),
            "choices": given.get("question_choices", "").splitlines(),
            "answer": int(answer) - 1 if answer.isdecimal() else answer,
            "explanation": given.get("question_explanation", ""),
        }
    }


@bp.get("/lessons/<lesson_id>")
@page()
def read_lesson(lesson_id: str) -> str:
    """A lesson with its history, and what may be done now."""
    actor = _actor()
    found = find_visible(lesson_id, caller=actor.caller, today=actor.today)
    lesson = show_lesson(found, actor)
    numbers = series.numbers_of(found, actor.caller) if lesson.state is LessonState.PUBLISHED and lesson.log else None
    kept = {"series": found.series.public_id if found.series else "", "question": found.question or {}}
    edited = is_editor(actor.caller, found) and lesson.version > 1
    shown = {
        "kept": kept,
        "columns": _columns(),
        "versions": versions.list_versions(lesson_id, actor) if edited else [],
    }
    return show("lesson.html", lesson=lesson, numbers=numbers, **shown, **SECTION)


@bp.get("/lessons/series")
@page()
def lesson_series() -> str:
    """Columns with their issue numbers."""
    place = place_for(current_caller(), request.args.get("organization"), *RIGHTS)
    may_open = current_caller().may(Right.REVIEW_LESSONS, place.chosen.path)
    return show("series.html", place=place, columns=_columns(), may_open=may_open, **SECTION)


@bp.post("/lessons/series")
@page()
def open_series() -> Response:
    """Open a column."""
    body = parse_values(OpenSeries, values_of(request.form, "organization", "name"))
    series.open_series(body, current_caller(), now=now())
    return done("系列已建好", go=url_for("desk.lesson_series", organization=body.organization))


@bp.get("/lessons/series/<series_id>/numbers")
@page()
def series_numbers(series_id: str) -> str:
    """How the issues of a column were taken up, beside its name."""
    return show("series_numbers.html", numbers=series.numbers_of_series(series_id, current_caller()))


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
