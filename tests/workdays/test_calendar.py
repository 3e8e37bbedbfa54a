"""Working time: published holidays, 调休, the county's own days, and minutes that tick only when worked."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.audit import AuditEntry
from backend.core.database import in_unit_of_work
from backend.messaging.models import OutboxEvent
from backend.workdays.calendar import Pace, WorkCalendar, load_calendar
from backend.workdays.due import warn_of_missing_year
from backend.workdays.models import CalendarDay
from backend.workdays.service import write_day
from tests.branch_life.makers import Calls
from tests.cast import Person, World
from tests.conftest import Answer, FakeClock

SHANGHAI = ZoneInfo("Asia/Shanghai")
PLAIN = WorkCalendar({}, SHANGHAI)
HOURS, DAYS, NATURAL = Pace.WORKING_HOURS, Pace.WORKING_DAYS, Pace.NATURAL


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2026-11-23", True),  # a Monday
        ("2026-11-28", False),  # a Saturday
        ("2026-10-01", False),  # National Day, a Thursday
        ("2026-10-10", True),  # a Saturday worked for it
        ("2027-10-01", True),  # not published yet: weekdays count
        ("2027-10-02", False),
    ],
)
def test_a_day_is_worked_as_published_else_by_its_weekday(day: str, working: bool) -> None:
    assert PLAIN.is_working_day(date.fromisoformat(day)) is working


@pytest.mark.parametrize(
    ("start", "minutes", "pace", "end"),
    [
        ("2026-11-27 16:00", 30, NATURAL, "2026-11-27 16:30"),
        ("2026-11-27 16:00", 240, HOURS, "2026-11-30 12:00"),  # Friday afternoon → Monday noon
        ("2026-11-27 20:00", 240, HOURS, "2026-11-30 13:00"),
        ("2026-11-28 12:00", 60, HOURS, "2026-11-30 10:00"),
        ("2026-11-23 06:00", 480, HOURS, "2026-11-23 17:00"),
        ("2026-11-27 15:00", 1440, DAYS, "2026-11-30 15:00"),
        ("2026-11-28 10:00", 1440, DAYS, "2026-12-01 00:00"),
        ("2026-09-30 12:00", 1440, DAYS, "2026-10-08 12:00"),  # over the National Day week
        ("2026-10-09 12:00", 1440, DAYS, "2026-10-10 12:00"),  # into a Saturday that is worked
    ],
)
def test_minutes_tick_only_when_worked(start: str, minutes: int, pace: Pace, end: str) -> None:
    assert PLAIN.add(local(start), minutes, pace) == local(end)


def declared(api: Calls, by: Person, on: str, working: bool, code: str = "DH", reason: str = "社区搬迁") -> Answer:
    return api(by).post(f"/organizations/{code}/calendar", {"on": on, "working": working, "reason": reason})


def calendar_at(world: World, part: str, clock: FakeClock) -> WorkCalendar:
    return load_calendar(getattr(world, part).path, SHANGHAI, now=clock())


def test_the_countys_word_goes_before_the_published_calendar(api: Calls, world: World, clock: FakeClock) -> None:
    assert declared(api, world.county_officer, "2026-11-24", True, reason="写错了").status == 201
    assert declared(api, world.county_officer, "2026-11-24", False).status == 201
    calendar = calendar_at(world, "branch", clock)
    assert not calendar.is_working_day(date(2026, 11, 24))
    assert calendar.add(local("2026-11-23 16:00"), 120, HOURS) == local("2026-11-25 10:00")
    year = api(world.resident).get("/organizations/DH-01-01/calendar").data
    assert year["published"] is True
    assert [(day["on"], day["working"], day["organization"]["code"]) for day in year["days"]] == [
        ("2026-11-24", False, "DH")
    ]


def test_the_nearest_organisations_word_counts_and_only_there(api: Calls, world: World, clock: FakeClock) -> None:
    declared(api, world.county_officer, "2026-11-24", False)
    declared(api, world.county_officer, "2026-11-24", True, code="DH-01", reason="街道照常上班")
    in_unit_of_work(lambda: write_day(date(2026, 11, 25), working=False, reason="国家临时放假", organization_id=None))
    at_street, at_host = calendar_at(world, "branch", clock), calendar_at(world, "host_branch", clock)
    assert at_street.is_working_day(date(2026, 11, 24))
    assert not at_host.is_working_day(date(2026, 11, 24))
    assert not at_street.is_working_day(date(2026, 11, 25))
    days = api(world.member).get("/organizations/NS-01/calendar").data["days"]
    assert [(day["on"], (day["organization"] or {}).get("code")) for day in days] == [
        ("2026-11-24", "DH"),
        ("2026-11-25", None),
    ]


def test_a_withdrawn_day_lets_the_published_calendar_hold_again(api: Calls, world: World, clock: FakeClock) -> None:
    declared(api, world.county_officer, "2026-11-24", False)
    assert api(world.county_officer).delete("/organizations/DH/calendar/2026-11-24").status == 200
    assert calendar_at(world, "branch", clock).is_working_day(date(2026, 11, 24))
    again = api(world.county_officer).delete("/organizations/DH/calendar/2026-11-24")
    assert (again.status, again.code) == (404, "day_not_declared")
    actions = [entry.action for entry in AuditEntry.select().order_by(AuditEntry.id)]
    assert actions == ["calendar.declared", "calendar.withdrawn"]


def test_only_officers_declare_days_and_only_coming_ones(api: Calls, world: World) -> None:
    assert declared(api, world.secretary, "2026-11-24", False, code="DH-01-01").status == 403
    assert declared(api, world.secretary, "2026-11-24", False, code="NS-01").status == 404
    assert declared(api, world.resident, "2026-11-24", False).status == 404
    assert declared(api, world.county_officer, "2026-11-22", False).body["errors"][0]["code"] == "day_past"
    assert declared(api, world.county_officer, "2026-11-24", False, code="X").status == 404
    assert declared(api, world.county_officer, "2026-02-30", False).status == 422
    assert api(world.county_officer).delete("/organizations/DH/calendar/2026-11-22").status == 422
    assert api(world.county_officer).delete("/organizations/DH/calendar/tomorrow").status == 404
    assert CalendarDay.select().count() == 0


def test_a_calendar_without_any_working_day_is_a_mistake_not_an_endless_loop() -> None:
    never = {date(2026, 11, 23) + timedelta(days=n): False for n in range(2_000)}
    with pytest.raises(ValueError, match="no working days"):
        WorkCalendar(never, SHANGHAI).add(local("2026-11-23 09:00"), 1, DAYS)


FIRST = datetime(2025, 1, 1)  # noqa: DTZ001 (hypothesis adds the zone)
LAST = datetime(2027, 12, 31)  # noqa: DTZ001 (the same)
starts = st.datetimes(FIRST, LAST, timezones=st.just(SHANGHAI))


@given(starts, st.integers(0, 20_000), st.sampled_from(Pace))
def test_what_was_added_is_what_lies_between(start: datetime, minutes: int, pace: Pace) -> None:
    end = PLAIN.add(start, minutes, pace)
    assert end >= start
    assert PLAIN.minutes_between(start, end, pace) == pytest.approx(minutes)


@given(starts, st.integers(0, 5_000), st.integers(0, 5_000), st.sampled_from(Pace))
def test_adding_twice_is_adding_the_sum(start: datetime, first: int, second: int, pace: Pace) -> None:
    once, twice = PLAIN.add(start, first + second, pace), PLAIN.add(PLAIN.add(start, first, pace), second, pace)
    assert PLAIN.minutes_between(once, twice, pace) == PLAIN.minutes_between(twice, once, pace) == 0


def test_in_december_the_missing_year_is_told_once(world: World) -> None:
    december = local("2026-12-01 08:00").astimezone(UTC)
    assert warn_of_missing_year(now=local("2026-11-30 08:00").astimezone(UTC)) == 0
    assert [warn_of_missing_year(now=december) for _ in range(2)] == [1, 0]
    assert OutboxEvent.get().facts == {"year": 2027}


def test_a_year_that_was_declared_by_hand_is_not_missed(world: World) -> None:
    in_unit_of_work(lambda: write_day(date(2027, 1, 1), working=False, reason="元旦", organization_id=None))
    assert warn_of_missing_year(now=local("2026-12-01 08:00").astimezone(UTC)) == 0
