"""Who sees a survey, and how it stands at an instant."""

from datetime import date, datetime

import peewee as pw

from backend.core.database import rows_of
from backend.core.errors import NotFound
from backend.learning.lessons.service import Actor
from backend.learning.surveys.models import Survey, SurveyParticipation, SurveyState
from backend.learning.surveys.schemas import Standing
from backend.people.access import within
from backend.people.memberships import in_force
from backend.people.models import Membership, Organization
from backend.people.permissions import Caller, Right


def standing_of(survey: Survey, now: datetime) -> Standing:
    """Draft, not begun, open or over."""
    if survey.state == SurveyState.DRAFT:
        return Standing.DRAFT
    if survey.ends_at <= now:
        return Standing.CLOSED
    return Standing.OPEN if survey.opens_at <= now else Standing.WAITING


def find_survey(public_id: str) -> Survey:
    """The survey with its organisation, whoever asks; raises NotFound."""
    survey: Survey | None = (
        Survey.select(Survey, Organization).join(Organization).where(Survey.public_id == public_id).first()
    )
    if survey is None:
        raise NotFound()
    return survey


def find_visible(public_id: str, actor: Actor) -> Survey:
    """The survey, if the caller writes there, is asked, or sees its numbers in some part; raises NotFound."""
    survey = find_survey(public_id)
    path, caller = survey.organization.path, actor.caller
    if caller.may(Right.WRITE_LESSONS, path):
        return survey
    seen = belongs(survey, actor) or caller.may(Right.SEE_NUMBERS, path) or _has_part(caller, path)
    if survey.state == SurveyState.DRAFT or not seen:
        raise NotFound()
    return survey


def _has_part(caller: Caller, path: str) -> bool:
    """Whether one of the caller's posts gives him the numbers of a part of that subtree."""
    return any(root.startswith(path) for root, _ in caller.paths(Right.SEE_NUMBERS))


def belongs(survey: Survey, actor: Actor) -> bool:
    """Whether the caller is a member who lives, at home or as a guest, in the subtree that is asked."""
    return survey.organization_id in _asked_by(actor.caller, actor.today)


def _asked_by(caller: Caller, today: date) -> set[int]:
    """Ids of the organisations whose surveys are meant for the caller: those that he lives in and all above."""
    if caller.member_id is None:
        return set()
    rows = (
        Organization.select(Organization.path)
        .join(Membership, on=(Membership.organization == Organization.id))
        .where(Membership.member == caller.member_id, in_force(today))
    )
    return {step for (path,) in rows_of(rows) for step in _steps(path)}


def _steps(path: str) -> list[int]:
    return [int(step) for step in path.rstrip(".").split(".")]


def seen_by(actor: Actor) -> pw.Expression:
    """Which surveys a caller sees; the query joins their organisations."""
    caller = actor.caller
    above = {step for root, _ in caller.paths(Right.SEE_NUMBERS) for step in _steps(root)}
    reach = Survey.organization.in_(sorted(_asked_by(caller, actor.today) | above))
    below = within(caller, Right.SEE_NUMBERS, Organization.path)
    begun = (Survey.state != SurveyState.DRAFT) & (reach if below is None else reach | below)
    written = within(caller, Right.WRITE_LESSONS, Organization.path)
    seen: pw.Expression = begun if written is None else begun | written
    return seen


def waiting_for(actor: Actor) -> pw.Expression:
    """Which surveys are open at this instant, meant for the caller, and not answered by him."""
    answered = SurveyParticipation.select(SurveyParticipation.id).where(
        SurveyParticipation.survey == Survey.id, SurveyParticipation.member == (actor.caller.member_id or 0)
    )
    meant: pw.Expression = Survey.organization.in_(sorted(_asked_by(actor.caller, actor.today)))
    unanswered: pw.Expression = meant & open_at(actor.now) & ~pw.fn.EXISTS(answered)
    return unanswered


def open_at(now: datetime) -> pw.Expression:
    """A condition: the survey takes answers at this instant."""
    condition: pw.Expression = (
        (Survey.state == SurveyState.OPENED) & (Survey.opens_at <= now) & (Survey.closes_at > now)
    )
    return condition
