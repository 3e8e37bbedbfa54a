"""Sunday, eight o'clock: published once, told once, caught up after down time."""

import threading
from datetime import timedelta

import pytest

from backend.core.database import connected
from backend.learning.lessons.due import TOO_LATE, publish_due_lessons
from backend.learning.lessons.models import Lesson, LessonLog
from backend.messaging.models import OutboxEvent
from tests.conftest import FakeClock
from tests.learning.lessons.conftest import NEXT_SUNDAY, SUNDAY_AT_EIGHT, Desk


def _pushes() -> list[OutboxEvent]:
    return list(OutboxEvent.select().where(OutboxEvent.topic == "lesson.published").order_by(OutboxEvent.id))


def test_nothing_comes_out_a_second_too_early(desk: Desk) -> None:
    lesson = desk.scheduled()
    assert publish_due_lessons(now=SUNDAY_AT_EIGHT - timedelta(seconds=1)) == 0
    assert Lesson.get(public_id=lesson).state == "scheduled"


def test_on_time_it_is_published_and_told_to_all_below(desk: Desk) -> None:
    lesson = desk.scheduled()
    assert publish_due_lessons(now=SUNDAY_AT_EIGHT) == 1
    row = Lesson.get(public_id=lesson)
    assert (row.state, row.published_at) == ("published", SUNDAY_AT_EIGHT)
    (event,) = _pushes()
    assert event.key == f"lesson:2026-W48:{lesson}"
    assert event.organization_id == desk.world.organizations["branch"].id
    assert event.facts == {
        "id": lesson,
        "title": "把小事办到门口",
        "lecturer": "孙立新",
        "minutes": 5,
        "publish_on": "2026-11-29",
        "at": "2026-11-29T00:00:00+00:00",
        "organization": "大河社区第一党支部",
    }


def test_a_second_run_does_nothing(desk: Desk) -> None:
    desk.scheduled()
    assert publish_due_lessons(now=SUNDAY_AT_EIGHT) == 1
    assert publish_due_lessons(now=SUNDAY_AT_EIGHT + timedelta(minutes=1)) == 0
    assert len(_pushes()) == 1


@pytest.mark.parametrize(
    ("late", "pushed"),
    [({"hours": 2}, 1), ({"hours": 24}, 1), ({"hours": 24, "seconds": 1}, 0), ({"days": 2}, 0)],
)
def test_a_missed_slot_is_caught_up_but_not_told_after_a_day(desk: Desk, late: dict[str, int], pushed: int) -> None:
    desk.scheduled()
    assert publish_due_lessons(now=SUNDAY_AT_EIGHT + timedelta(**late)) == 1
    assert len(_pushes()) == pushed
    entry = LessonLog.select().order_by(LessonLog.id.desc()).first()
    assert (entry.event, entry.actor_id, entry.note) == ("publish", None, None if pushed else TOO_LATE)


def test_a_jump_of_the_clock_and_back_tells_once(desk: Desk, clock: FakeClock) -> None:
    lesson = desk.scheduled()
    clock.set(SUNDAY_AT_EIGHT + timedelta(hours=1))
    assert publish_due_lessons(now=clock()) == 1
    clock.advance(days=-3)
    assert publish_due_lessons(now=clock()) == 0
    clock.advance(days=400)
    assert publish_due_lessons(now=clock()) == 0
    assert [event.key for event in _pushes()] == [f"lesson:2026-W48:{lesson}"]


def test_two_sundays_missed_come_out_in_order(desk: Desk) -> None:
    first = desk.scheduled()
    second = desk.scheduled(publish_on=NEXT_SUNDAY.isoformat())
    assert publish_due_lessons(now=SUNDAY_AT_EIGHT + timedelta(days=7, hours=1)) == 2
    assert [event.key for event in _pushes()] == [f"lesson:2026-W49:{second}"]
    steps = LessonLog.select(LessonLog, Lesson).join(Lesson).where(LessonLog.event == "publish").order_by(LessonLog.id)
    assert [step.lesson.public_id for step in steps] == [first, second]


def test_a_withdrawn_lesson_stays_in(desk: Desk) -> None:
    lesson = desk.scheduled()
    desk.step(desk.reviewer, lesson, "withdraw", note="内容要改")
    assert publish_due_lessons(now=SUNDAY_AT_EIGHT) == 0
    assert _pushes() == []


def test_two_machines_at_once_publish_once(desk: Desk) -> None:
    lessons = [desk.scheduled(publish_on=day) for day in ("2026-11-29", "2026-12-06", "2026-12-13")]
    start = threading.Barrier(4)
    published: list[int] = []

    def machine() -> None:
        with connected():
            start.wait()
            published.append(publish_due_lessons(now=SUNDAY_AT_EIGHT + timedelta(days=14)))

    machines = [threading.Thread(target=machine) for _ in range(4)]
    for one in machines:
        one.start()
    for one in machines:
        one.join()
    assert sum(published) == len(lessons)
    assert LessonLog.select().where(LessonLog.event == "publish").count() == len(lessons)
    assert len(_pushes()) == 1
