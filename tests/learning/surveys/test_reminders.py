"""The bot's rules of surveys: they speak while a branch is short of its quota, and stop when it is not."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from backend.messaging.models import InboxMessage, OutboxEvent
from backend.messaging.reminders.catalogue import seed_reminder_rules
from backend.messaging.reminders.due import remind
from backend.messaging.reminders.occasions import Span
from backend.people.models import Account, Organization
from backend.rooms import REMINDERS
from tests.cast import World
from tests.conftest import MONDAY_MORNING, SHANGHAI
from tests.desk.conftest import sit as sit
from tests.desk.conftest import text_of
from tests.learning.surveys.makers import CLOSES, answer, crowd, opened, set_sectors
from tests.messaging.makers import spread_all

RULES = {code: REMINDERS[code] for code in ("survey_quota", "survey_own")}


@pytest.fixture
def ruled(world: World) -> World:
    """The rules of an installation, and sectors."""
    seed_reminder_rules()
    set_sectors(world)
    return world


def days_before(number: int, hour: int = 13) -> datetime:
    """An instant on a day before the last one."""
    return (CLOSES - timedelta(days=number)).replace(hour=hour)


def told(at: datetime) -> list[tuple[str, str]]:
    """Ask the rules at an instant; topic and reader of what they wrote."""
    before = {event.id for event in OutboxEvent.select()}
    remind(questions=RULES, timezone=SHANGHAI, now=at)
    spread_all(at)
    fresh = OutboxEvent.select().where(OutboxEvent.id.not_in(before))
    return sorted((event.topic, name) for event in fresh for name in _readers(event))


def _readers(event: OutboxEvent) -> Iterator[str]:
    rows = InboxMessage.select(InboxMessage, Account).join(Account).where(InboxMessage.event == event.id)
    yield from (row.account.display_name for row in rows)


SECRETARIES = [("reminder.survey", "周敏"), ("reminder.survey", "孙立新")]
OWN = [("reminder.survey_own", name) for name in ("冯磊", "周敏", "孙立新", "赵志强", "钱晓梅")]


def test_secretaries_are_told_on_three_days_and_members_once(api: Any, ruled: World) -> None:
    opened(api, ruled)
    spread_all(MONDAY_MORNING)
    said = {number: told(days_before(number)) for number in range(9, -1, -1)}
    assert {number: one for number, one in said.items() if one} == {
        7: SECRETARIES,
        3: sorted([*SECRETARIES, *OWN]),
        1: SECRETARIES,
    }


def test_members_are_not_told_of_an_anonymous_one(api: Any, ruled: World) -> None:
    opened(api, ruled, anonymous=True)
    assert told(days_before(3)) == SECRETARIES


def test_who_has_answered_is_not_asked_again(api: Any, ruled: World) -> None:
    crowd(ruled.branch, 2)  # six members, twenty percent of them are two
    survey = opened(api, ruled)
    answer(api, ruled.member, survey)
    names = [name for topic, name in told(days_before(3)) if topic == "reminder.survey_own"]
    assert "钱晓梅" not in names
    assert "冯磊" in names


def test_it_says_how_many_are_lacking(api: Any, ruled: World) -> None:
    crowd(ruled.branch, 12)
    survey = opened(api, ruled, quota_percent=25)
    answer(api, ruled.member, survey)
    told(days_before(7))
    event = next(one for one in OutboxEvent.select() if one.facts.get("branch") == ruled.branch.name)
    assert {name: event.facts[name] for name in ("due", "answered", "percent", "lacking", "days")} == {
        "due": 16,
        "answered": 1,
        "percent": 25,
        "lacking": 3,
        "days": 7,
    }


def test_it_stops_when_the_branch_has_its_share(api: Any, ruled: World) -> None:
    survey = opened(api, ruled)
    answer(api, ruled.member, survey)  # one of four
    assert told(days_before(3)) == [("reminder.survey", "周敏"), ("reminder.survey_own", "周敏")]
    answer(api, ruled.host_secretary, survey)
    assert told(days_before(1)) == []


def test_it_stops_when_the_sector_has_its_share(api: Any, ruled: World) -> None:
    Organization.update(sector="community").where(Organization.id == ruled.host_branch.id).execute()
    survey = opened(api, ruled)
    assert told(days_before(7)) == SECRETARIES
    answer(api, ruled.member, survey)  # one of five in the sector: the other branch is left in peace
    assert told(days_before(3)) == []


@pytest.mark.parametrize("action", ["close", "postpone"])
def test_it_stops_when_the_survey_is_over_and_moves_with_its_end(api: Any, ruled: World, action: str) -> None:
    survey = opened(api, ruled)
    later = (CLOSES + timedelta(days=30)).isoformat()
    sent = {"closes_at": later} if action == "postpone" else {}
    assert api(ruled.county_officer).post(f"/surveys/{survey}/{action}", sent).status == 200
    assert told(days_before(7)) == told(days_before(3)) == []
    on_the_new_day = days_before(7) + timedelta(days=30)
    assert told(on_the_new_day) == (SECRETARIES if action == "postpone" else [])


def test_one_that_ends_at_midnight_ends_on_the_day_before(api: Any, ruled: World) -> None:
    opened(api, ruled, closes_at="2026-12-03T00:00:00+08:00")
    assert told(datetime(2026, 11, 26, 13, tzinfo=SHANGHAI)) == []
    assert told(datetime(2026, 11, 25, 13, tzinfo=SHANGHAI)) == SECRETARIES
    event = OutboxEvent.get(OutboxEvent.topic == "reminder.survey")
    assert event.facts["last_on"] == date(2026, 12, 2).isoformat()


def test_the_preview_of_a_branch_shows_what_is_to_come(api: Any, ruled: World) -> None:
    opened(api, ruled)
    shown = api(ruled.secretary).get("/organizations/DH-01-01/reminder-rules").data
    rule = next(one for one in shown if one["rule"] == "survey_quota")
    (run,) = rule["next_runs"]
    assert run["at"].startswith("2026-11-26T09:00")
    assert "还差 1 人" in run["body"]
    assert (rule["offsets"], rule["enabled"], rule["tunable"]) == ([7, 3, 1], True, True)


def test_a_branch_may_turn_it_off(api: Any, ruled: World) -> None:
    opened(api, ruled)
    turned = api(ruled.secretary).put("/organizations/DH-01-01/reminder-rules/survey_quota", {"enabled": False})
    assert turned.status == 200, turned.body
    assert told(days_before(7)) == [("reminder.survey", "周敏")]


def test_the_weekly_digest_and_the_desk_name_surveys_that_wait_for_the_branch(
    api: Any, ruled: World, sit: Any, clock: Any
) -> None:
    friday = MONDAY_MORNING + timedelta(days=4, hours=8)
    span = Span(friday.date(), friday.date(), friday, SHANGHAI)

    def waiting() -> list[Any]:
        occasions = REMINDERS["weekly_digest"](span)
        return [one.facts["lines"] for one in occasions if one.organization_id == ruled.branch.id]

    assert not any("需求调研" in label for lines in waiting() for label, _ in lines)
    survey = opened(api, ruled)
    assert ["填写不足的需求调研", 1] in waiting()[0]
    assert "需求调研还没填够" in text_of(sit(ruled.secretary).get("/"))
    for person in (ruled.member, ruled.second_member, ruled.secretary):
        answer(api, person, survey)
    assert not any("需求调研" in label for lines in waiting() for label, _ in lines)
    assert "需求调研还没填够" not in text_of(sit(ruled.secretary).get("/"))
