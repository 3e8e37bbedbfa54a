"""Who is short of hours hears once a quarter what he can still join, and nobody else hears anything."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from backend.card.ledger import Entry, add_record
from backend.core.database import in_unit_of_work
from backend.messaging.models import InboxMessage, OutboxEvent
from backend.messaging.reminders.catalogue import seed_reminder_rules
from backend.messaging.reminders.due import remind
from backend.messaging.reminders.models import ReminderRun
from backend.people.models import Member
from backend.rooms import REMINDERS
from tests.branch_life.makers import Calls, host, planned
from tests.cast import World
from tests.conftest import SHANGHAI
from tests.messaging.makers import readers, spread_all
from tests.people.test_exemptions import exempt

# thirty days before the year ends
DAY = datetime(2026, 12, 1, 12, 10, tzinfo=SHANGHAI)
LATE = datetime(2026, 12, 11, 19, 0, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def rules(world: World) -> None:
    """The rules of a new installation."""
    seed_reminder_rules()


def ask(now: datetime = DAY) -> int:
    """Let the bot ask this one rule."""
    ReminderRun.delete().execute()
    told = remind(questions={"study_gap": REMINDERS["study_gap"]}, timezone=SHANGHAI, now=now)
    spread_all(now)
    return told


def plan(api: Calls, world: World, at: datetime = LATE, **changed: Any) -> str:
    """A Party day of the branch at this time."""
    return planned(api, world, starts_at=at.isoformat(), ends_at=(at + timedelta(hours=2)).isoformat(), **changed)


def heard(member: Member, hours: str, at: datetime = DAY - timedelta(days=60)) -> None:
    """So many hours on a card."""
    entry = Entry(at, "社区", "学习", "party_day", Decimal(hours), f"t:{member.id}:{hours}", None)
    in_unit_of_work(lambda: add_record(member.id, entry, now=DAY))


def test_who_is_behind_hears_what_is_open_without_any_figure(api: Calls, world: World) -> None:
    for number in range(4):
        plan(api, world, LATE + timedelta(days=number), title=f"第{number}场")
    heard(world.member.member, "32")
    heard(world.secretary.member, "40")  # a committee member is asked for 56
    spread_all(DAY)
    InboxMessage.delete().execute()
    assert ask() == 1
    assert readers() == ["冯磊", "孙立新", "赵志强"]
    body = InboxMessage.get().body
    assert body.count("·") == 3
    assert "12月11日 19:00 第0场" in body
    assert "另有 1 场" in body
    assert not {"32", "40", "冯磊"} & set(body.split())


def test_hours_of_last_year_and_struck_out_ones_do_not_count(api: Calls, world: World) -> None:
    plan(api, world)
    heard(world.member.member, "32", datetime(2025, 12, 31, 23, 59, tzinfo=SHANGHAI))
    ask()
    (event,) = OutboxEvent.select().where(OutboxEvent.topic == "reminder.study_gap")
    assert world.member.account.id in event.people["member"]


@pytest.mark.parametrize(
    "changed",
    [
        {"at": datetime(2027, 1, 4, 9, 0, tzinfo=SHANGHAI)},
        {"kind": "committee_meeting"},
        {"invited": {"members": ["{volunteer}"]}},
    ],
)
def test_where_nothing_is_open_nobody_is_told(api: Calls, world: World, changed: dict[str, Any]) -> None:
    named = {"invited": {"members": [world.volunteer.member.public_id]}} if "invited" in changed else {}
    plan(api, world, **{**changed, **named})
    assert ask() == 0


def test_a_cancelled_one_is_not_open(api: Calls, world: World) -> None:
    activity = plan(api, world)
    assert api(world.secretary).post(f"/activities/{activity}/cancel", {"reason": "停电"}).status == 200
    assert ask() == 0


def test_who_is_a_guest_elsewhere_hears_of_what_is_there(api: Calls, world: World) -> None:
    host(world.member, world.host_branch)
    plan(api, world)
    ask()
    (event,) = OutboxEvent.select().where(OutboxEvent.topic == "reminder.study_gap")
    assert event.organization_id == world.branch.id
    assert world.member.account.id not in event.people["member"]
    body = {"organization": "NS-01", "kind": "party_day", "title": "南山", "place": {"text": "深圳"}}
    times = {"starts_at": LATE.isoformat(), "ends_at": (LATE + timedelta(hours=2)).isoformat()}
    assert api(world.host_secretary).post("/activities", {**body, **times}).status == 201
    assert ask() == 1  # the other branch only: the first was told already
    event = OutboxEvent.select().where(OutboxEvent.topic == "reminder.study_gap").order_by(OutboxEvent.id.desc()).get()
    assert set(event.people["member"]) == {world.member.account.id, world.host_secretary.account.id}


def test_it_speaks_once_a_quarter(api: Calls, world: World) -> None:
    plan(api, world)
    days = [DAY + timedelta(days=number) for number in range(-7, 20)]
    assert [day.day for day in days if ask(day)] == [1]


def test_who_is_exempt_is_not_asked(api: Calls, world: World) -> None:
    plan(api, world)
    exempt(api, world)
    ask()
    (event,) = OutboxEvent.select().where(OutboxEvent.topic == "reminder.study_gap")
    assert world.member.account.id not in event.people["member"]
    assert world.second_member.account.id in event.people["member"]
