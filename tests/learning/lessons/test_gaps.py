"""Empty Sundays: said from Wednesday on, filled by a stand-in on Saturday evening; and Sundays that are worked."""

import threading
from datetime import date, datetime, timedelta

import pytest

from backend.core.database import connected, in_unit_of_work
from backend.learning.lessons.due import publish_due_lessons, realign_sundays
from backend.learning.lessons.gaps import STEPPED_IN, schedule_stand_ins, warn_of_gaps
from backend.learning.lessons.models import Lesson, LessonLog
from backend.messaging.models import OutboxEvent
from backend.workdays.service import write_day
from tests.learning.lessons.conftest import NEXT_SUNDAY, SHANGHAI, SUNDAY, SUNDAY_AT_EIGHT, Desk, set_state

WEDNESDAY = datetime(2026, 12, 2, 9, 0, tzinfo=SHANGHAI)
SATURDAY = datetime(2026, 12, 5, 9, 0, tzinfo=SHANGHAI)
SATURDAY_EVENING = datetime(2026, 12, 5, 18, 0, tzinfo=SHANGHAI)


@pytest.fixture
def regular(desk: Desk) -> Desk:
    """The branch has published on the Sunday before; the next one is empty."""
    desk.published()
    return desk


def _warn(at: datetime) -> int:
    return warn_of_gaps(timezone=SHANGHAI, now=at)


def _step_in(at: datetime) -> int:
    return schedule_stand_ins(timezone=SHANGHAI, now=at)


def _told(topic: str) -> list[OutboxEvent]:
    return list(OutboxEvent.select().where(OutboxEvent.topic == topic).order_by(OutboxEvent.id))


def test_an_empty_sunday_is_said_on_wednesday_and_saturday(regular: Desk) -> None:
    assert _warn(WEDNESDAY - timedelta(minutes=1)) == 0
    assert [_warn(WEDNESDAY), _warn(WEDNESDAY + timedelta(days=1))] == [1, 0]
    assert [_warn(SATURDAY), _warn(SATURDAY + timedelta(hours=20))] == [1, 0]
    first, second = _told("lesson.gap")
    branch = regular.world.organizations["branch"]
    assert [first.key, second.key] == [f"lesson-gap:2026-W49:{branch.id}:{step}" for step in (0, 1)]
    editors = sorted(person.account.id for person in (regular.author, regular.reviewer))
    assert first.people == {"editors": editors}
    assert first.facts == {
        "organization": branch.name,
        "code": "DH-01-01",
        "publish_on": "2026-12-06",
        "stand_in": None,
    }


def test_asked_late_only_the_latest_step_is_said(regular: Desk) -> None:
    assert _warn(SATURDAY) == 1
    assert [event.key[-2:] for event in _told("lesson.gap")] == [":1"]


def test_two_bots_at_once_warn_and_fill_once(regular: Desk) -> None:
    lesson = regular.approved()
    regular.step(regular.author, lesson, "stand-in", stand_in=True)
    start = threading.Barrier(4)
    done: list[int] = []

    def bot() -> None:
        with connected():
            start.wait()
            done.append(_warn(SATURDAY_EVENING) * 10 + _step_in(SATURDAY_EVENING))

    bots = [threading.Thread(target=bot) for _ in range(4)]
    for one in bots:
        one.start()
    for one in bots:
        one.join()
    assert len(_told("lesson.gap")) <= 1  # none when a stand-in was in place before anybody asked
    assert (len(done), sum(one % 10 for one in done)) == (4, 1)
    assert len(_told("lesson.stood_in")) == 1


def test_nothing_is_said_once_the_sunday_is_held(regular: Desk) -> None:
    regular.scheduled(publish_on=NEXT_SUNDAY.isoformat())
    assert _warn(WEDNESDAY) == 0


@pytest.mark.parametrize(("weeks", "told"), [(1, 1), (4, 1), (5, 0)])
def test_who_has_given_up_is_not_nagged(desk: Desk, weeks: int, told: int) -> None:
    lesson = desk.published()
    Lesson.update(slot_on=NEXT_SUNDAY - timedelta(weeks=weeks)).where(Lesson.public_id == lesson).execute()
    assert _warn(WEDNESDAY) == told


def test_who_never_published_is_not_warned(desk: Desk) -> None:
    desk.draft()
    assert _warn(WEDNESDAY) == 0


def test_a_stand_in_takes_the_sunday_on_saturday_evening(regular: Desk) -> None:
    lesson = regular.approved()
    answer = regular.step(regular.author, lesson, "stand-in", stand_in=True)
    assert answer.data["stand_in"] is True
    _warn(WEDNESDAY)
    assert _told("lesson.gap")[0].facts["stand_in"] == "把小事办到门口"
    assert _step_in(SATURDAY_EVENING - timedelta(seconds=1)) == 0
    assert [_step_in(SATURDAY_EVENING), _step_in(SATURDAY_EVENING)] == [1, 0]
    row = Lesson.get(public_id=lesson)
    assert (row.state, row.slot_on, row.stand_in_at) == ("scheduled", NEXT_SUNDAY, None)
    entry = LessonLog.select().order_by(LessonLog.id.desc()).first()
    assert (entry.actor_id, entry.event, entry.note) == (None, "schedule", STEPPED_IN)
    assert len(_told("lesson.stood_in")) == 1
    assert publish_due_lessons(now=SUNDAY_AT_EIGHT + timedelta(days=7)) == 1


def test_the_stand_in_that_waited_longest_goes_first(regular: Desk) -> None:
    lessons = [regular.approved() for _ in range(2)]
    for lesson in lessons:
        regular.step(regular.author, lesson, "stand-in", stand_in=True)
        regular.clock.advance(minutes=1)
    _step_in(SATURDAY_EVENING)
    assert [Lesson.get(public_id=lesson).state for lesson in lessons] == ["scheduled", "approved"]


def test_only_an_approved_lesson_stands_in_and_a_revised_one_no_longer(regular: Desk) -> None:
    draft = regular.draft()
    answer = regular.step(regular.author, draft, "stand-in", stand_in=True)
    assert (answer.status, answer.code) == (409, "illegal_transition")
    lesson = regular.approved()
    regular.step(regular.reviewer, lesson, "stand-in", stand_in=True)
    body = regular.body()
    del body["organization"]
    assert regular.step(regular.author, lesson, "revise", **body).data["stand_in"] is False
    set_state(lesson, "approved")
    assert _step_in(SATURDAY_EVENING) == 0


def test_a_stand_in_taken_back_stays_out(regular: Desk) -> None:
    lesson = regular.approved()
    for stand_in in (True, False):
        regular.step(regular.author, lesson, "stand-in", stand_in=stand_in)
    assert _step_in(SATURDAY_EVENING) == 0


@pytest.mark.parametrize("part", ["member", "host_secretary", "resident"])
def test_who_may_not_name_a_stand_in(regular: Desk, part: str) -> None:
    lesson = regular.approved()
    assert regular.step(regular.world.people[part], lesson, "stand-in", stand_in=True).status == 404


# the State Council's calendar of 2026: Sundays that are worked for a longer holiday
WORKED_2026 = [date(2026, 1, 4), date(2026, 9, 20)]


@pytest.mark.parametrize("day", WORKED_2026)
def test_on_a_worked_sunday_the_lesson_comes_at_noon(desk: Desk, day: date) -> None:
    desk.clock.set(datetime.combine(day - timedelta(days=3), datetime.min.time(), SHANGHAI))
    lesson = desk.scheduled(publish_on=day.isoformat())
    at = Lesson.get(public_id=lesson).publish_at.astimezone(SHANGHAI)
    assert (at.date(), at.hour, at.minute) == (day, 12, 30)
    calendar = desk.api(desk.author).get("/lessons/calendar", organization="DH-01-01").data["sundays"]
    assert [one["working_day"] for one in calendar[:2]] == [True, False]


def test_a_day_declared_later_moves_the_lesson(desk: Desk) -> None:
    lesson = desk.scheduled()
    assert realign_sundays(timezone=SHANGHAI, now=desk.clock()) == 0
    in_unit_of_work(lambda: write_day(SUNDAY, working=True, reason="防汛值守", organization_id=None))
    assert realign_sundays(timezone=SHANGHAI, now=desk.clock()) == 1
    at = Lesson.get(public_id=lesson).publish_at
    assert at == SUNDAY_AT_EIGHT.replace(hour=12, minute=30)
    assert realign_sundays(timezone=SHANGHAI, now=desk.clock()) == 0
    assert realign_sundays(timezone=SHANGHAI, now=at) == 0
