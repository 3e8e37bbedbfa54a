"""Surveys that are open and short of their quota: the branch is told, and once those who have not answered."""

from collections.abc import Iterator
from datetime import date, timedelta

from backend.core.clock import local_day
from backend.core.database import rows_of
from backend.learning.surveys.access import open_at
from backend.learning.surveys.cells import sectors_of
from backend.learning.surveys.fill import Filled, by_sector, day_of, filled_by_home, missing_in
from backend.learning.surveys.models import Survey
from backend.messaging.reminders.occasions import Occasion, Question, Span, branches
from backend.people.models import Member, Organization


def short_branches(span: Span) -> Iterator[Occasion]:
    """Branches under the quota of a survey that ends within the span, in sectors that are under it, too."""
    for survey, last, branch, filled in _short(span):
        lacking = filled.needed(survey.quota_percent) - filled.answered
        facts = {
            **_facts(survey, last),
            "branch": branch.name,
            "answered": filled.answered,
            "due": filled.due,
            "percent": survey.quota_percent,
            "lacking": lacking,
        }
        yield Occasion(branch.id, f"survey:{survey.public_id}:{branch.id}", "reminder.survey", facts, last)


def own_answers(span: Span) -> Iterator[Occasion]:
    """The same for the members there who have not answered; only where answers bear names."""
    for survey, last, branch, _ in _short(span):
        if survey.anonymous:
            continue
        accounts = _accounts(survey, branch, span) if span.names else []
        key = f"survey:{survey.public_id}:{branch.id}"
        yield Occasion(branch.id, key, "reminder.survey_own", _facts(survey, last), last, {"member": accounts})


def _facts(survey: Survey, last: date) -> dict[str, object]:
    return {
        "id": survey.public_id,
        "title": survey.title,
        "organization": survey.organization.name,
        "questions": len(survey.questions),
        "last_on": last.isoformat(),
    }


def _short(span: Span) -> Iterator[tuple[Survey, date, Organization, Filled]]:
    rows = Survey.select(Survey, Organization).join(Organization).where(open_at(span.now)).order_by(Survey.id)
    for survey in list(rows):
        last = local_day(survey.ends_at - timedelta(microseconds=1), span.timezone)
        if span.first <= last <= span.last:
            short = _homes_short(survey, span)
            for batch in branches(span) if short else ():
                for branch in batch:
                    if branch.id in short:
                        yield survey, last, branch, short[branch.id]


def _homes_short(survey: Survey, span: Span) -> dict[int, Filled]:
    """Organisations under the quota whose sector is under it, by their ids."""
    percent = survey.quota_percent
    fill = filled_by_home(survey, survey.organization.path, day_of(survey, span.timezone, span.now))
    sectors = sectors_of(home.path for home in fill)
    short = {name for name, one in by_sector(fill).items() if one.answered < one.needed(percent)}
    return {home.id: filled for home, filled in fill.items() if sectors[home.path] in short and _lacks(filled, percent)}


def _lacks(filled: Filled, percent: int) -> bool:
    return filled.answered < filled.needed(percent)


def _accounts(survey: Survey, branch: Organization, span: Span) -> list[int]:
    rows = missing_in([branch.id], survey, day_of(survey, span.timezone, span.now))
    found = rows.select(Member.account).where(Member.account.is_null(False)).order_by(Member.id)
    return [account for (account,) in rows_of(found)]


QUESTIONS: dict[str, Question] = {"survey_quota": short_branches, "survey_own": own_answers}
