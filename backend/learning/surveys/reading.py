"""Surveys as a caller sees them, with his own part in them."""

from typing import Any

from backend.core.pages import Page, cursor_number, page_by_id
from backend.learning.lessons.service import Actor
from backend.learning.surveys.access import belongs, find_visible, seen_by, standing_of, waiting_for
from backend.learning.surveys.models import Survey, SurveyDraft, SurveyParticipation, SurveySheet
from backend.learning.surveys.questions import Answer, questions_of
from backend.learning.surveys.schemas import (
    STANDING_LABELS,
    OwnAnswers,
    Standing,
    SurveyBrief,
    SurveyQuery,
    SurveyView,
)
from backend.people.directory import brief
from backend.people.models import Organization
from backend.people.permissions import Right

# what an officer may do with one that stands so
STEPS = {
    Standing.DRAFT: (
        ("revise", Right.WRITE_LESSONS),
        ("open", Right.REVIEW_LESSONS),
        ("discard", Right.WRITE_LESSONS),
    ),
    Standing.WAITING: (("postpone", Right.REVIEW_LESSONS), ("close", Right.REVIEW_LESSONS)),
    Standing.OPEN: (("postpone", Right.REVIEW_LESSONS), ("close", Right.REVIEW_LESSONS)),
    Standing.CLOSED: (),
}


def list_surveys(query: SurveyQuery, actor: Actor) -> Page[SurveyBrief]:
    """Surveys that reach the caller, or that he writes or follows, the newest first."""
    rows = Survey.select(Survey, Organization).join(Organization)
    rows = rows.where(waiting_for(actor) if query.to_answer else seen_by(actor))
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(Survey.id < before)
    if query.organization:
        rows = rows.where(Organization.code == query.organization)
    found, cursor = page_by_id(list(rows.order_by(Survey.id.desc()).limit(query.limit + 1)), query.limit)
    answered = _answered([survey.id for survey in found], actor)
    return Page([survey_brief(survey, actor, survey.id in answered) for survey in found], cursor)


def _answered(survey_ids: list[int], actor: Actor) -> set[int]:
    rows = SurveyParticipation.select(SurveyParticipation.survey).where(
        SurveyParticipation.survey.in_(survey_ids), SurveyParticipation.member == (actor.caller.member_id or 0)
    )
    return {row.survey_id for row in rows}


def survey_brief(survey: Survey, actor: Actor, answered: bool) -> SurveyBrief:
    """A survey in passing, loaded with its organisation."""
    return SurveyBrief(**_said(survey, actor), questions=len(survey.questions), answered=answered)


def _said(survey: Survey, actor: Actor) -> dict[str, Any]:
    standing = standing_of(survey, actor.now)
    return {
        "id": survey.public_id,
        "organization": brief(survey.organization),
        "title": survey.title,
        "purpose": survey.purpose,
        "anonymous": survey.anonymous,
        "quota_percent": survey.quota_percent,
        "standing": standing,
        "standing_label": STANDING_LABELS[standing],
        "opens_at": survey.opens_at,
        "ends_at": survey.ends_at,
    }


def show_survey(public_id: str, actor: Actor) -> SurveyView:
    """A survey with its questions and the caller's own part; 404 for whom it does not concern."""
    survey = find_visible(public_id, actor)
    caller, path = actor.caller, survey.organization.path
    standing = standing_of(survey, actor.now)
    numbers = standing is not Standing.DRAFT
    return SurveyView(
        **_said(survey, actor),
        questions=questions_of(survey.questions),
        own=_own(survey, standing, actor),
        actions=[name for name, right in STEPS[standing] if caller.may(right, path)],
        sees=[
            *(["fill"] if numbers and caller.paths(Right.SEE_NUMBERS) else []),
            *(["results"] if numbers and caller.may(Right.SEE_NUMBERS, path) else []),
        ],
    )


def _own(survey: Survey, standing: Standing, actor: Actor) -> OwnAnswers:
    mine = {"survey": survey.id, "member": actor.caller.member_id or 0}
    answered = SurveyParticipation.get_or_none(**mine) is not None
    sheet = SurveySheet.get_or_none(**mine)
    draft = None if sheet else SurveyDraft.get_or_none(**mine)
    kept = sheet or draft
    open_to_him = standing is Standing.OPEN and belongs(survey, actor)
    return OwnAnswers(
        may_answer=open_to_him and not answered,
        answered=answered,
        may_change=open_to_him and answered and not survey.anonymous,
        answers=[Answer.model_validate(one) for one in kept.answers] if kept else [],
        is_draft=draft is not None,
    )
