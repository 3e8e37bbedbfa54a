"""The table itself, and every pair that it does not have, through the API."""

import pytest

from backend.service.orders.actions import STEPS
from backend.service.orders.workflow import (
    ACTION_LABELS,
    ENDS,
    FIRST_STATE,
    RULES,
    STATE_LABELS,
    TRANSITIONS,
    Action,
    Actor,
    IllegalStep,
    State,
    Target,
    next_state,
    open_actions,
    rule_for,
)
from tests.service.bodies import body_of
from tests.service.conftest import Desk

FORBIDDEN = [(state, action) for state in State for action in STEPS if (state, action) not in TRANSITIONS]

# where the bodies and preparations of these tests lead, for rules that leave a choice
CHOSEN = {Action.APPROVE: State.ACCEPTED, Action.FOLLOW_UP: State.CLOSED}


def test_every_state_and_action_has_a_chinese_label() -> None:
    assert set(STATE_LABELS) == set(State)
    assert set(ACTION_LABELS) == set(Action)


def test_every_action_of_the_table_that_people_take_has_a_step_and_every_step_a_row() -> None:
    human = {rule.action for rule in RULES if rule.actors != {Actor.SYSTEM}}
    assert human == set(STEPS)


def test_every_state_can_be_reached_and_every_open_state_can_be_left() -> None:
    reached = {FIRST_STATE}
    while more := {one for pair in TRANSITIONS if pair[0] in reached for one in _targets(*pair)} - reached:
        reached |= more
    assert reached == set(State)
    assert {State.MERGED, State.CANCELLED} == ENDS


def _targets(state: State, action: Action) -> set[State]:
    rule = rule_for(state, action)
    choices: tuple[State | None, ...] = rule.choices or (None,)
    return {next_state(rule, state, before=State.SUBMITTED, chosen=chosen) for chosen in choices}


def test_supplying_facts_leads_back_to_where_the_order_came_from() -> None:
    rule = rule_for(State.NEEDS_INFO, Action.SUPPLY)
    assert next_state(rule, State.NEEDS_INFO, before=State.ACCEPTED) is State.ACCEPTED
    assert next_state(rule, State.NEEDS_INFO, before=State.SUBMITTED) is State.SUBMITTED
    with pytest.raises(IllegalStep):
        next_state(rule, State.NEEDS_INFO, before=None)


def test_a_step_that_stays_leaves_the_state() -> None:
    rule = rule_for(State.IN_PROGRESS, Action.PROGRESS)
    assert rule.target is Target.STAY
    assert next_state(rule, State.IN_PROGRESS, before=None) is State.IN_PROGRESS


def test_no_action_is_open_to_nobody() -> None:
    assert not any(open_actions(state, frozenset()) for state in State)


@pytest.mark.parametrize("state", list(State))
def test_every_pair_that_the_table_does_not_have_is_refused(state: State, desk: Desk) -> None:
    number = getattr(desk, state.value)()
    version = desk.row(number).version

    for forbidden, action in FORBIDDEN:
        if forbidden is not state:
            continue
        answer = desk.act(desk.world.secretary, number, action, **body_of(desk.world, action))
        assert (answer.status, answer.code) == (409, "illegal_transition"), (state, action, answer.body)
        assert (answer.body["state"], answer.body["action"]) == (state, action)
        assert STATE_LABELS[state] in answer.message
        assert ACTION_LABELS[action] in answer.message

    assert (desk.row(number).state, desk.row(number).version) == (state, version)


@pytest.mark.parametrize(("state", "action"), sorted(pair for pair in TRANSITIONS if pair[1] in STEPS))
def test_every_pair_that_the_table_has_leads_where_it_says(state: State, action: Action, desk: Desk) -> None:
    number = getattr(desk, state.value)()
    before = desk.row(number).state_before
    rule = TRANSITIONS[state, action]

    body = body_of(desk.world, action)
    desk.prepare(number, action, body)

    answer = desk.act(desk.taker(rule), number, action, **body)

    assert answer.status == 200, answer.body
    chosen = CHOSEN.get(action)
    expected = next_state(rule, state, before=State(before) if before else None, chosen=chosen)
    assert answer.data["state"] == desk.row(number).state == expected
