"""Grants: counted once, by the platform's own events, and used up by what was really sent."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from backend.messaging import grants
from backend.messaging.grants import GrantChange, apply_change
from backend.messaging.models import GrantEvent, MessageTemplate, ShownPrompt
from backend.messaging.rules import Purpose
from tests.cast import APPID, World
from tests.conftest import Api, FakeClock
from tests.messaging.makers import credits_of, grant, template

Calls = Callable[[Any], Api]


@pytest.fixture
def card(world: World) -> MessageTemplate:
    """A one-time template."""
    return template(Purpose.ORDER_PROGRESS)


def change(
    card: MessageTemplate, key: str, *, accepted: bool = True, at: datetime | None = None, openid: str = "o-resident"
) -> GrantChange:
    """What the platform reports about the resident."""
    return GrantChange(APPID, openid, card.template_id, accepted, key, at)


def test_each_acceptance_is_one_message(world: World, card: MessageTemplate, clock: FakeClock) -> None:
    for number in range(3):
        apply_change(change(card, f"e{number}"), now=clock())
    assert credits_of(world.resident.account, card) == 3
    assert credits_of(world.neighbour.account, card) is None


def test_an_event_told_three_times_counts_once(world: World, card: MessageTemplate, clock: FakeClock) -> None:
    for _ in range(3):
        apply_change(change(card, "e1"), now=clock())
        clock.advance(seconds=5)
    assert credits_of(world.resident.account, card) == 1
    assert [(row.kind, row.change) for row in GrantEvent.select()] == [("accept", 1)]


def test_a_refusal_takes_all(world: World, card: MessageTemplate, clock: FakeClock) -> None:
    for key, accepted in (("e1", True), ("e2", True), ("e3", False)):
        apply_change(change(card, key, accepted=accepted), now=clock())
        clock.advance(seconds=1)
    assert credits_of(world.resident.account, card) == 0
    apply_change(change(card, "e4"), now=clock())
    assert credits_of(world.resident.account, card) == 1


def test_a_refusal_that_overtook_an_acceptance_still_wins(
    world: World, card: MessageTemplate, clock: FakeClock
) -> None:
    early, late = clock(), clock() + timedelta(minutes=1)
    apply_change(change(card, "no", accepted=False, at=late), now=clock())
    apply_change(change(card, "yes", at=early), now=clock())
    assert credits_of(world.resident.account, card) == 0


def test_an_acceptance_after_a_refusal_that_arrives_late_stays(
    world: World, card: MessageTemplate, clock: FakeClock
) -> None:
    apply_change(change(card, "before", at=clock()), now=clock())
    apply_change(change(card, "after", at=clock() + timedelta(minutes=2)), now=clock())
    apply_change(change(card, "no", accepted=False, at=clock() + timedelta(minutes=1)), now=clock())
    assert credits_of(world.resident.account, card) == 1


def test_strangers_and_unknown_templates_change_nothing(world: World, card: MessageTemplate, clock: FakeClock) -> None:
    apply_change(change(card, "e1", openid="o-nobody"), now=clock())
    apply_change(GrantChange("wx-other", "o-resident", card.template_id, True, "e2"), now=clock())
    apply_change(GrantChange(APPID, "o-resident", "tmpl-unknown", True, "e3"), now=clock())
    assert GrantEvent.select().count() == 0


def test_a_message_uses_up_one_and_never_more_than_there_are(
    world: World, card: MessageTemplate, clock: FakeClock
) -> None:
    one, other = world.resident.account, world.neighbour.account
    grant(one, card, 3, clock())
    grant(other, card, 1, clock())
    grants.use_up([one.id, other.id, one.id], card, now=clock())
    assert (credits_of(one, card), credits_of(other, card)) == (1, 0)
    for _ in range(2):
        grants.use_up([one.id], card, now=clock())
        assert credits_of(one, card) == 0
    grants.use_up([], card, now=clock())


def test_a_long_term_template_is_never_used_up(world: World, clock: FakeClock) -> None:
    card = template(Purpose.LESSON_PUBLISHED, long_term=True)
    grant(world.resident.account, card, 1, clock())
    grants.use_up([world.resident.account.id] * 2, card, now=clock())
    assert credits_of(world.resident.account, card) == 1


def test_the_platforms_word_that_there_is_none_is_believed(
    world: World, card: MessageTemplate, clock: FakeClock
) -> None:
    grant(world.resident.account, card, 3, clock())
    grant(world.neighbour.account, card, 3, clock())
    grants.drop(world.resident.account.id, card, now=clock())
    assert credits_of(world.resident.account, card) == 0
    assert credits_of(world.neighbour.account, card) == 3


def test_open_to_names_those_who_have_one(world: World, card: MessageTemplate, clock: FakeClock) -> None:
    grant(world.resident.account, card, 1, clock())
    grant(world.neighbour.account, card, 0, clock())
    everybody = [person.account.id for person in world.people.values()]
    assert grants.open_to(everybody, card) == {world.resident.account.id}
    assert grants.open_to([], card) == set()


# ---------------------------------------------------------------- over HTTP


def test_a_person_sees_what_may_still_be_sent(
    api: Calls, world: World, card: MessageTemplate, clock: FakeClock
) -> None:
    grant(world.resident.account, card, 2, clock())
    template(Purpose.LESSON_PUBLISHED, long_term=True)
    assert api(world.resident).get("/me/subscriptions").data == [
        {
            "purpose": "order_progress",
            "template": card.template_id,
            "title": "诉求办理进度通知",
            "credits": 2,
            "long_term": False,
        },
        {
            "purpose": "lesson_published",
            "template": "tmpl-lesson-published-00000000000000000000001",
            "title": "党课更新提醒",
            "credits": 0,
            "long_term": True,
        },
    ]


def test_what_a_client_says_it_showed_is_recorded_and_grants_nothing(
    api: Calls, world: World, card: MessageTemplate
) -> None:
    prompts = [{"template": card.template_id, "result": result} for result in ("accept", "reject", "ban", "filter")]
    answer = api(world.resident).post("/me/subscriptions", {"prompts": prompts})
    assert answer.status == 200
    assert [one["credits"] for one in answer.data] == [0]
    assert [row.result for row in ShownPrompt.select().order_by(ShownPrompt.id)] == [
        "accept",
        "reject",
        "ban",
        "filter",
    ]
    assert credits_of(world.resident.account, card) is None
