"""What the card waits for: the year's statement of a member, the appraisal by his branch; silent once it is there."""

from datetime import datetime
from typing import Any

import pytest

from backend.messaging.models import InboxMessage, OutboxEvent
from backend.messaging.reminders.catalogue import seed_reminder_rules
from backend.messaging.reminders.due import remind
from backend.messaging.reminders.models import ReminderRun
from backend.rooms import REMINDERS
from tests.card.test_reviews import stated, step
from tests.cast import World
from tests.conftest import SHANGHAI
from tests.messaging.makers import readers, spread_all

DAY = datetime(2026, 12, 15, 20, 0, tzinfo=SHANGHAI)
THURSDAY = datetime(2026, 12, 17, 20, 0, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def rules(world: World) -> None:
    """The rules of a new installation."""
    seed_reminder_rules()


def ask(code: str, now: datetime) -> list[dict[str, Any]]:
    """The facts of what one rule says."""
    ReminderRun.delete().execute()
    before = OutboxEvent.select().count()
    told = remind(questions={code: REMINDERS[code]}, timezone=SHANGHAI, now=now)
    fresh = list(OutboxEvent.select().order_by(OutboxEvent.id))[before:]
    assert told == len(fresh)
    return [row.facts for row in fresh]


def test_a_draft_is_not_handed_in_and_what_is_handed_in_is_not_asked_for(api: Any, world: World) -> None:
    stated(api, world.second_member)
    review = stated(api, world.member).data["id"]
    assert step(api, world.member, review, "submit").status == 200
    InboxMessage.delete().execute()
    assert ask("statement_due", DAY) == [{"year": 2026, "days": 16, "late": False}] * 2
    spread_all(DAY)
    assert readers() == ["冯磊", "周敏", "孙立新", "赵志强"]
    assert ask("statement_due", DAY.replace(day=16)) == []


def test_what_waits_for_appraisal_is_told_to_the_secretary_until_it_is_done(api: Any, world: World) -> None:
    review = stated(api, world.member).data["id"]
    assert ask("requests_waiting", THURSDAY) == []
    step(api, world.member, review, "submit")
    (facts,) = ask("requests_waiting", THURSDAY)
    assert facts["lines"] == [["述学评学待评", 1]]
    body = {"grade": "qualified", "text": "学得认真"}
    assert step(api, world.secretary, review, "appraise", body).status == 200
    assert ask("requests_waiting", THURSDAY.replace(day=21)) == []
