"""What the branch's life leaves undone, as the bot's reminders find it: spoken of in time, silent once it is done."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.branch_life.duties.due import generate_duties, settle_duties
from backend.messaging.models import OutboxEvent
from backend.messaging.reminders.catalogue import seed_reminder_rules
from backend.messaging.reminders.due import remind
from backend.messaging.reminders.models import ReminderRun
from backend.rooms import REMINDERS
from tests.branch_life.makers import START, Calls, planned, scan
from tests.branch_life.test_minutes import held, write
from tests.cast import World
from tests.conftest import SHANGHAI, FakeClock
from tests.messaging.makers import readers, spread_all


@pytest.fixture(autouse=True)
def rules(world: World) -> None:
    """The rules of a new installation."""
    seed_reminder_rules()


def said(code: str, day: datetime) -> list[dict[str, Any]]:
    """The facts of what one rule says in the evening of a day, as if it had not been asked before."""
    ReminderRun.delete().execute()
    before = {row.id for row in OutboxEvent.select(OutboxEvent.id)}
    evening = day.replace(hour=20)
    told = remind(questions={code: REMINDERS[code]}, timezone=SHANGHAI, now=evening)
    fresh = [row for row in OutboxEvent.select().order_by(OutboxEvent.id) if row.id not in before]
    assert told == len(fresh)
    return [row.facts for row in fresh]


def november(day: int) -> datetime:
    """A morning in November 2026."""
    return datetime(2026, 11, day, 9, 0, tzinfo=SHANGHAI)


def days_told(code: str, days: range) -> list[int]:
    """On which days of November a rule speaks."""
    return [day for day in days if said(code, november(day))]


def test_a_party_day_is_spoken_of_three_days_and_one_day_before_and_on_the_day(api: Calls, world: World) -> None:
    begins = datetime(2026, 11, 27, 20, 30, tzinfo=SHANGHAI)
    times = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=1)).isoformat()}
    activity = planned(api, world, **times)
    planned(api, world, kind="member_assembly", **times)
    assert days_told("party_day", range(23, 30)) == [24, 26, 27]
    facts = said("party_day", november(26))
    assert facts == []  # the same day is not spoken of twice
    shown = [row for row in OutboxEvent.select() if row.topic == "reminder.party_day"]
    assert [row.facts["days"] for row in shown] == [3, 1, 0]
    assert {row.facts["activity"] for row in shown} == {activity}
    assert world.member.account.id in shown[0].people["invited"]


def test_a_party_day_that_was_cancelled_or_has_begun_is_spoken_of_no_more(api: Calls, world: World) -> None:
    activity = planned(api, world)
    assert said("party_day", november(23)) == []  # it began at half past nine
    begins = datetime(2026, 11, 27, 9, 30, tzinfo=SHANGHAI)
    ends = (begins + timedelta(hours=1)).isoformat()
    activity = planned(api, world, starts_at=begins.isoformat(), ends_at=ends)
    assert api(world.secretary).post(f"/activities/{activity}/cancel", {"reason": "场地停电"}).status == 200
    assert said("party_day", november(24)) == []


def test_the_group_hears_of_a_party_day_on_the_day_before_and_only_if_everybody_is_invited(
    api: Calls, world: World
) -> None:
    begins = datetime(2026, 11, 27, 20, 30, tzinfo=SHANGHAI)
    times = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=1)).isoformat()}
    planned(api, world, **times, invited={"members": [world.member.member.public_id]})
    assert days_told("party_day_group", range(23, 29)) == []
    planned(api, world, **times)
    assert days_told("party_day_group", range(23, 29)) == [26]
    (event,) = OutboxEvent.select().where(OutboxEvent.topic == "reminder.party_day_group")
    assert event.people == {}


def test_what_a_year_lacks_is_one_message_a_branch(world: World, clock: FakeClock) -> None:
    generate_duties(timezone=SHANGHAI, now=clock())
    facts = said("yearly_missing", datetime(2026, 12, 16, tzinfo=SHANGHAI))
    kinds = {one["organization"]: one["kind"].split("、") for one in facts}
    assert len(kinds) == len(facts)
    assert set(kinds["大河社区第一党支部"]) == {"组织生活会", "民主评议党员", "党课"}
    assert {one["period"] for one in facts} == {" 2026 年"}


def test_a_missing_meeting_is_spoken_of_until_it_was_held(api: Calls, world: World, clock: FakeClock) -> None:
    generate_duties(timezone=SHANGHAI, now=clock())
    (mine, _) = said("party_day_missing", november(23))
    assert (mine["organization"], mine["kind"], mine["due_on"], mine["days"]) == (
        "大河社区第一党支部",
        "主题党日",
        "2026-11-30",
        7,
    )
    activity = planned(api, world)
    clock.set(START)
    assert scan(api, world.member, activity, START).status == 201
    clock.advance(hours=4)
    settle_duties(timezone=SHANGHAI, now=clock())
    assert [facts["organization"] for facts in said("party_day_missing", november(28))] == ["南山驻深流动党员党支部"]


@pytest.mark.parametrize(
    ("code", "due", "period"),
    [("cell_missing", None, None), ("assembly_missing", datetime(2026, 12, 17, tzinfo=SHANGHAI), "第四季度")],
)
def test_each_kind_of_meeting_has_its_rule(
    world: World, clock: FakeClock, code: str, due: datetime | None, period: str | None
) -> None:
    generate_duties(timezone=SHANGHAI, now=clock())
    facts = said(code, due or november(23))
    assert {one["period"] for one in facts} == ({period} if period else set())


def test_minutes_are_asked_for_until_they_are_written(api: Calls, world: World, clock: FakeClock) -> None:
    meeting = held(api, world, clock, world.member)
    assert days_told("minutes_missing", range(23, 29)) == [25]
    (facts,) = said("minutes_missing", november(30))
    assert (facts["activity"], facts["kind"], facts["held_on"]) == (meeting, "党员大会", "2026-11-23")
    assert write(api, world.secretary, meeting).status == 201
    assert said("minutes_missing", datetime(2026, 12, 7, 9, 0, tzinfo=SHANGHAI)) == []


def test_a_task_is_spoken_of_to_whom_it_was_given_until_it_is_done(api: Calls, world: World, clock: FakeClock) -> None:
    meeting = held(api, world, clock, world.member)
    task = {"text": "走访独居老人", "member": world.member.member.public_id, "due_on": "2026-11-28"}
    assert write(api, world.secretary, meeting, decisions=[{"text": "分工", "tasks": [task]}]).status == 201
    assert days_told("task_due", range(23, 30)) == [25, 28]
    (given,) = api(world.member).get("/me/tasks").data["items"]
    december = datetime(2026, 12, 1, 9, 0, tzinfo=SHANGHAI)
    (late,) = said("task_due", december)
    assert (late["text"], late["late"], late["days"]) == ("走访独居老人", True, -3)
    OutboxEvent.delete().where(OutboxEvent.topic != "reminder.task").execute()
    spread_all(datetime(2026, 12, 1, 20, 0, tzinfo=UTC))
    assert readers() == ["钱晓梅"] * 3
    assert api(world.member).post(f"/tasks/{given['id']}/done", {}).status == 200
    OutboxEvent.delete().execute()
    assert said("task_due", december) == []


def test_requests_are_counted_on_mondays_and_thursdays_until_they_are_decided(
    api: Calls, world: World, clock: FakeClock
) -> None:
    begins = november(28)
    times = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=1)).isoformat()}
    activity = planned(api, world, **times)
    leave = api(world.member).post(f"/activities/{activity}/leaves", {"reason": "住院检查"}).data["id"]
    assert days_told("requests_waiting", range(24, 27)) == [26]
    (facts,) = said("requests_waiting", november(23))
    assert facts["lines"] == [["请假待审批", 1]]
    assert "住院" not in str(facts)
    assert api(world.secretary).post(f"/activities/{activity}/leaves/{leave}/approve", {}).status == 200
    OutboxEvent.delete().execute()
    assert said("requests_waiting", november(26)) == []


def test_the_weekly_digest_comes_on_friday_to_those_who_have_something_to_do(api: Calls, world: World) -> None:
    begins = november(30)
    planned(api, world, starts_at=begins.isoformat(), ends_at=(begins + timedelta(hours=1)).isoformat())
    (facts,) = said("weekly_digest", november(27))
    assert (facts["organization"], facts["lines"]) == ("大河社区第一党支部", [["下周活动", 1]])
    assert said("weekly_digest", november(26)) == []
