"""Members away from home: the table and its complement, who may what, refusals, doubles, bad input."""

import threading
from datetime import date
from itertools import product
from typing import Any

import pytest
from flask import Flask

from backend.core.database import connected
from backend.membership.away.due import watch_silences
from backend.membership.away.models import MemberFlow, MemberFlowStep
from backend.membership.away.steps import STEPS
from backend.membership.away.workflow import (
    ENDS,
    PART_LABELS,
    ROWS,
    STATE_LABELS,
    TRANSITIONS,
    FlowState,
    FlowStep,
    Part,
    row_for,
)
from backend.messaging.models import OutboxEvent
from backend.people.models import Membership, MembershipKind, Organization, OrganizationKind
from tests.cast import LONG_AGO, Person, World
from tests.conftest import SHANGHAI, Answer, FakeClock
from tests.membership.test_away_walk import PLAN, act, offered, place_of, take, told
from tests.messaging.makers import spread_all

S, E, P = FlowState, FlowStep, Part
MH, H, G, X = {P.MEMBER, P.HOME}, {P.HOME}, {P.HOST}, {P.SYSTEM}
ABROAD = (S.OUT, S.REPORTED_IN, S.HOSTED, S.HOST_REFUSED)
ALLOWED = {
    (None, E.PLAN): (S.PLANNED, MH),
    (None, E.REPORT_IN): (S.ARRIVED, MH),
    (S.PLANNED, E.REGISTER): (S.OUT, H),
    (S.PLANNED, E.REPORT_IN): (S.ARRIVED, MH),
    (S.PLANNED, E.WITHDRAW): (S.WITHDRAWN, MH),
    (S.ARRIVED, E.REGISTER): (S.REPORTED_IN, H),
    (S.ARRIVED, E.WITHDRAW): (S.WITHDRAWN, MH),
    (S.OUT, E.WITHDRAW): (S.WITHDRAWN, H),
    **{(state, E.REPORT_IN): (S.REPORTED_IN, MH) for state in (*ABROAD, S.RETURNING)},
    **{(state, E.NAME_CONTACT): (None, H) for state in (*ABROAD, S.RETURNING)},
    (S.REPORTED_IN, E.HOST): (S.HOSTED, G),
    (S.REPORTED_IN, E.REFUSE): (S.HOST_REFUSED, G),
    **{(state, E.ADVISE_TRANSFER): (None, H | X) for state in ABROAD},
    **{(state, E.TRANSFER): (None, H) for state in ABROAD},
    **{(state, E.TRANSFERRED): (S.TRANSFERRED, X) for state in set(S) - ENDS},
    **{(state, E.PLAN_RETURN): (S.RETURNING, MH) for state in ABROAD},
    (S.RETURNING, E.APPRAISE): (S.APPRAISED, H),
    (S.APPRAISED, E.END): (S.ENDED, H),
}
PAIRS = list(product([None, *S], E))
FORBIDDEN = [(state, step) for state, step in product(S, STEPS) if (state, step) not in ALLOWED]


@pytest.mark.parametrize(("state", "step"), PAIRS)
def test_nothing_but_the_table_may_happen(state: FlowState | None, step: FlowStep) -> None:
    row = row_for(state, step)
    assert (None if row is None else (row.target, set(row.parts))) == ALLOWED.get((state, step))


def test_every_word_has_a_label_and_every_state_can_be_left_or_is_an_end() -> None:
    assert set(STATE_LABELS) == set(S)
    assert set(PART_LABELS) == set(P)
    assert {row.step for row in ROWS} == set(E)
    assert set(S) - {state for state, _ in TRANSITIONS} == ENDS


# ---------------------------------------------------------------- makers


def body_of(step: FlowStep, world: World) -> dict[str, Any]:
    """A body that the step takes."""
    bodies: dict[FlowStep, dict[str, Any]] = {
        E.REGISTER: {"contact": world.second_member.member.public_id},
        E.NAME_CONTACT: {"contact": world.volunteer.member.public_id},
        E.REPORT_IN: {"host": "NS-01"},
        E.HOST: {"group": "第一党小组"},
        E.REFUSE: {"reason": "即将撤销"},
        E.APPRAISE: {"grade": "qualified", "text": "按时参加"},
        E.WITHDRAW: {"reason": "不外出了"},
    }
    return bodies.get(step, {})


def person_of(step: FlowStep, world: World) -> Person:
    """Somebody who takes this step."""
    found: Person = world.host_secretary if step in {E.HOST, E.REFUSE} else world.secretary
    return found


def planned(api: Any, world: World, **changed: Any) -> str:
    answer = api(world.member).post("/floating-records", {**PLAN, **changed})
    assert answer.status == 201, answer.body
    return str(answer.data["id"])


def reported(api: Any, world: World) -> str:
    flow = planned(api, world)
    for step in (E.REGISTER, E.REPORT_IN):
        take(api, world.secretary, flow, step, body_of(step, world))
    return flow


def put(flow: str, state: FlowState, world: World) -> None:
    """The stay as it stands in this state, with a host that it may already have had."""
    MemberFlow.update(state=state, host=world.host_branch).where(MemberFlow.public_id == flow).execute()


# ---------------------------------------------------------------- the table over HTTP


@pytest.mark.parametrize("state", list(S))
def test_every_step_that_the_table_does_not_have_is_409(api: Any, world: World, state: FlowState) -> None:
    flow = planned(api, world)
    put(flow, state, world)
    for _, step in [pair for pair in FORBIDDEN if pair[0] is state]:
        refused = act(api, person_of(step, world), flow, step, body_of(step, world))
        assert (refused.status, refused.code) == (409, "illegal_transition"), (state, step)
    assert MemberFlow.get().state == state
    assert MemberFlowStep.select().count() == 1


def test_what_is_offered_is_what_is_taken(api: Any, world: World, clock: FakeClock) -> None:
    """Each part in each state: what the table gives is offered, what is not offered is 403 or 409."""
    flow = planned(api, world, leaves_on="2026-01-05")
    people = {P.MEMBER: world.member, P.HOME: world.secretary, P.HOST: world.host_secretary}
    for state, (part, person) in product(S, people.items()):
        put(flow, state, world)
        names = set(offered(api(person).get(f"/floating-records/{flow}").data)) - {"contacts"}
        assert names == {step for (source, step), (_, parts) in ALLOWED.items() if source is state and part in parts}
        for step in set(STEPS) - names:
            assert act(api, person, flow, step, body_of(step, world)).status in {403, 409}, (state, part, step)


def test_whose_business_it_is_not_gets_404_and_those_above_only_look(api: Any, world: World) -> None:
    flow = reported(api, world)
    for person, status in (
        (world.member, 200),
        (world.second_member, 200),  # the contact person
        (world.secretary, 200),
        (world.host_secretary, 200),
        (world.county_officer, 200),
        (world.volunteer, 404),
        (world.resident, 404),
        (world.stranger, 404),
        (None, 401),
    ):
        assert api(person).get(f"/floating-records/{flow}").status == status, person
        if status in {401, 404}:
            for step in STEPS:
                assert act(api, person, flow, step, body_of(step, world)).status == status
    assert api(world.county_officer).get(f"/floating-records/{flow}").data["actions"] == []
    for step in (E.PLAN_RETURN, E.HOST, E.REFUSE):
        assert act(api, world.county_officer, flow, step, body_of(step, world)).status == 403


def test_a_host_of_another_branch_sees_nothing_until_he_reports_there(api: Any, world: World) -> None:
    flow = planned(api, world)
    take(api, world.secretary, flow, "register", body_of(E.REGISTER, world))
    assert api(world.host_secretary).get(f"/floating-records/{flow}").status == 404
    assert api(world.host_secretary).get("/organizations/NS-01/floating-records", side="host").data["items"] == []
    elsewhere(world)
    take(api, world.member, flow, "report-in", {"host": "BJ-01"})
    assert api(world.host_secretary).get(f"/floating-records/{flow}").status == 404
    assert act(api, world.host_secretary, flow, "host", {"group": "一组"}).status == 404


def elsewhere(world: World, kind: OrganizationKind = OrganizationKind.BRANCH) -> Organization:
    """A branch outside the county."""
    made: Organization = Organization.create(
        code="BJ-01", name="北京某支部", kind=kind, path="BJ.", created_at=LONG_AGO
    )
    return made


def test_lists_are_for_those_who_keep_them_or_stand_above(api: Any, world: World) -> None:
    reported(api, world)
    path = "/organizations/DH-01-01/floating-records"
    for person, status in (
        (world.secretary, 200),
        (world.county_officer, 200),
        (world.member, 403),
        (world.host_secretary, 404),
        (world.resident, 404),
        (None, 401),
    ):
        assert api(person).get(path).status == status
    assert len(api(world.secretary).get(path, state="reported_in").data["items"]) == 1
    assert api(world.secretary).get(path, state="hosted").data["items"] == []
    assert api(world.secretary).get(path, side="host").data["items"] == []
    assert api(world.secretary).get(path, below="true").status == 422


# ---------------------------------------------------------------- refused, moving on, unplanned


def test_a_refusal_needs_a_reason_and_goes_to_home_the_member_and_those_above(
    api: Any, world: World, clock: FakeClock
) -> None:
    flow = reported(api, world)
    for bad in ({}, {"reason": ""}, {"reason": "x" * 201}, {"reason": "x", "more": 1}):
        assert act(api, world.host_secretary, flow, "refuse", bad).status == 422
    refused = take(api, world.host_secretary, flow, "refuse", {"reason": "支部即将撤销"})
    assert (refused["state"], refused["refusal"]) == ("host_refused", "支部即将撤销")
    spread_all(clock())
    assert told("流入地未接收") == ["孙立新", "钱晓梅"]
    assert told("有流动党员未被接收") == ["吴远"]
    above = api(world.county_officer).get(
        "/organizations/DH/floating-records", side="host", state="host_refused", below="true"
    )
    assert [(one["id"], one["refusal"]) for one in above.data["items"]] == [(flow, "支部即将撤销")]
    assert take(api, world.member, flow, "report-in", {"host": "NS-01"})["refusal"] is None
    assert Membership.select().where(Membership.kind == MembershipKind.HOST).count() == 0


def test_moving_on_ends_the_life_with_the_first_host(api: Any, world: World, clock: FakeClock) -> None:
    flow = reported(api, world)
    take(api, world.host_secretary, flow, "host", {"group": "一组"})
    assert act(api, world.member, flow, "report-in", {"host": "NS-01"}).code == "already_hosted"
    elsewhere(world)
    clock.advance(days=3)
    moved = take(api, world.member, flow, "report-in", {"host": "BJ-01"})
    assert (moved["host"]["code"], moved["host_group"], moved["hosted_on"]) == ("BJ-01", None, None)
    (life,) = Membership.select().where(Membership.kind == MembershipKind.HOST)
    assert life.until_on is not None
    spread_all(clock())
    assert told("流动党员已离开") == ["周敏"]
    assert api(world.host_secretary).get(f"/floating-records/{flow}").status == 404


def test_a_second_stay_with_the_same_host_is_a_second_membership(api: Any, world: World, clock: FakeClock) -> None:
    for _ in range(2):
        flow = reported(api, world)
        take(api, world.host_secretary, flow, "host", {"group": "一组"})
        for step in (E.PLAN_RETURN, E.APPRAISE, E.END):
            take(api, world.secretary, flow, step, body_of(step, world))
        clock.advance(days=40)
        MemberFlow.update(leaves_on="2026-10-01").execute()
    assert Membership.select().where(Membership.kind == MembershipKind.HOST).count() == 2


def test_somebody_who_came_unplanned_is_confirmed_by_home_first(api: Any, world: World, clock: FakeClock) -> None:
    place = place_of(api, world.host_secretary, "NS-01")
    made = api(world.member).post("/floating-records", {**PLAN, "report_in": {"place_code": place}})
    assert (made.status, made.data["state"], made.data["host"]["code"]) == (201, "arrived", "NS-01")
    flow = made.data["id"]
    assert act(api, world.host_secretary, flow, "host", {"group": "一组"}).code == "illegal_transition"
    spread_all(clock())
    assert told("有党员在外报到，待确认") == ["孙立新"]
    assert told("有流动党员报到") == []
    assert take(api, world.secretary, flow, "register", body_of(E.REGISTER, world))["state"] == "reported_in"
    spread_all(clock())
    assert told("有流动党员报到") == ["周敏"]
    assert take(api, world.host_secretary, flow, "host", {"group": "一组"})["state"] == "hosted"


def test_home_may_put_a_stay_down_for_a_member(api: Any, world: World) -> None:
    body = {**PLAN, "member": world.member.member.public_id}
    for person in (world.host_secretary, world.county_officer, world.second_member, world.resident):
        assert api(person).post("/floating-records", body).code == "member_not_found"
    made = api(world.secretary).post("/floating-records", body)
    assert (made.status, made.data["member"]["name"]) == (201, "钱晓梅")
    assert api(world.resident).post("/floating-records", PLAN).code == "no_member"
    assert api(world.secretary).post("/floating-records", {**body, "member": "a" * 16}).status == 404


# ---------------------------------------------------------------- doubles, races, bad input


def test_a_second_open_stay_is_refused(api: Any, world: World) -> None:
    flow = planned(api, world)
    for body in (PLAN, {**PLAN, "report_in": {"host": "NS-01"}}):
        again = api(world.member).post("/floating-records", body)
        assert (again.status, again.code) == (409, "already_away")
    assert take(api, world.member, flow, "withdraw", {"reason": "不去了"})["state"] == "withdrawn"
    assert planned(api, world) != flow


def test_of_two_hosts_words_at_once_one_counts(app: Flask, api: Any, world: World) -> None:
    flow = reported(api, world)
    start, answers = threading.Barrier(2), list[Answer]()

    def run(step: FlowStep) -> None:
        with connected():
            start.wait()
            answers.append(act(api, world.host_secretary, flow, step, body_of(step, world)))

    threads = [threading.Thread(target=run, args=(step,)) for step in (E.HOST, E.REFUSE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert MemberFlowStep.select().where(MemberFlowStep.step.in_([E.HOST, E.REFUSE])).count() == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"reason": ""},
        {"destination": "x"},
        {"leaves_on": "2026-13-01"},
        {"leaves_on": "1800-01-01"},
        {"expected_back_on": "2026-11-22"},
        {"phone": "home"},
        {"member": "not an id"},
        {"report_in": {}},
        {"report_in": {"host": "NS-01", "place_code": "abc"}},
        {"state": "hosted"},
    ],
)
def test_a_bad_plan_is_422(api: Any, world: World, changed: dict[str, Any]) -> None:
    assert api(world.member).post("/floating-records", {**PLAN, **changed}).status == 422


def test_where_nobody_can_report_in(api: Any, world: World) -> None:
    flow = planned(api, world)
    elsewhere(world, OrganizationKind.CELL)
    for body, status in (
        ({"host": "DH-01-01"}, 422),
        ({"host": "BJ-01"}, 422),
        ({"host": "XX"}, 404),
        ({"place_code": "22222222"}, 404),
    ):
        assert act(api, world.member, flow, "report-in", body).status == status


def test_another_contact_person_has_what_is_open(api: Any, world: World, clock: FakeClock) -> None:
    flow = reported(api, world)
    clock.advance(days=40)
    assert watch_silences(timezone=SHANGHAI, now=clock()) == 1
    named = take(api, world.secretary, flow, "name-contact", body_of(E.NAME_CONTACT, world))
    assert (named["state"], named["contact"]["name"]) == ("reported_in", "赵志强")
    assert len(api(world.volunteer).get("/me/floating-watches").data["items"]) == 1
    assert api(world.second_member).get(f"/floating-records/{flow}").status == 404
    spread_all(clock())
    assert told("您是流动党员联系人") == ["冯磊", "赵志强"]


def test_nobody_reports_to_a_closed_organisation(api: Any, world: World) -> None:
    flow = planned(api, world)
    Organization.update(closed_on=date(2026, 11, 1)).where(Organization.id == world.host_branch.id).execute()
    assert act(api, world.member, flow, "report-in", {"host": "NS-01"}).code == "organization_closed"


def test_who_can_be_the_contact_person(api: Any, world: World) -> None:
    flow = planned(api, world)
    world.volunteer.member.account = None
    world.volunteer.member.save()
    for person, code in (
        (world.member, "no_such_member"),
        (world.host_secretary, "no_such_member"),
        (world.volunteer, "no_account"),
    ):
        refused = act(api, world.secretary, flow, "register", {"contact": person.member.public_id})
        assert (refused.status, refused.body["errors"][0]["code"]) == (422, code)
    late = {**body_of(E.REGISTER, world), "left_on": "2026-11-24"}
    assert act(api, world.secretary, flow, "register", late).status == 422


def test_nobody_appraises_himself(api: Any, world: World) -> None:
    made = api(world.secretary).post("/floating-records", PLAN)
    flow = made.data["id"]
    for step in (E.REGISTER, E.PLAN_RETURN):
        take(api, world.secretary, flow, step, body_of(step, world))
    assert act(api, world.secretary, flow, "appraise", body_of(E.APPRAISE, world)).code == "own_review"
    assert MemberFlow.get().state == S.RETURNING


def test_events_are_masked(api: Any, world: World) -> None:
    flow = reported(api, world)
    take(api, world.host_secretary, flow, "host", {"group": "一组"})
    for event in OutboxEvent.select().where(OutboxEvent.topic.startswith("floating.")):
        assert event.facts["member"] == "钱**"
        assert "13800001234" not in str(event.facts)
