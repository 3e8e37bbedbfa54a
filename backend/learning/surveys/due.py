"""What is let go of: drafts when the survey is over, words and named answers a year later; counts stay."""

from datetime import datetime, timedelta

from backend.core.database import in_unit_of_work
from backend.learning.surveys.models import Survey, SurveyDraft, SurveySheet, SurveyText

DRAFTS_KEPT, WORDS_KEPT = timedelta(days=1), timedelta(days=365)


def drop_drafts(*, now: datetime) -> int:
    """Delete what was never handed in, a day after the end."""
    over = _over(now - DRAFTS_KEPT)
    return in_unit_of_work(lambda: int(SurveyDraft.delete().where(SurveyDraft.survey.in_(over)).execute()))


def drop_words(*, now: datetime) -> int:
    """Delete named answers and free words of surveys long over."""
    over = _over(now - WORDS_KEPT)

    def work() -> int:
        words = int(SurveyText.delete().where(SurveyText.survey.in_(over)).execute())
        return words + int(SurveySheet.delete().where(SurveySheet.survey.in_(over)).execute())

    return in_unit_of_work(work)


def _over(before: datetime) -> list[int]:
    ended = (Survey.closes_at <= before) | (Survey.closed_at <= before)
    return [row.id for row in Survey.select(Survey.id).where(ended)]
