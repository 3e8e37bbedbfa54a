"""Two phones, or one phone twice, at the same moment."""

from datetime import timedelta
from typing import Any

from flask import Flask

from backend.branch_life.activities.models import Activity, CheckIn
from backend.card.models import StudyRecord
from backend.tally.models import TallyDelta
from tests.at_once import Call, at_once
from tests.branch_life.makers import START, Calls, planned, scan
from tests.cast import Person, World


def check_in(person: Person, activity: str, nonce: str) -> tuple[str, Call]:
    """The call of one phone."""
    return person.token, lambda client: scan(lambda _: client, person, activity, START, nonce=nonce)


def cancelling(world: World, activity: str) -> tuple[str, Call]:
    """The secretary calls it off."""
    return world.secretary.token, lambda client: client.post(f"/activities/{activity}/cancel", {"reason": "大雨"})


def test_the_same_nonce_at_once_is_one_row_and_equal_answers(app: Flask, api: Calls, world: World, clock: Any) -> None:
    activity = planned(api, world)
    clock.set(START)
    calls = [check_in(world.member, activity, "nonce-same") for _ in range(6)]
    answers = at_once(app, calls)
    assert [answer.status for answer in answers] == [201] * 6
    assert len({str(answer.body) for answer in answers}) == 1
    assert CheckIn.select().count() == StudyRecord.select().count() == TallyDelta.select().count() == 1


def test_two_nonces_at_once_are_one_success_and_one_refusal(app: Flask, api: Calls, world: World, clock: Any) -> None:
    activity = planned(api, world)
    clock.set(START)
    calls = [check_in(world.member, activity, f"nonce-{n}") for n in ("first", "other")]
    answers = at_once(app, calls)
    assert sorted((answer.status, answer.code) for answer in answers) == [
        (201, "ok"),
        (409, "already_checked_in"),
    ]
    assert CheckIn.select().count() == StudyRecord.select().count() == 1


def test_a_check_in_and_a_cancellation_at_once_are_one_of_the_two(
    app: Flask, api: Calls, world: World, clock: Any
) -> None:
    crowd = (world.member, world.second_member, world.volunteer)
    for number in range(12):
        clock.set(START - timedelta(minutes=20))
        activity = planned(api, world, title=f"第 {number} 次")
        calls = [check_in(person, activity, f"nonce-{number}") for person in crowd]
        clock.set(START)
        *came, called_off = at_once(app, [*calls, cancelling(world, activity)])
        there = CheckIn.select().join(Activity).where(Activity.public_id == activity, CheckIn.in_force == 1).count()
        assert there == sum(answer.status == 201 for answer in came)
        assert {answer.code for answer in came} <= {"ok", "cancelled"}
        if called_off.status == 200:
            assert there == 0, number
        else:
            assert (called_off.code, there > 0) == ("has_check_ins", True)
    assert StudyRecord.select().count() == CheckIn.select().count() == TallyDelta.select().count()


def test_a_roll_call_and_a_cancellation_at_once_are_one_of_the_two(
    app: Flask, api: Calls, world: World, clock: Any
) -> None:
    body = {"member": world.member.member.public_id}
    for number in range(8):
        clock.set(START - timedelta(minutes=20))
        activity = planned(api, world, title=f"第 {number} 次")
        clock.set(START)
        tick = (world.secretary.token, lambda one, at=activity: one.post(f"/activities/{at}/roll", body))
        ticked, called_off = at_once(app, [tick, cancelling(world, activity)])
        assert {ticked.code, called_off.code} in ({"ok", "cancelled"}, {"ok", "has_check_ins"}), number
