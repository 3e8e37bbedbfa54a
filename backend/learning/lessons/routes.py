"""Lessons over HTTP."""

from flask import Blueprint

from backend.core.http import endpoint, now, settings
from backend.core.pages import Page
from backend.learning.lessons import questions, series, service, versions, viewings
from backend.learning.lessons.access import find_visible, reached_by
from backend.learning.lessons.calendar import show_calendar
from backend.learning.lessons.heartbeats import take_heartbeat
from backend.learning.lessons.schemas import (
    AnswerQuestion,
    CalendarQuery,
    HeartbeatAnswer,
    KeepViewing,
    LessonBrief,
    LessonCalendar,
    LessonContent,
    LessonHeartbeat,
    LessonNumbers,
    LessonQuery,
    LessonStep,
    LessonVersionShape,
    LessonView,
    OpenSeries,
    QuestionView,
    ReturnLesson,
    ScheduleLesson,
    SeriesNumbers,
    SeriesView,
    StandInLesson,
    ViewingQuery,
    ViewingShape,
    VoidViewing,
    WriteLesson,
)
from backend.learning.lessons.service import Actor
from backend.learning.lessons.views import list_lessons, show_lesson
from backend.people.caller import current_caller

bp = Blueprint("lessons", __name__, url_prefix="/api/v1")


def _actor() -> Actor:
    return Actor(current_caller(), settings().timezone, now())


@bp.post("/lessons")
@endpoint(body=WriteLesson, returns=LessonView, status=201)
def write_lesson(body: WriteLesson) -> LessonView:
    """Write a lesson as a draft."""
    actor = _actor()
    return show_lesson(service.write_lesson(body, actor), actor)


@bp.get("/lessons")
@endpoint(query=LessonQuery, returns=Page[LessonBrief])
def read_lessons(query: LessonQuery) -> Page[LessonBrief]:
    """Published lessons of the caller's branch and all organisations above it; for editors, any state."""
    return list_lessons(query, _actor())


@bp.get("/lessons/calendar")
@endpoint(query=CalendarQuery, returns=LessonCalendar)
def read_lesson_calendar(query: CalendarQuery) -> LessonCalendar:
    """The next eight Sundays of an organisation, or all of a year, with their lessons and gaps."""
    actor = _actor()
    return show_calendar(
        query.organization, caller=actor.caller, timezone=actor.timezone, now=actor.now, year=query.year
    )


@bp.get("/lessons/<lesson_id>/numbers")
@endpoint(returns=LessonNumbers)
def read_lesson_numbers(lesson_id: str) -> LessonNumbers:
    """How a lesson was taken up, for its editors: plays and persons apart."""
    return series.numbers_of(find_visible(lesson_id, caller=current_caller(), today=_actor().today), current_caller())


@bp.post("/lesson-series")
@endpoint(body=OpenSeries, returns=SeriesView, status=201)
def open_series(body: OpenSeries) -> SeriesView:
    """Open a series with issue numbers."""
    return series.open_series(body, current_caller(), now=now())


@bp.get("/lesson-series")
@endpoint(returns=list[SeriesView])
def read_series() -> list[SeriesView]:
    """The series of the caller's organisations and all above them."""
    actor = _actor()
    return series.list_series(reached_by(actor.caller, actor.today))


@bp.get("/lesson-series/<series_id>/numbers")
@endpoint(returns=SeriesNumbers)
def read_series_numbers(series_id: str) -> SeriesNumbers:
    """How the issues of a series were taken up: plays and persons apart."""
    return series.numbers_of_series(series_id, current_caller())


@bp.get("/lessons/<lesson_id>/versions")
@endpoint(returns=list[LessonVersionShape])
def read_versions(lesson_id: str) -> list[LessonVersionShape]:
    """What a lesson said in each version, and who approved it, for its editors."""
    return versions.list_versions(lesson_id, _actor())


@bp.get("/lessons/<lesson_id>")
@endpoint(returns=LessonView)
def read_lesson(lesson_id: str) -> LessonView:
    """A lesson to listen to or read."""
    actor = _actor()
    return show_lesson(find_visible(lesson_id, caller=actor.caller, today=actor.today), actor)


@bp.post("/lessons/<lesson_id>/revise")
@endpoint(body=LessonContent, returns=LessonView)
def revise_lesson(lesson_id: str, body: LessonContent) -> LessonView:
    """Make a new version of a draft or an approved lesson."""
    actor = _actor()
    return show_lesson(service.revise_lesson(lesson_id, body, actor), actor)


@bp.post("/lessons/<lesson_id>/submit")
@endpoint(body=LessonStep, returns=LessonView)
def submit_lesson(lesson_id: str, body: LessonStep) -> LessonView:
    """Hand a draft to the reviewers."""
    actor = _actor()
    return show_lesson(service.submit_lesson(lesson_id, body.note, actor), actor)


@bp.post("/lessons/<lesson_id>/approve")
@endpoint(body=LessonStep, returns=LessonView)
def approve_lesson(lesson_id: str, body: LessonStep) -> LessonView:
    """Pass a lesson that somebody else wrote."""
    actor = _actor()
    return show_lesson(service.approve_lesson(lesson_id, body.note, actor), actor)


@bp.post("/lessons/<lesson_id>/return")
@endpoint(body=ReturnLesson, returns=LessonView)
def return_lesson(lesson_id: str, body: ReturnLesson) -> LessonView:
    """Give a lesson back to its author, with the reason."""
    actor = _actor()
    return show_lesson(service.return_lesson(lesson_id, body.note, actor), actor)


@bp.post("/lessons/<lesson_id>/schedule")
@endpoint(body=ScheduleLesson, returns=LessonView)
def schedule_lesson(lesson_id: str, body: ScheduleLesson) -> LessonView:
    """Give an approved lesson its Sunday, or another Sunday."""
    actor = _actor()
    return show_lesson(service.schedule_lesson(lesson_id, body.publish_on, body.note, actor), actor)


@bp.post("/lessons/<lesson_id>/stand-in")
@endpoint(body=StandInLesson, returns=LessonView)
def name_stand_in(lesson_id: str, body: StandInLesson) -> LessonView:
    """Let an approved lesson take a Sunday that stays empty, or no longer."""
    actor = _actor()
    return show_lesson(service.name_stand_in(lesson_id, body.stand_in, actor), actor)


@bp.post("/lessons/<lesson_id>/withdraw")
@endpoint(body=LessonStep, returns=LessonView)
def withdraw_lesson(lesson_id: str, body: LessonStep) -> LessonView:
    """Take a lesson back for good; its Sunday is free again."""
    actor = _actor()
    return show_lesson(service.withdraw_lesson(lesson_id, body.note, actor), actor)


@bp.post("/lessons/<lesson_id>/heartbeats")
@endpoint(body=LessonHeartbeat, returns=HeartbeatAnswer, replayable=False)
def beat_lesson(lesson_id: str, body: LessonHeartbeat) -> HeartbeatAnswer:
    """Report what was played; counted once, with the nonce as guard against repeats."""
    return take_heartbeat(lesson_id, body, _actor())


@bp.post("/lessons/<lesson_id>/answer")
@endpoint(body=AnswerQuestion, returns=QuestionView)
def answer_question(lesson_id: str, body: AnswerQuestion) -> QuestionView:
    """Answer the light question of a lesson that one has heard, and read why it is so."""
    return questions.answer_question(lesson_id, body.choice, _actor())


@bp.post("/lessons/<lesson_id>/viewings")
@endpoint(body=KeepViewing, returns=ViewingShape, status=201)
def keep_viewing(lesson_id: str, body: KeepViewing) -> ViewingShape:
    """Keep the roll of a branch that listened together."""
    return viewings.keep_viewing(lesson_id, body, _actor())


@bp.get("/lessons/<lesson_id>/viewings")
@endpoint(query=ViewingQuery, returns=Page[ViewingShape])
def read_viewings(lesson_id: str, query: ViewingQuery) -> Page[ViewingShape]:
    """The viewings of a lesson in one organisation, newest first."""
    return viewings.list_viewings(lesson_id, query, _actor())


@bp.post("/viewings/<viewing_id>/void")
@endpoint(body=VoidViewing, returns=ViewingShape)
def void_viewing(viewing_id: str, body: VoidViewing) -> ViewingShape:
    """Strike out a viewing that was kept by mistake, and its entries on study cards."""
    return viewings.void_viewing(viewing_id, body.reason, _actor())
