"""Surveys over HTTP."""

from flask import Blueprint, Response

from backend.core.http import FileBytes, endpoint, now, settings
from backend.core.pages import Page
from backend.learning.lessons.service import Actor
from backend.learning.surveys import answering, fill, lectures, reading, results, service
from backend.learning.surveys.schemas import (
    AnswerSurvey,
    KeepDraft,
    MissingMembers,
    NeedsExportQuery,
    OrderLecture,
    PartQuery,
    PostponeSurvey,
    SurveyBrief,
    SurveyContent,
    SurveyFill,
    SurveyNeeds,
    SurveyQuery,
    SurveyResults,
    SurveyTemplate,
    SurveyView,
    WriteSurvey,
)
from backend.learning.surveys.templates import TEMPLATES
from backend.people.caller import current_caller
from backend.service.orders.shapes import OrderShape

bp = Blueprint("surveys", __name__, url_prefix="/api/v1")


def _actor() -> Actor:
    return Actor(current_caller(), settings().timezone, now())


@bp.get("/survey-templates")
@endpoint(returns=list[SurveyTemplate])
def read_survey_templates() -> list[SurveyTemplate]:
    """Questions to begin from: the yearly survey of training needs."""
    return list(TEMPLATES)


@bp.post("/surveys")
@endpoint(body=WriteSurvey, returns=SurveyView, status=201)
def write_survey(body: WriteSurvey) -> SurveyView:
    """Write a survey for all below an organisation, as a draft."""
    actor = _actor()
    return reading.show_survey(service.write_survey(body, actor).public_id, actor)


@bp.get("/surveys")
@endpoint(query=SurveyQuery, returns=Page[SurveyBrief])
def read_surveys(query: SurveyQuery) -> Page[SurveyBrief]:
    """Surveys that reach the caller or that he writes or follows, the newest first."""
    return reading.list_surveys(query, _actor())


@bp.get("/surveys/<survey_id>")
@endpoint(returns=SurveyView)
def read_survey(survey_id: str) -> SurveyView:
    """A survey with its questions and the caller's own part in it."""
    return reading.show_survey(survey_id, _actor())


@bp.post("/surveys/<survey_id>/revise")
@endpoint(body=SurveyContent, returns=SurveyView)
def revise_survey(survey_id: str, body: SurveyContent) -> SurveyView:
    """Say a draft anew."""
    actor = _actor()
    return reading.show_survey(service.revise_survey(survey_id, body, actor).public_id, actor)


@bp.post("/surveys/<survey_id>/discard")
@endpoint()
def discard_survey(survey_id: str) -> None:
    """Throw a draft away."""
    service.discard_survey(survey_id, _actor())


@bp.post("/surveys/<survey_id>/open")
@endpoint(returns=SurveyView)
def open_survey(survey_id: str) -> SurveyView:
    """Freeze the questions and tell everybody below."""
    actor = _actor()
    return reading.show_survey(service.open_survey(survey_id, actor).public_id, actor)


@bp.post("/surveys/<survey_id>/postpone")
@endpoint(body=PostponeSurvey, returns=SurveyView)
def postpone_survey(survey_id: str, body: PostponeSurvey) -> SurveyView:
    """Give it another end."""
    actor = _actor()
    return reading.show_survey(service.postpone_survey(survey_id, body, actor).public_id, actor)


@bp.post("/surveys/<survey_id>/close")
@endpoint(returns=SurveyView)
def close_survey(survey_id: str) -> SurveyView:
    """End it before its time."""
    actor = _actor()
    return reading.show_survey(service.close_survey(survey_id, actor).public_id, actor)


@bp.put("/surveys/<survey_id>/draft")
@endpoint(body=KeepDraft, returns=SurveyView)
def keep_draft(survey_id: str, body: KeepDraft) -> SurveyView:
    """Keep one's answers so far; only where they bear one's name."""
    actor = _actor()
    return reading.show_survey(answering.keep_draft(survey_id, body, actor).public_id, actor)


# no Idempotency-Key: it would keep, beside the caller's id, a fingerprint by which his answers could be guessed
@bp.post("/surveys/<survey_id>/answers")
@endpoint(body=AnswerSurvey, returns=SurveyView, replayable=False)
def answer_survey(survey_id: str, body: AnswerSurvey) -> SurveyView:
    """Hand in one's answers."""
    actor = _actor()
    return reading.show_survey(answering.answer_survey(survey_id, body, actor).public_id, actor)


@bp.get("/surveys/<survey_id>/fill")
@endpoint(query=PartQuery, returns=SurveyFill)
def read_fill(survey_id: str, query: PartQuery) -> SurveyFill:
    """How far it is filled against the quota, sector by sector."""
    return fill.read_fill(survey_id, query.organization, _actor())


@bp.get("/surveys/<survey_id>/missing")
@endpoint(query=PartQuery, returns=MissingMembers)
def read_missing(survey_id: str, query: PartQuery) -> MissingMembers:
    """Who of one's own branch has not answered; only where answers bear names."""
    return fill.read_missing(survey_id, query.organization, _actor())


@bp.get("/surveys/<survey_id>/results")
@endpoint(returns=SurveyResults)
def read_results(survey_id: str) -> SurveyResults:
    """Counts by option and cross-tables; small cells are withheld."""
    return results.read_results(survey_id, _actor())


@bp.get("/surveys/<survey_id>/needs")
@endpoint(returns=SurveyNeeds)
def read_needs(survey_id: str) -> SurveyNeeds:
    """The list of needs that the results make."""
    return results.read_needs(survey_id, _actor())


@bp.get("/surveys/<survey_id>/needs/export")
@endpoint(query=NeedsExportQuery, returns=FileBytes)
def export_needs(survey_id: str, query: NeedsExportQuery) -> Response:
    """The list of needs as CSV or XLSX."""
    content_type, content = results.export_needs(survey_id, query.format, _actor())
    name = f"attachment; filename=needs-{survey_id}.{query.format}"
    headers = {"Content-Disposition": name, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(content, content_type=content_type, headers=headers)


@bp.post("/surveys/<survey_id>/lectures")
@endpoint(body=OrderLecture, returns=OrderShape, status=201)
def order_lecture(survey_id: str, body: OrderLecture) -> OrderShape:
    """Ask for a lecture on one line of the list of needs."""
    return lectures.order_lecture(survey_id, body, _actor())
