"""The yearly survey of training needs, open in the demo: two have answered, and the branch is short by one."""

from datetime import datetime, timedelta

from backend.core.settings import Settings
from backend.demo.branch import acting
from backend.learning.lessons.service import Actor
from backend.learning.surveys.answering import answer_survey
from backend.learning.surveys.questions import Answer
from backend.learning.surveys.schemas import AnswerSurvey, WriteSurvey
from backend.learning.surveys.service import open_survey, write_survey
from backend.learning.surveys.templates import YEARLY

PUBLISHER = "DH"
LAST_HOUR = 18
# who has answered, and the choices by question
SHEETS = {
    "county-wu": {1: [4], 3: [1, 5], 4: [1, 6], 5: [2], 6: [2]},
    "host-secretary-zhou": {1: [4], 3: [3, 7, 8], 4: [3, 4], 5: [3], 6: [1]},
}


def load_surveys(settings: Settings, *, now: datetime) -> None:
    """Write and open it for ten days to come, and answer it for two of the demo's people."""
    last = (now + timedelta(days=10)).astimezone(settings.timezone)
    officer = Actor(acting("county-wu", settings, now=now), settings.timezone, now)
    body = WriteSurvey(
        organization=PUBLISHER,
        title=f"{last.year + 1} 年{YEARLY.title}",
        purpose=YEARLY.purpose,
        anonymous=False,
        opens_at=now,
        closes_at=last.replace(hour=LAST_HOUR, minute=0, second=0, microsecond=0),
        questions=YEARLY.questions,
    )
    survey = open_survey(write_survey(body, officer).public_id, officer)
    for user, choices in SHEETS.items():
        answers = [Answer(question=number, choices=chosen) for number, chosen in choices.items()]
        member = Actor(acting(user, settings, now=now), settings.timezone, now)
        answer_survey(survey.public_id, AnswerSurvey(nonce=f"demo-{user}", answers=answers), member)
