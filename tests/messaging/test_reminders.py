"""Reminders: asked at their time, once, of what is still undone; switched, tuned, skipped, snoozed, handed on."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from backend.messaging.models import BotSilence, InboxMessage, OutboxEvent
from backend.messaging.reminders.catalogue import OWN_JOBS, PRESETS, seed_reminder_rules
from backend.messaging.reminders.due import forget_runs, remind
from backend.messaging.reminders.models import ReminderRule, ReminderRun, ReminderSetting
from backend.messaging.reminders.occasions import Occasion, Span
from backend.messaging.reminders.schedule import next_days, runs_on, speaks_on
from backend.messaging.rules import RULES
from backend.people.models import Account, Member
from backend.rooms import REMINDERS
from tests.cast import World
from tests.conftest import SHANGHAI, Api, FakeClock
from tests.messaging.makers import happen, readers, spread_all

Calls = Callable[[Any], Api]
PATH = "/organizations/DH-01-01/reminder-rules"


@pytest.fixture
def ruled(world: World) -> World:
    """The rules of a new installation."""
    seed_reminder_rules()
    return world


class Undone:
    """A question whose answer can be changed: the branch owes something until a day."""

    def __init__(self, world: World, due_on: date | None) -> None:
        self.world, self.due_on, self.done = world, due_on, False

    def __call__(self, span: Span) -> Iterator[Occasion]:
        if self.done:
            return
        for organization in (self.world.branch, self.world.host_branch):
            if span.organization_id in {None, organization.id}:
                facts = {
                    "organization": organization.name,
                    "code": organization.code,
                    "kind": "党员大会",
                    "period": "第四季度",
                    "due_on": str(self.due_on),
                }
                yield Occasion(organization.id, f"o:{organization.id}", "reminder.duty", facts, self.due_on)


def ask(question: Any, now: datetime, code: str = "assembly_missing") -> int:
    """Let the bot ask one rule."""
    return remind(questions={code: question}, timezone=SHANGHAI, now=now)


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    """A local time in November 2026; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


# ---------------------------------------------------------------- when a rule speaks


@pytest.mark.parametrize(("rhythm", "days"), [("daily", 7), ("fri", 1), ("mon,thu", 2), ("mon,tue,wed,thu,fri", 5)])
def test_a_rhythm_names_the_days_of_a_week(rhythm: str, days: int) -> None:
    assert len(next_days(rhythm, date(2026, 11, 23), 7)) == days
    assert runs_on("fri", date(2026, 11, 27))


def test_what_is_due_is_spoken_of_on_its_offsets_and_what_has_no_day_always() -> None:
    due = date(2026, 11, 30)
    spoken = [day for day in range(20, 31) if speaks_on([7, 2, -3], due, date(2026, 11, day))]
    assert spoken == [23, 28]
    assert speaks_on([7, 2, -3], due, date(2026, 12, 3))
    assert speaks_on([], None, due)


def test_a_rule_speaks_at_its_time_once_on_two_machines(ruled: World) -> None:
    undone = Undone(ruled, date(2026, 12, 7))
    assert ask(undone, at(23, 8, 59)) == 0
    assert (ask(undone, at(23)), ask(undone, at(23))) == (2, 0)
    ReminderRun.delete().execute()  # as a second machine that asks at the same moment
    assert ask(undone, at(23)) == 0
    spread_all(at(23))
    assert readers() == ["周敏", "孙立新"]


def test_a_late_bot_still_speaks_today_and_a_day_that_nobody_noted_as_silent_is_not_caught_up(ruled: World) -> None:
    undone = Undone(ruled, date(2026, 12, 7))
    assert ask(undone, at(23, 20)) == 2
    assert ask(undone, at(24)) == 0  # thirteen days before is no offset
    assert ask(undone, at(30)) == 2


def silent(since: datetime, until: datetime) -> None:
    """No bot lived for a while, and the one that came back noted it."""
    BotSilence.create(since=since, until=until)


def test_a_day_that_fell_into_down_time_is_asked_late_and_said_as_of_today(ruled: World) -> None:
    undone = Undone(ruled, date(2026, 12, 7))
    silent(at(22), at(25, 8))
    assert (ask(undone, at(25, 8)), ask(undone, at(25, 8))) == (2, 0)  # the 23rd was the fourteenth day before
    assert {event.facts["days"] for event in OutboxEvent.select()} == {12}
    assert ReminderRun.get(ReminderRun.on == date(2026, 11, 23)).ran_at == at(25, 8)
    assert ask(undone, at(30)) == 2


def test_two_bots_that_come_back_at_once_make_up_for_it_once(ruled: World) -> None:
    undone = Undone(ruled, date(2026, 12, 7))
    silent(at(22), at(25, 8))
    assert ask(undone, at(25, 8)) == 2
    ReminderRun.delete().execute()
    assert ask(undone, at(25, 8)) == 0


@pytest.mark.parametrize("now", [at(27, 8), at(30, 8)])
def test_what_is_too_late_by_its_rule_is_skipped(ruled: World, now: datetime) -> None:
    silent(at(22), now)
    assert ask(Undone(ruled, date(2026, 12, 7)), now) == 0


def test_a_rule_about_one_day_alone_is_not_made_up_for(ruled: World) -> None:
    silent(at(22), at(24, 7))
    assert ask(Undone(ruled, date(2026, 11, 23)), at(24, 7), "political_birthday") == 0


def test_who_is_told_today_is_not_told_again_of_what_was_missed(ruled: World) -> None:
    undone = Undone(ruled, date(2026, 11, 27))  # three days before is the 24th, the day itself the 27th
    silent(at(23), at(27, 8))
    assert ask(undone, at(27, 9), "task_due") == 2
    assert [run.on for run in ReminderRun.select().order_by(ReminderRun.on)] == [
        date(2026, 11, 24),
        date(2026, 11, 25),
        date(2026, 11, 26),
        date(2026, 11, 27),
    ]


def test_a_reminder_stops_when_the_thing_is_done(ruled: World) -> None:
    undone = Undone(ruled, date(2026, 12, 7))
    assert ask(undone, at(23)) == 2
    undone.done = True
    assert ask(undone, at(30)) == 0
    assert ReminderRun.select().count() == 2


def test_a_clock_that_is_turned_back_and_forth_says_nothing_twice(ruled: World) -> None:
    undone = Undone(ruled, date(2026, 12, 7))
    told = [ask(undone, moment) for moment in (at(23, 10), at(22, 10), at(23, 9), at(23, 23), at(30, 9), at(23, 12))]
    assert told == [2, 0, 0, 0, 2, 0]


def test_old_runs_are_forgotten(ruled: World) -> None:
    ask(Undone(ruled, None), at(23))
    assert forget_runs(timezone=SHANGHAI, now=at(23) + timedelta(days=90)) == 0
    assert forget_runs(timezone=SHANGHAI, now=at(23) + timedelta(days=91)) == 1


# ---------------------------------------------------------------- what organisations change


def test_an_organisation_has_its_own_days_and_time_and_the_others_keep_theirs(ruled: World, api: Calls) -> None:
    changed = api(ruled.secretary).put(f"{PATH}/assembly_missing", {"at": "16:30", "offsets": [5, 10, 5]})
    assert (changed.data["at"], changed.data["offsets"]) == ("16:30", [10, 5])
    undone = Undone(ruled, date(2026, 12, 7))
    assert ask(undone, at(23)) == 1  # the host branch, two weeks before
    assert ask(undone, at(27, 16, 29)) == 0
    assert ask(undone, at(27, 16, 30)) == 1


@pytest.mark.parametrize(
    ("call", "body", "silent", "again"),
    [
        ("put:", {"enabled": False}, 23, None),
        ("post:/skip", None, 23, 30),
        ("post:/snooze", {"until": "2026-11-30"}, 23, 30),
    ],
)
def test_a_rule_is_turned_off_skipped_once_or_snoozed(
    ruled: World, api: Calls, clock: FakeClock, call: str, body: Any, silent: int, again: int | None
) -> None:
    clock.set(at(23, 8))
    verb, _, path = call.partition(":")
    assert getattr(api(ruled.secretary), verb)(f"{PATH}/assembly_missing{path}", body).status == 200
    undone = Undone(ruled, date(2026, 12, 7))
    assert ask(undone, at(silent)) == 1  # the host branch alone
    assert ask(undone, at(30)) == (2 if again else 1)


def test_a_deputy_gets_it_in_the_secretarys_place_until_it_is_handed_back(ruled: World, api: Calls) -> None:
    Account.update(organization=ruled.branch).where(Account.id == ruled.volunteer.account.id).execute()
    body = {"account": ruled.volunteer.account.public_id}
    assert api(ruled.secretary).post(f"{PATH}/assembly_missing/deputy", body).data["deputy"] == body["account"]
    ask(Undone(ruled, date(2026, 12, 7)), at(23))
    spread_all(at(23))
    assert readers() == ["周敏", "赵志强"]
    api(ruled.secretary).post(f"{PATH}/assembly_missing/deputy", {})
    ask(Undone(ruled, date(2026, 12, 7)), at(30))
    spread_all(at(30))
    assert readers() == ["周敏", "周敏", "孙立新", "赵志强"]


def test_what_a_job_of_its_own_writes_is_switched_here_too(ruled: World, api: Calls, clock: FakeClock) -> None:
    assert api(ruled.secretary).put(f"{PATH}/dues.unrecorded", {"enabled": False}).data["enabled"] is False
    happen("dues.unrecorded", clock(), at=ruled.branch)
    happen("dues.unrecorded", clock(), at=ruled.host_branch)
    spread_all(clock())
    assert readers() == ["周敏"]
    assert OutboxEvent.select().where(OutboxEvent.spread_at.is_null()).count() == 0


@pytest.mark.parametrize(
    ("call", "body", "status", "code"),
    [
        ("put:/order.supervised", {"enabled": False}, 409, "reminder_locked"),
        ("put:/dues.unrecorded", {"at": "10:00"}, 409, "reminder_fixed"),
        ("post:/dues.unrecorded/skip", None, 409, "reminder_fixed"),
        ("put:/weekly_digest", {"offsets": [1]}, 422, "invalid"),
        ("put:/assembly_missing", {"at": "22:00"}, 422, "invalid"),
        ("put:/assembly_missing", {"offsets": [61]}, 422, "invalid"),
        ("put:/assembly_missing", {"offsets": []}, 422, "invalid"),
        ("put:/weather", {"enabled": False}, 404, "reminder_not_found"),
        ("post:/assembly_missing/snooze", {"until": "2026-11-23"}, 422, "invalid"),
        ("post:/assembly_missing/snooze", {"until": "2027-11-23"}, 422, "invalid"),
        ("post:/assembly_missing/deputy", {"account": "nobody"}, 404, "account_not_found"),
    ],
)
def test_what_cannot_be_changed_is_refused_in_words(
    ruled: World, api: Calls, call: str, body: Any, status: int, code: str
) -> None:
    verb, _, path = call.partition(":")
    answer = getattr(api(ruled.secretary), verb)(PATH + path, body)
    assert answer.status == status
    assert code == "invalid" or answer.code == code
    assert ReminderSetting.select().count() == 0


@pytest.mark.parametrize(("part", "status"), [("secretary", 200), ("host_secretary", 404), ("member", 403)])
def test_rules_are_for_those_who_manage_the_messages_of_a_branch(
    ruled: World, api: Calls, part: str, status: int
) -> None:
    who = api(ruled.people[part])
    assert who.get(PATH).status == status
    assert who.put(f"{PATH}/assembly_missing", {"enabled": False}).status == status
    for action in ("skip", "snooze", "deputy"):
        assert who.post(f"{PATH}/assembly_missing/{action}", {} if action != "skip" else None).status == status


# ---------------------------------------------------------------- the rules themselves


def test_there_are_about_thirty_rules_each_asked_by_somebody(ruled: World) -> None:
    assert seed_reminder_rules() == 0
    assert len({preset.code for preset in PRESETS}) == len(PRESETS) >= 25
    codes = {row.code: row for row in ReminderRule.select()}
    assert {code for code, row in codes.items() if not row.own_job} == set(REMINDERS)
    assert {rule.topic for rule in RULES} >= OWN_JOBS
    assert all(row.source and row.stops and row.trigger for row in codes.values())


def test_the_list_shows_each_rule_with_what_it_would_say(ruled: World, api: Calls, clock: FakeClock) -> None:
    Member.update(joined_on=date(2014, 11, 25)).where(Member.id == ruled.member.member.id).execute()
    shown = {row["rule"]: row for row in api(ruled.secretary).get(PATH).data}
    assert len(shown) == len(PRESETS)
    assert shown["weekly_digest"]["at"] == "16:00"
    assert shown["weekly_digest"]["quiet_hours"] == "21:30–07:30"
    (birthday,) = shown["political_birthday"]["next_runs"]
    assert birthday["at"] == "2026-11-25T08:00:00+08:00"
    assert birthday["body"].startswith("12 年前的今天")
    assert shown["dues.unrecorded"]["next_runs"] == []


def test_all_questions_can_be_asked_of_a_branch_where_nothing_waits(ruled: World, clock: FakeClock) -> None:
    assert remind(questions=REMINDERS, timezone=SHANGHAI, now=at(27, 20)) == 0
    asked = {row.rule for row in ReminderRun.select()}
    assert asked == set(REMINDERS) - {"requests_waiting"}


@pytest.mark.parametrize(
    ("joined", "today", "years"),
    [
        (date(2014, 11, 23), date(2026, 11, 23), 12),
        (date(2026, 11, 23), date(2026, 11, 23), None),
        (date(2014, 11, 24), date(2026, 11, 23), None),
        (date(2016, 2, 29), date(2026, 2, 28), 10),
        (date(2016, 2, 29), date(2028, 2, 29), 12),
        (date(2016, 2, 29), date(2028, 2, 28), None),
    ],
)
def test_a_member_is_congratulated_on_the_day_on_which_he_joined(
    ruled: World, joined: date, today: date, years: int | None
) -> None:
    Member.update(joined_on=joined).where(Member.id == ruled.member.member.id).execute()
    now = datetime.combine(today, datetime.min.time(), SHANGHAI) + timedelta(hours=9)
    told = remind(questions={"political_birthday": REMINDERS["political_birthday"]}, timezone=SHANGHAI, now=now)
    spread_all(now)
    assert told == (1 if years else 0)
    bodies = [row.body for row in InboxMessage.select()]
    assert [body.partition(" ")[0] for body in bodies] == ([str(years)] if years else [])
