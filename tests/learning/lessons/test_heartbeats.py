"""Listening: what was really played counts once, whatever the client says."""

import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.card.models import StudyRecord
from backend.learning.lessons.listening import length_of, merged
from backend.learning.lessons.models import Lesson, LessonListening
from backend.learning.lessons.rules import LISTENING
from backend.tally.models import TallyDelta
from tests.cast import Person
from tests.conftest import Answer
from tests.learning.lessons.conftest import Desk, set_state

Listen = Callable[..., Answer]
LENGTH_S = 300


@pytest.fixture
def lesson(desk: Desk) -> str:
    """A published lesson of 300 seconds."""
    return desk.published()


@pytest.fixture
def listen(desk: Desk, lesson: str) -> Listen:
    """Let `wait` seconds pass, then send a heartbeat as the member (or another person)."""
    numbers = itertools.count()

    def beat(position: float, played: float, *, wait: float = 0, person: Person | None = None, **more: Any) -> Answer:
        desk.clock.advance(seconds=wait)
        body = {"position_s": position, "played_s": played, "nonce": f"nonce-{next(numbers):04}", **more}
        return desk.api(person or desk.world.people["member"]).post(f"/lessons/{lesson}/heartbeats", body)

    return beat


def _hear_all(listen: Listen, until: int = LENGTH_S, **more: Any) -> Answer:
    for position in range(15, until + 1, 15):
        answer = listen(position, 15, wait=15, **more)
    return answer


def test_a_listener_from_start_to_end_is_done_once(listen: Listen, desk: Desk, lesson: str) -> None:
    assert _hear_all(listen, 255).data == {"listened_s": 255, "done": False}
    assert listen(270, 15, wait=15).data == {"listened_s": 270, "done": True}
    assert listen(285, 15, wait=15).data == {"listened_s": 285, "done": True}
    (record,) = StudyRecord.select()
    member = desk.world.people["member"].member
    assert member
    assert (record.member_id, record.kind, record.content) == (member.id, "lesson", "党课《把小事办到门口》")
    assert (record.source, record.hours) == (f"lesson:{Lesson.get().id}", LISTENING.hours_per_record)
    assert [row.measure for row in TallyDelta.select().order_by(TallyDelta.id)] == [
        "lesson_listeners",
        "lessons_heard",
    ]
    shown = desk.api(desk.world.people["member"]).get(f"/lessons/{lesson}").data["listening"]
    assert shown == {"position_s": 285, "listened_s": 285, "done": True}


def test_the_same_stretch_counts_once(listen: Listen) -> None:
    listen(30, 15, wait=0)
    assert listen(45, 15, wait=15).data["listened_s"] == 30
    assert listen(45, 30, wait=30).data["listened_s"] == 30
    assert listen(50, 20, wait=20).data["listened_s"] == 35


def test_jumping_to_the_end_does_not_count(listen: Listen) -> None:
    listen(15, 15)
    answer = listen(300, 285, wait=15)
    assert answer.data == {"listened_s": 30, "done": False}
    assert listen(300, 15, wait=15).data["listened_s"] == 30


def test_a_first_heartbeat_counts_a_quarter_of_a_minute_at_most(listen: Listen) -> None:
    assert listen(300, 300, speed=1).data["listened_s"] == 15


@pytest.mark.parametrize(("speed", "counted"), [(0.5, 5), (1, 10), (1.5, 15), (2, 20)])
def test_no_more_than_real_time_at_the_speed_claimed(listen: Listen, speed: float, counted: int) -> None:
    listen(0, 0, speed=1)
    listen(15, 15, wait=0)  # what the first heartbeat may claim is used up
    assert listen(100, 60, wait=10, speed=speed).data["listened_s"] == 15 + counted


@pytest.mark.parametrize("speed", [0.49, 2.01, 5, -1, "fast", None])
def test_a_speed_beyond_two_is_refused(listen: Listen, speed: Any) -> None:
    assert listen(10, 10, speed=speed).status == 422


@pytest.mark.parametrize(
    "changed",
    [
        {"position_s": -1},
        {"position_s": 3601},
        {"played_s": -1},
        {"position_s": "NaN"},
        {"nonce": ""},
        {"nonce": None},
        {"done": True},
    ],
)
def test_a_bad_heartbeat_is_refused(listen: Listen, changed: dict[str, Any]) -> None:
    assert listen(10, 10, **changed).status == 422


def test_twice_the_speed_is_done_in_half_the_time(listen: Listen) -> None:
    listen(0, 0, speed=2)
    for position in range(30, 271, 30):
        answer = listen(position, 30, wait=15, speed=2)
    assert answer.data == {"listened_s": 270, "done": True}


def test_late_heartbeats_lose_nothing(listen: Listen) -> None:
    listen(0, 0)
    listen(10, 10, wait=16)
    assert listen(30, 20, wait=14).data["listened_s"] == 30  # 20 s reported after 14: the minute as a whole fits


def test_a_repeated_nonce_changes_nothing(listen: Listen) -> None:
    listen(15, 15, nonce="the-same-nonce")
    assert listen(90, 60, wait=60, nonce="the-same-nonce").data["listened_s"] == 15
    assert listen(90, 60, wait=0, nonce="another-nonce").data["listened_s"] == 75


def test_a_heartbeat_past_the_end_counts_within_the_sound(listen: Listen) -> None:
    _hear_all(listen, 105)
    assert listen(400, 115, wait=115).data["listened_s"] == 105 + 15
    assert LessonListening.get().position == LENGTH_S * 10


def test_a_clock_that_went_back_counts_nothing_and_does_not_fail(listen: Listen) -> None:
    listen(15, 15)
    assert listen(30, 15, wait=-3600).data["listened_s"] == 15
    assert listen(30, 15, wait=3615).data["listened_s"] == 30


def test_another_phone_goes_on_where_the_first_stopped(listen: Listen, desk: Desk, lesson: str) -> None:
    _hear_all(listen, 120)
    desk.clock.advance(hours=5)
    listening = desk.api(desk.world.people["member"]).get(f"/lessons/{lesson}").data["listening"]
    assert listening == {"position_s": 120, "listened_s": 120, "done": False}
    assert listen(135, 15, wait=15).data["listened_s"] == 135


def test_a_resident_listens_without_a_card(listen: Listen, desk: Desk) -> None:
    answer = _hear_all(listen, person=desk.world.people["resident"])
    assert answer.data["done"] is True
    assert StudyRecord.select().count() == 0


def test_only_what_is_published_for_one_is_counted(listen: Listen, desk: Desk, lesson: str) -> None:
    assert listen(10, 10, person=desk.world.people["host_secretary"]).status == 404
    set_state(lesson, "scheduled")
    assert listen(10, 10).status == 404
    answer = listen(10, 10, person=desk.reviewer)
    assert (answer.status, answer.code) == (409, "not_published")


def test_a_withdrawn_lesson_takes_no_more_heartbeats(listen: Listen, lesson: str) -> None:
    listen(15, 15)
    set_state(lesson, "withdrawn")
    assert listen(30, 15, wait=15).status == 404


def test_shreds_beyond_the_bound_are_not_kept(listen: Listen) -> None:
    listen(0, 0)
    parts = [[n * 10, n * 10 + 1] for n in range(LISTENING.max_parts)]
    LessonListening.update(parts=parts, listened=length_of(parts)).execute()
    assert listen(299.9, 0.1, wait=5).data["listened_s"] == LISTENING.max_parts // 10
    assert len(LessonListening.get().parts) == LISTENING.max_parts


def test_two_phones_at_once_count_both_and_finish_once(listen: Listen, desk: Desk, lesson: str) -> None:
    _hear_all(listen, 255)
    desk.clock.advance(seconds=30)
    start = threading.Barrier(4)
    answers: list[Answer] = []

    def phone(number: int) -> None:
        client = desk.api(desk.world.people["member"])
        start.wait()
        body = {"position_s": 285, "played_s": 30, "nonce": f"phone-nonce-{number}"}
        answers.append(client.post(f"/lessons/{lesson}/heartbeats", body))

    phones = [threading.Thread(target=phone, args=(number,)) for number in range(4)]
    for one in phones:
        one.start()
    for one in phones:
        one.join()
    assert [answer.data for answer in answers] == [{"listened_s": 285, "done": True}] * 4
    assert StudyRecord.select().count() == 1
    assert LessonListening.get().beats == 17 + 4


def test_a_heartbeat_costs_four_statements(listen: Listen, statements: Any) -> None:
    listen(15, 15)
    with statements() as run:
        listen(30, 15, wait=15)
    assert len(run) <= 4, run


seconds = st.integers(0, 400)
stretches = st.tuples(seconds, seconds).map(lambda ends: [min(ends), max(ends)])


@given(st.lists(stretches, max_size=30))
def test_merging_covers_each_second_once(parts: list[list[int]]) -> None:
    kept: list[list[int]] = []
    for part in parts:
        kept = merged(kept, part)
    covered = {second for start, end in parts for second in range(start, end)}
    assert length_of(kept) == len(covered)
    assert kept == sorted(kept)
    assert all(left[1] < right[0] for left, right in itertools.pairwise(kept))


@given(st.lists(stretches, max_size=30))
def test_order_does_not_matter(parts: list[list[int]]) -> None:
    def fold(order: list[list[int]]) -> list[list[int]]:
        kept: list[list[int]] = []
        for part in order:
            kept = merged(kept, part)
        return kept

    assert fold(parts) == fold(parts[::-1])


def test_elapsed_time_is_kept_up_to_one_lesson(listen: Listen, desk: Desk) -> None:
    listen(0, 0)
    desk.clock.advance(days=1)
    listen(1, 1)
    assert LessonListening.get().credit == LENGTH_S * 10 - 10
