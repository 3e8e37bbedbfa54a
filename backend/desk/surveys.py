"""Surveys of training needs: the editor, the live fill, who of one's branch is missing, and what came out."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from flask import Response, request, url_for

from backend.core.errors import Conflict, Forbidden, NotFound
from backend.core.http import now, parse_values, settings
from backend.desk.forms import instant
from backend.desk.frame import bp, done, page, show, values_of
from backend.desk.navigation import Place, place_for
from backend.learning.lessons.service import Actor
from backend.learning.surveys import fill, lectures, reading, results, service
from backend.learning.surveys.questions import MOST_QUESTIONS, Question, QuestionKind
from backend.learning.surveys.schemas import (
    QUOTA,
    MissingMembers,
    NeedsExportQuery,
    OrderLecture,
    PostponeSurvey,
    SurveyContent,
    SurveyFill,
    SurveyQuery,
    SurveyResults,
    SurveyView,
    WriteSurvey,
)
from backend.learning.surveys.templates import TEMPLATES
from backend.people.caller import current_caller
from backend.people.permissions import Right
from backend.service.grids.service import TAKES_ORDERS

SECTION = {"section": "desk.lessons"}
_RIGHTS = (Right.WRITE_LESSONS, Right.REVIEW_LESSONS, Right.SEE_NUMBERS, Right.KEEP_ROLL)
FIRST_HOUR, DAYS_OPEN, SPARE = 8, 14, 3
KINDS = {
    QuestionKind.SINGLE: "单选",
    QuestionKind.MULTIPLE: "多选",
    QuestionKind.SCALE: "打分（1 至 5）",
    QuestionKind.TEXT: "填空",
}


def _actor() -> Actor:
    return Actor(current_caller(), settings().timezone, now())


def _place() -> Place:
    return place_for(current_caller(), request.values.get("organization"), *_RIGHTS)


@bp.get("/surveys")
@page()
def surveys() -> str:
    """The surveys that reach one or that one writes, the newest first."""
    place, actor = _place(), _actor()
    found = reading.list_surveys(parse_values(SurveyQuery, values_of(request.args, "cursor")), actor)
    may_write = actor.caller.may(Right.WRITE_LESSONS, place.chosen.path)
    return show(
        "surveys.html", place=place, surveys=found.items, cursor=found.next_cursor, may_write=may_write, **SECTION
    )


@bp.get("/surveys/new")
@page()
def new_survey() -> str:
    """The editor, empty or begun from the yearly template or from a survey of before."""
    place, begun = place_for(current_caller(), request.args.get("organization"), Right.WRITE_LESSONS), _begun()
    shown = {**_times(), "quota_percent": QUOTA, "anonymous": True, **begun}
    return show("survey_new.html", place=place, old=shown, **_editor(shown.get("questions", [])), **SECTION)


def _begun() -> dict[str, Any]:
    """What a draft is begun from; nothing for a blank one."""
    source = request.args.get("from")
    if not source:
        return {}
    for template in TEMPLATES:
        if template.name == source:
            return {"title": f"{_actor().today.year + 1} 年{template.title}", **_copied(template)}
    view = reading.show_survey(source, _actor())
    more = {"title": view.title, "anonymous": view.anonymous, "quota_percent": view.quota_percent}
    return {**more, **_copied(view)}


def _copied(source: Any) -> dict[str, Any]:
    return {"purpose": source.purpose, "questions": source.questions}


def _times() -> dict[str, datetime]:
    """From tomorrow morning on, for two weeks."""
    morning = now().astimezone(settings().timezone).replace(hour=FIRST_HOUR, minute=0, second=0, microsecond=0)
    opens_at = morning + timedelta(days=1)
    return {"opens_at": opens_at, "ends_at": (opens_at + timedelta(days=DAYS_OPEN)).replace(hour=18)}


def _editor(questions: list[Question]) -> dict[str, Any]:
    """The questions with some empty places below them."""
    spare = min(SPARE, MOST_QUESTIONS - len(questions))
    return {"rows": [*questions, *[None] * spare], "kinds": KINDS}


@bp.post("/surveys/new")
@page()
def write_survey() -> Response:
    """Keep a draft."""
    body = parse_values(WriteSurvey, {**_content(), **values_of(request.form, "organization")})
    return _to(service.write_survey(body, _actor()).public_id, "草稿已保存，检查后点“发布”，党员才看得到")


def _content() -> dict[str, Any]:
    given = values_of(request.form, "title", "purpose", "anonymous", "quota_percent", "opens_at", "closes_at")
    times: dict[str, Any] = {name: instant(given[name], name) for name in ("opens_at", "closes_at") if name in given}
    return {**given, **times, "questions": _questions()}


def _questions() -> list[dict[str, Any]]:
    """The rows that have a text, by the numbers written beside them."""
    rows = [_question(f"q{number}") for number in range(MOST_QUESTIONS)]
    kept = sorted((place, number, row) for number, (place, row) in enumerate(rows) if row.get("text"))
    return [row for _, _, row in kept]


def _question(prefix: str) -> tuple[int, dict[str, Any]]:
    given = {
        name: request.form.get(f"{prefix}_{name}", "").strip()
        for name in ("text", "kind", "section", "most", "longest", "at")
    }
    place = int(given["at"]) if given["at"].isdecimal() else MOST_QUESTIONS
    options = [line.strip() for line in request.form.get(f"{prefix}_options", "").splitlines() if line.strip()]
    filled = {name: given[name] for name in ("text", "kind", "section", "most", "longest") if given[name]}
    return place, {**filled, "options": options, "required": f"{prefix}_required" in request.form}


@bp.get("/surveys/<survey_id>")
@page()
def read_survey(survey_id: str) -> str:
    """A survey: its questions while it is a draft, then the fill, the missing and the results."""
    place, actor = _place(), _actor()
    survey = reading.show_survey(survey_id, actor)
    shown = {"survey": survey, "old": survey, "place": place, **_editor(survey.questions)}
    more = {
        "fill": _fill(survey, place, actor),
        "missing": _missing(survey, place, actor),
        "may_write": actor.caller.may(Right.WRITE_LESSONS, place.chosen.path),
        "may_order": place.chosen.kind in TAKES_ORDERS,
    }
    return show("survey.html", **shown, **more, results=_results(survey, actor), **SECTION)


def _fill(survey: SurveyView, place: Place, actor: Actor) -> SurveyFill | None:
    """Of the part that the page shows; of the whole where that lies above the survey."""
    if "fill" not in survey.sees:
        return None
    for code in (place.chosen.code, survey.organization.code):
        try:
            return fill.read_fill(survey.id, code, actor)
        except (Forbidden, NotFound):
            continue
    return None


def _missing(survey: SurveyView, place: Place, actor: Actor) -> MissingMembers | None:
    try:
        return fill.read_missing(survey.id, place.chosen.code, actor)
    except (Conflict, Forbidden, NotFound):  # without names, not his branch, or not open
        return None


def _results(survey: SurveyView, actor: Actor) -> SurveyResults | None:
    return results.read_results(survey.id, actor) if "results" in survey.sees else None


@bp.get("/surveys/<survey_id>/fill")
@page()
def survey_fill(survey_id: str) -> str:
    """The fill alone, as the page asks for it while it is open."""
    place, actor = _place(), _actor()
    survey = reading.show_survey(survey_id, actor)
    return show("survey_fill.html", survey=survey, place=place, fill=_fill(survey, place, actor))


@bp.get("/surveys/<survey_id>/needs")
@page()
def export_needs(survey_id: str) -> Response:
    """The list of needs as a table to take along."""
    kind = parse_values(NeedsExportQuery, values_of(request.args, "format")).format
    survey = reading.show_survey(survey_id, _actor())
    content_type, content = results.export_needs(survey_id, kind, _actor())
    name = quote(f"{survey.title}-学习需求清单.{kind.value}")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(content, content_type=content_type, headers=headers)


@bp.post("/surveys/<survey_id>/lectures")
@page()
def order_lecture(survey_id: str) -> Response:
    """One tap: a lecture on what many have chosen, asked for in the branch that the page shows; the page has asked
    whether the lecturer may have the number."""
    body = parse_values(OrderLecture, {**values_of(request.form, "number", "need", "organization"), "consent": True})
    order = lectures.order_lecture(survey_id, body, _actor())
    return done("已点单，讲师和支部会收到通知", go=url_for("desk.read_order", number=order.number))


@bp.post("/surveys/<survey_id>/revise")
@page()
def revise_survey(survey_id: str) -> Response:
    """Say a draft anew."""
    service.revise_survey(survey_id, parse_values(SurveyContent, _content()), _actor())
    return _to(survey_id, "已保存")


@bp.post("/surveys/<survey_id>/discard")
@page()
def discard_survey(survey_id: str) -> Response:
    """Throw a draft away."""
    service.discard_survey(survey_id, _actor())
    return done("草稿已删除", go=url_for("desk.surveys", organization=request.form.get("organization") or None))


def _open(survey_id: str) -> None:
    service.open_survey(survey_id, _actor())


def _close(survey_id: str) -> None:
    service.close_survey(survey_id, _actor())


def _postpone(survey_id: str) -> None:
    closes_at = instant(request.form.get("closes_at", ""), "closes_at")
    service.postpone_survey(survey_id, PostponeSurvey(closes_at=closes_at), _actor())


STEPS: Mapping[str, tuple[str, Callable[[str], None]]] = {
    "open": ("已发布，范围内的党员都会收到消息", _open),
    "close": ("已结束", _close),
    "postpone": ("截止时间已改", _postpone),
}


@bp.post("/surveys/<survey_id>/<step>")
@page()
def step_survey(survey_id: str, step: str) -> Response:
    """Open it, end it, or move its end."""
    if step not in STEPS:
        raise NotFound()
    said, take = STEPS[step]
    take(survey_id)
    return _to(survey_id, said)


def _to(survey_id: str, message: str) -> Response:
    place = request.form.get("organization") or None
    return done(message, go=url_for("desk.read_survey", survey_id=survey_id, organization=place))
