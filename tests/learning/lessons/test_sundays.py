"""Every Sunday of 2026 and 2027: when its lesson comes out, with make-up days and Spring Festival."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from backend.learning.lessons.calendar import instant_of
from backend.learning.lessons.due import publish_due_lessons, realign_sundays
from backend.learning.lessons.models import Lesson
from backend.workdays.calendar import is_published, load_calendar
from backend.workdays.models import CalendarDay
from tests.learning.lessons.conftest import SHANGHAI, Desk, set_state

# worked for a holiday elsewhere, by the notice of the State Council's General Office for 2026
WORKED_IN_2026 = {date(2026, 1, 4), date(2026, 9, 20)}
# Spring Festival is the 17th of February 2026 and the 6th of February 2027
FESTIVALS = [date(2026, 2, 15), date(2026, 2, 22), date(2027, 2, 7)]
NEW_YEAR_EVE = datetime(2025, 12, 31, tzinfo=UTC)


def sundays(year: int) -> list[date]:
    """All of them."""
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(366))
    return [day for day in days if day.year == year and day.isoweekday() == 7]


def declare(worked: set[date], free: set[date]) -> None:
    """The operator enters the holidays of a year that the library does not know yet."""
    for day in worked | free:
        CalendarDay.create(on=day, working=day in worked, reason="节假日安排")


def instants(desk: Desk, year: int) -> dict[date, datetime]:
    """When the lesson of each Sunday comes out."""
    calendar = load_calendar(desk.world.branch.path, SHANGHAI, now=NEW_YEAR_EVE)
    return {day: instant_of(day, calendar) for day in sundays(year)}


def test_every_sunday_of_2026(desk: Desk) -> None:
    assert is_published(2026)
    found = instants(desk, 2026)
    assert len(found) == 52
    noon, morning = time(12, 30), time(8)
    expected = {
        day: datetime.combine(day, noon if day in WORKED_IN_2026 else morning, SHANGHAI) for day in sundays(2026)
    }
    assert found == expected
    assert set(found) >= WORKED_IN_2026


def test_every_sunday_of_2027_before_its_holidays_are_known(desk: Desk) -> None:
    found = instants(desk, 2027)
    assert len(found) == 52
    assert not is_published(2027), "the library knows 2027 now: write its working Sundays here as for 2026"
    assert {at.astimezone(SHANGHAI).time() for at in found.values()} == {time(8)}


def test_every_sunday_of_2027_once_the_operator_entered_its_holidays(desk: Desk) -> None:
    worked, free = {date(2027, 2, 14), date(2027, 9, 26)}, {date(2027, 2, 5), date(2027, 2, 7), date(2027, 2, 8)}
    declare(worked, free)
    at_noon = {day for day, at in instants(desk, 2027).items() if at.astimezone(SHANGHAI).time() == time(12, 30)}
    assert at_noon == worked


@pytest.mark.parametrize("day", FESTIVALS)
def test_a_sunday_of_spring_festival_keeps_its_morning(desk: Desk, day: date) -> None:
    declare(set(), {date(2027, 2, 7)})
    assert instants(desk, day.year)[day] == datetime.combine(day, time(8), SHANGHAI)


@pytest.mark.parametrize("day", [*sorted(WORKED_IN_2026), date(2026, 2, 22), date(2027, 2, 7)])
def test_on_each_of_them_one_lesson_comes_out_at_its_instant(desk: Desk, day: date) -> None:
    lesson = desk.scheduled()
    at = instants(desk, day.year)[day]
    set_state(lesson, "scheduled", publish_on=day, slot_on=day, publish_at=at)
    assert publish_due_lessons(now=at - timedelta(seconds=1)) == 0
    assert publish_due_lessons(now=at) == 1
    assert publish_due_lessons(now=at) == 0


def test_a_lesson_scheduled_before_the_holidays_were_known_moves_to_noon(desk: Desk) -> None:
    day, now = date(2027, 9, 26), datetime(2026, 12, 1, tzinfo=UTC)
    lesson = desk.scheduled()
    set_state(lesson, "scheduled", publish_on=day, slot_on=day, publish_at=datetime.combine(day, time(8), SHANGHAI))
    assert realign_sundays(timezone=SHANGHAI, now=now) == 0
    declare({day}, set())
    assert realign_sundays(timezone=SHANGHAI, now=now) == 1
    assert Lesson.get(public_id=lesson).publish_at == datetime.combine(day, time(12, 30), SHANGHAI)


# the days off of a festival that fall on a Sunday; of 2027 only Spring Festival is known before its notice
FESTIVALS_ON_SUNDAYS = {
    2026: {
        date(2026, 2, 15): "春节",
        date(2026, 2, 22): "春节",
        date(2026, 4, 5): "清明节",
        date(2026, 5, 3): "劳动节",
        date(2026, 6, 21): "端午节",
        date(2026, 9, 27): "中秋节",
        date(2026, 10, 4): "国庆节",
    },
    2027: {date(2027, 2, 7): "春节"},
}


@pytest.mark.parametrize("year", [2026, 2027])
def test_the_calendar_of_a_year_shows_worked_sundays_and_festivals(desk: Desk, year: int) -> None:
    held = desk.scheduled()
    shown = desk.api(desk.author).get("/lessons/calendar", organization="DH-01-01", year=year).data["sundays"]
    days = {date.fromisoformat(one["publish_on"]): one for one in shown}
    assert list(days) == sundays(year)
    assert {day for day, one in days.items() if one["working_day"]} == (WORKED_IN_2026 if year == 2026 else set())
    assert {day: one["festival"] for day, one in days.items() if one["festival"]} == FESTIVALS_ON_SUNDAYS[year]
    today = desk.clock().astimezone(SHANGHAI).date()
    gaps = {day for day, one in days.items() if one["gap"]}
    assert gaps == {day for day in days if day >= today and day != date(2026, 11, 29)}
    if year == 2026:
        assert days[date(2026, 11, 29)]["lesson"]["id"] == held
    assert (
        desk.api(desk.world.people["member"]).get("/lessons/calendar", organization="DH-01-01", year=year).status == 403
    )


@pytest.mark.parametrize("year", ["2023", "2101", "next"])
def test_a_year_beyond_all_plans_is_refused(desk: Desk, year: str) -> None:
    assert desk.api(desk.author).get("/lessons/calendar", organization="DH-01-01", year=year).status == 422
