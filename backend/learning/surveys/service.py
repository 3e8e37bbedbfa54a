"""Writing surveys, opening and closing them: one unit of work each. Questions are frozen once one is open."""

from datetime import datetime
from typing import Any

from backend.core import audit
from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, invalid_field
from backend.learning.lessons.service import Actor
from backend.learning.surveys.access import find_survey
from backend.learning.surveys.counting import lay_out_counters
from backend.learning.surveys.models import Survey, SurveyState
from backend.learning.surveys.questions import questions_of
from backend.learning.surveys.schemas import PostponeSurvey, SurveyContent, WriteSurvey
from backend.messaging.outbox import enqueue
from backend.people.access import find_organization, refuse_closed, require
from backend.people.permissions import Right


def write_survey(body: WriteSurvey, actor: Actor) -> Survey:
    """A new draft for all below an organisation."""

    def work() -> Survey:
        organization = find_organization(body.organization)
        require(actor.caller, Right.WRITE_LESSONS, organization)
        refuse_closed(organization)
        survey: Survey = Survey.create(
            public_id=new_public_id(),
            organization=organization,
            state=SurveyState.DRAFT,
            author=actor.caller.account_id,
            created_at=actor.now,
            **_content(body),
        )
        return survey

    return in_unit_of_work(work)


def _content(body: SurveyContent) -> dict[str, Any]:
    fields = body.model_dump(exclude={"organization", "questions"})
    return {**fields, "questions": [one.model_dump(mode="json") for one in body.questions]}


def revise_survey(public_id: str, body: SurveyContent, actor: Actor) -> Survey:
    """Say a draft anew; 409 `already_opened` for one that people may be answering."""

    def work() -> Survey:
        survey = _find(public_id, Right.WRITE_LESSONS, actor)
        update_exactly_one(Survey.update(**_content(body)).where(_is(survey, SurveyState.DRAFT)), lost=_frozen)
        return survey

    return in_unit_of_work(work)


def discard_survey(public_id: str, actor: Actor) -> None:
    """Throw a draft away."""

    def work() -> None:
        survey = _find(public_id, Right.WRITE_LESSONS, actor)
        if Survey.delete().where(_is(survey, SurveyState.DRAFT)).execute() != 1:
            raise _frozen()

    in_unit_of_work(work)


def open_survey(public_id: str, actor: Actor) -> Survey:
    """Freeze the questions and tell everybody below once; 422 when its end is over."""

    def work() -> Survey:
        survey = _find(public_id, Right.REVIEW_LESSONS, actor)
        refuse_closed(survey.organization)
        _check_end(survey.closes_at, actor.now)
        changes = {"state": SurveyState.OPENED, "opened_at": actor.now}
        update_exactly_one(Survey.update(changes).where(_is(survey, SurveyState.DRAFT)), lost=_frozen)
        lay_out_counters(survey.id, questions_of(survey.questions))
        _tell(survey, actor)
        _record("survey.opened", survey, actor)
        return survey

    return in_unit_of_work(work)


def _tell(survey: Survey, actor: Actor) -> None:
    facts = {
        "id": survey.public_id,
        "title": survey.title,
        "purpose": survey.purpose,
        "anonymous": survey.anonymous,
        "questions": len(survey.questions),
        "opens_at": survey.opens_at.astimezone(actor.timezone).isoformat() if survey.opens_at > actor.now else None,
        "closes_at": survey.closes_at.astimezone(actor.timezone).isoformat(),
        "organization": survey.organization.name,
    }
    key = f"survey-opened:{survey.public_id}"
    enqueue("survey.opened", facts, key=key, organization_id=survey.organization_id, now=actor.now)


def postpone_survey(public_id: str, body: PostponeSurvey, actor: Actor) -> Survey:
    """Another end, later or earlier, for one that is not over; 422 for an end in the past or before its beginning."""

    def work() -> Survey:
        survey = _find(public_id, Right.REVIEW_LESSONS, actor)
        _check_end(body.closes_at, max(actor.now, survey.opens_at))
        standing = _is(survey, SurveyState.OPENED) & (Survey.closes_at > actor.now)
        update_exactly_one(Survey.update(closes_at=body.closes_at).where(standing), lost=_not_open)
        return survey

    return in_unit_of_work(work)


def close_survey(public_id: str, actor: Actor) -> Survey:
    """End one before its time."""

    def work() -> Survey:
        survey = _find(public_id, Right.REVIEW_LESSONS, actor)
        standing = _is(survey, SurveyState.OPENED) & (Survey.closes_at > actor.now)
        changes = {"state": SurveyState.CLOSED, "closed_at": actor.now}
        update_exactly_one(Survey.update(changes).where(standing), lost=_not_open)
        _record("survey.closed", survey, actor)
        return survey

    return in_unit_of_work(work)


def _find(public_id: str, right: Right, actor: Actor) -> Survey:
    survey = find_survey(public_id)
    require(actor.caller, right, survey.organization)
    return survey


def _is(survey: Survey, state: SurveyState) -> Any:
    return (Survey.id == survey.id) & (Survey.state == state)


def _check_end(closes_at: datetime, after: datetime) -> None:
    if closes_at <= after:
        raise invalid_field("closes_at", "already_over", "截止时间须晚于现在，也须晚于开始时间")


def _frozen() -> Conflict:
    return Conflict("already_opened", "调研已经发布，题目不能再改，也不能删除；要改请结束这一次，照它另建一份")


def _not_open() -> Conflict:
    return Conflict("survey_not_open", "调研还没有发布，或已经结束")


def _record(action: str, survey: Survey, actor: Actor) -> None:
    subject = audit.Subject(f"survey:{survey.public_id}", survey.organization_id)
    audit.record(action, subject, actor_id=actor.caller.account_id, purpose=survey.title, now=actor.now)
