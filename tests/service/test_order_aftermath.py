"""After the completion and beside the way: follow-up, reopening, appeal, referral, merging, pressing, helping."""

from typing import Any

import pytest

from backend.card.models import StudyRecord
from backend.messaging.models import OutboxEvent
from backend.rooms import RECOUNTS
from backend.service.models import OrderFollowUp, OrderReferral, OrderSupervision
from backend.service.orders.due import act_on_clocks, climb_ladder, remind_helpers
from backend.tally.recounting import differences
from tests.service.conftest import HAND_IN, RATING, Desk
from tests.service.readings import at, counted, due, running, told

SOLVED = {"reached": True, "solved": True, "satisfaction": "fairly"}
UNSOLVED = {"reached": True, "solved": False, "satisfaction": "dissatisfied"}


def refused(answer: Any, status: int, code: str) -> None:
    assert (answer.status, answer.code) == (status, code), answer.body


def test_a_follow_up_that_hears_it_is_solved_closes_and_credits(desk: Desk) -> None:
    number = desk.completed()
    closed = desk.must(desk.world.secretary, number, "follow-up", **SOLVED)
    assert (closed["state"], closed["resolution"]) == ("closed", "resolved")
    assert StudyRecord.select().count() == 1
    assert counted("order_answered") == counted("order_satisfied") == counted("order_asked") == 1


def test_a_follow_up_that_hears_it_is_not_solved_sends_it_round_again(desk: Desk) -> None:
    number = desk.completed()
    again = desk.must(desk.world.secretary, number, "follow-up", **UNSOLVED)
    assert (again["state"], again["resolution"], again["handler"]) == ("accepted", None, None)
    assert running(number) == {"dispatch", "resolve"}
    assert counted("order_satisfied") == counted("order_closed") == 0


PARTLY = {**HAND_IN, "solved": False, "outcome": "partly", "reason": "缺一只灯座"}
CONTENT = {**UNSOLVED, "outcome": "explained", "satisfaction": "fairly", "note": "管线改造要等明年，本人表示理解"}


def handed_in(desk: Desk, **changed: Any) -> str:
    number = desk.in_progress()
    desk.must(desk.world.volunteer, number, "complete", **{**HAND_IN, **changed})
    return number


def outcomes() -> list[int]:
    return [counted(f"order_{one}") for one in ("resolved", "partly", "explained", "closed")]


def test_what_is_solved_in_part_is_handed_in_as_such_and_counts_as_asked_not_solved(desk: Desk) -> None:
    number = handed_in(desk, **PARTLY)
    assert desk.row(number).resolution == "partly"
    closed = desk.must(desk.world.resident, number, "confirm", solved=False, satisfaction="fairly")
    assert (closed["resolution"], outcomes()) == ("partly", [0, 1, 0, 1])
    assert (counted("order_asked"), counted("order_said_solved")) == (1, 0)
    assert differences(RECOUNTS) == []
    desk.must(desk.world.resident, number, "reopen", note="另一只也坏了")
    assert outcomes() == [0, 0, 0, 0]
    assert differences(RECOUNTS) == []


def test_the_requester_who_says_it_is_solved_has_the_last_word(desk: Desk) -> None:
    closed = desk.must(desk.world.resident, handed_in(desk, **PARTLY), "confirm", **RATING)
    assert (closed["resolution"], outcomes()) == ("resolved", [1, 0, 0, 1])
    assert differences(RECOUNTS) == []


def test_a_follow_up_that_hears_of_an_explanation_closes_with_it(desk: Desk) -> None:
    number = desk.completed()
    closed = desk.must(desk.world.secretary, number, "follow-up", **CONTENT)
    assert (closed["state"], closed["resolution"], outcomes()) == ("closed", "explained", [0, 0, 1, 1])
    assert differences(RECOUNTS) == []


def test_silence_keeps_what_was_handed_in(desk: Desk) -> None:
    number = handed_in(desk, **PARTLY)
    for _ in range(2):
        desk.must(desk.world.secretary, number, "follow-up", reached=False)
    desk.clock.set(at("12-04 09:00"))
    act_on_clocks(now=desk.clock())
    assert (desk.row(number).state, desk.row(number).resolution) == ("closed", "partly")
    assert outcomes() == [0, 1, 0, 1]
    assert differences(RECOUNTS) == []


@pytest.mark.parametrize(
    "body",
    [{**CONTENT, "note": None}, {**CONTENT, "solved": True}, {"reached": False, "outcome": "partly", "note": "没接"}],
)
def test_an_outcome_at_the_follow_up_is_for_what_is_unsolved_and_says_why(desk: Desk, body: dict[str, Any]) -> None:
    given = {name: value for name, value in body.items() if value is not None}
    assert desk.act(desk.world.secretary, desk.completed(), "follow-up", **given).status == 422


def test_the_form_of_the_hand_in_offers_the_outcomes(desk: Desk) -> None:
    number = desk.in_progress()
    for changed in ({"outcome": "partly"}, {"solved": False, "reason": "缺", "outcome": "resolved"}):
        assert desk.act(desk.world.volunteer, number, "complete", **{**HAND_IN, **changed}).status == 422
    actions = desk.api(desk.world.volunteer).get(f"/orders/{number}").data["actions"]
    form = next(one["form"] for one in actions if one["name"] == "complete")
    asked = next(one for one in form if one["name"] == "outcome")
    assert ([one["label"] for one in asked["choices"]], asked["required"]) == (["部分解决", "解释说明"], False)


def test_the_handler_does_not_follow_up_his_own_work(desk: Desk) -> None:
    number = desk.accepted()
    own = {"kind": "member", "id": desk.world.secretary.member.public_id}
    desk.must(desk.world.secretary, number, "dispatch", target=own)
    for action, body in (("claim", {}), ("first-contact", {}), ("complete", HAND_IN)):
        desk.must(desk.world.secretary, number, action, **body)
    refused(desk.act(desk.world.secretary, number, "follow-up", **SOLVED), 403, "forbidden")


@pytest.mark.parametrize("body", [{"reached": True}, {"reached": False, "solved": True, "satisfaction": "fairly"}])
def test_answers_belong_to_somebody_who_was_reached(desk: Desk, body: dict[str, Any]) -> None:
    assert desk.act(desk.world.secretary, desk.completed(), "follow-up", **body).status == 422


def test_silence_closes_only_after_two_tries_and_counts_as_no_answer(desk: Desk) -> None:
    number = desk.completed()
    desk.clock.set(at("11-30 09:00"))  # seven days
    act_on_clocks(now=desk.clock())
    assert desk.row(number).state == "completed"
    for _ in range(2):
        desk.must(desk.world.secretary, number, "follow-up", reached=False)
    act_on_clocks(now=desk.clock())
    assert desk.row(number).state == "completed"
    desk.clock.set(at("12-01 09:00"))
    act_on_clocks(now=desk.clock())
    row = desk.row(number)
    assert (row.state, row.resolution) == ("closed", "resolved")
    assert (counted("order_unrated"), counted("order_answered"), counted("order_satisfied")) == (1, 0, 0)
    assert OrderFollowUp.select().count() == 2


def test_reopening_is_one_step_more_urgent_and_takes_the_closing_back(desk: Desk) -> None:
    number = desk.closed()
    desk.clock.advance(days=3)
    again = desk.must(desk.world.resident, number, "reopen", note="灯又灭了")
    assert (again["state"], again["priority"], again["reopen_count"]) == ("accepted", "II", 1)
    assert (counted("order_closed"), counted("order_resolved"), counted("order_reopened")) == (0, 0, 1)
    assert due(desk, number, "dispatch") == at("11-26 11:00")  # two natural hours at priority II


def test_hours_are_credited_once_however_often_an_order_is_closed(desk: Desk) -> None:
    number = desk.closed()
    desk.must(desk.world.resident, number, "reopen", note="灯又灭了")
    target = {"kind": "member", "id": desk.world.volunteer.member.public_id}
    desk.must(desk.world.secretary, number, "dispatch", target=target)
    for action, body in (("claim", {}), ("first-contact", {}), ("complete", HAND_IN)):
        desk.must(desk.world.volunteer, number, action, **body)
    desk.must(desk.world.resident, number, "confirm", **RATING)
    first, second = StudyRecord.select().order_by(StudyRecord.id)
    assert (first.voided_at is not None, second.voided_at) == (True, None)
    assert (counted("order_closed"), counted("order_resolve_due"), counted("service_minutes")) == (1, 1, 60)


def test_reopening_has_a_window_and_a_limit(desk: Desk) -> None:
    number = desk.closed()
    late = desk.clock()
    desk.clock.advance(days=16)
    refused(desk.act(desk.world.resident, number, "reopen", note="又坏了"), 409, "reopen_window_closed")
    desk.clock.set(late)
    for _ in range(2):
        desk.must(desk.world.resident, number, "reopen", note="又坏了")
        target = {"kind": "member", "id": desk.world.volunteer.member.public_id}
        desk.must(desk.world.secretary, number, "dispatch", target=target)
        for action, body in (("claim", {}), ("first-contact", {}), ("complete", HAND_IN)):
            desk.must(desk.world.volunteer, number, action, **body)
    refused(desk.act(desk.world.resident, number, "reopen", note="又坏了"), 409, "reopened_too_often")


def test_an_appeal_is_decided_above_and_made_once(desk: Desk) -> None:
    number = desk.not_accepted()
    appealed = desk.must(desk.world.resident, number, "appeal", note="明明归社区管")
    assert (appealed["state"], running(number)) == ("submitted", {"accept"})
    refused(desk.act(desk.world.secretary, number, "accept"), 403, "appeal_with_upper")
    shown = desk.api(desk.world.county_officer).get(f"/orders/{number}").data
    assert shown["description"] is not None
    assert shown["contact"] is shown["requester"] is None
    refusal = {"reason": "beyond_powers", "note": "由住建局负责"}
    desk.must(desk.world.county_officer, number, "refuse", **refusal)
    refused(desk.act(desk.world.resident, number, "appeal", note="再来"), 409, "appealed_already")


def test_a_referral_keeps_its_receipt_and_its_outcome_is_told(desk: Desk) -> None:
    number = desk.referred()
    log = desk.api(desk.world.resident).get(f"/orders/{number}").data["log"]
    assert log[-1]["note"] == "已转12345热线办理，回执编号TS-2026-1"
    closed = desk.must(desk.world.secretary, number, "close-referred", note="电力公司已修好")
    assert (closed["state"], closed["resolution"]) == ("closed", "referred")
    referral = OrderReferral.get()
    assert (referral.receipt_number, referral.outcome) == ("TS-2026-1", "电力公司已修好")
    assert not StudyRecord.select().exists()


def test_a_referral_that_is_declined_comes_back_with_a_day_at_least(desk: Desk) -> None:
    number = desk.in_progress()
    desk.clock.set(at("12-02 08:30"))
    desk.must(desk.world.secretary, number, "refer", receiver="住建局", receipt_number="9")
    desk.clock.set(at("12-07 10:00"))
    back = desk.must(desk.world.secretary, number, "send-back", note="不属我局职责")
    assert (back["state"], back["handler"]) == ("accepted", None)
    assert due(desk, number, "resolve") == at("12-08 10:00")


def test_whoever_was_merged_follows_the_other_order(desk: Desk) -> None:
    parent = desk.submitted()
    child = desk.submitted(by=desk.world.neighbour)
    merged = desk.must(desk.world.secretary, child, "merge", parent=parent, note="同一盏灯")
    assert (merged["state"], merged["resolution"], merged["parent"]) == ("merged", "duplicate", parent)
    desk.must(desk.world.secretary, parent, "accept")
    desk.must(desk.world.secretary, parent, "dispatch", target={"kind": "pool"})
    desk.must(desk.world.member, parent, "claim")
    event = OutboxEvent.get(OutboxEvent.topic == "order.parent_moved")
    assert event.people == {"requester": [desk.world.neighbour.account.id]}
    assert event.facts["number"] == child


def test_only_the_same_matter_in_the_same_branch_is_merged(desk: Desk) -> None:
    number = desk.submitted()
    for parent in (number, desk.submitted(service_type="errand"), desk.cancelled(), "261123-000000x"):
        answer = desk.act(desk.world.secretary, number, "merge", parent=parent)
        assert answer.body["errors"][0]["code"] == "no_such_parent"


def test_the_requester_urges_once_a_day(desk: Desk) -> None:
    number = desk.submitted()
    desk.must(desk.world.resident, number, "urge", note="天黑前能修吗")
    refused(desk.act(desk.world.resident, number, "urge"), 409, "urged_today")
    desk.must(desk.world.secretary, number, "urge")
    desk.clock.advance(days=1)
    assert desk.must(desk.world.resident, number, "urge")["urge_count"] == 3


def test_supervision_has_its_levels_its_reasons_and_its_replies(desk: Desk) -> None:
    number = desk.in_progress()
    secretary, county = desk.world.secretary, desk.world.county_officer
    refused(desk.act(secretary, number, "reply", note="在办"), 409, "nothing_to_reply")
    refused(desk.act(secretary, number, "supervise", note="抓紧"), 409, "nothing_to_supervise")
    desk.must(desk.world.resident, number, "urge")
    refused(desk.act(secretary, number, "supervise", level="upper", note="抓紧"), 403, "not_your_level")
    desk.must(secretary, number, "supervise", note="抓紧")
    refused(desk.act(secretary, number, "supervise", note="抓紧"), 409, "already_supervised")
    desk.must(county, number, "supervise", level="upper", note="三日内办结")
    desk.must(secretary, number, "reply", note="明天换灯")
    refused(desk.act(secretary, number, "reply", note="明天换灯"), 409, "nothing_to_reply")
    rungs = [(one.level, one.reply, one.lifted_at) for one in OrderSupervision.select()]
    assert rungs == [(1, "明天换灯", None), (2, "明天换灯", None)]
    done = desk.must(desk.world.volunteer, number, "complete", **HAND_IN)
    assert done["supervised_level"] == 0
    assert all(one.lifted_at is not None for one in OrderSupervision.select())


def test_an_order_left_lying_climbs_the_ladder_by_itself(desk: Desk) -> None:
    number = desk.submitted()
    levels = []
    for moment in ("11-23 13:00", "11-24 12:59", "11-24 13:00", "12-01 12:59", "12-01 13:00", "12-20 09:00"):
        desk.clock.set(at(moment))
        act_on_clocks(now=desk.clock())
        for _ in range(2):
            climb_ladder(now=desk.clock())
        levels.append(desk.row(number).supervised_level)
    assert levels == [1, 1, 2, 2, 3, 3]
    # the second and third rungs are told to the organisation above, too
    assert (told("order.supervised"), told("order.supervised_above")) == (1, 2)


def test_an_order_that_moved_in_time_does_not_climb(desk: Desk) -> None:
    number = desk.submitted()
    desk.clock.set(at("11-23 13:00"))
    act_on_clocks(now=desk.clock())
    desk.must(desk.world.secretary, number, "accept")
    desk.clock.set(at("11-24 13:00"))
    assert climb_ladder(now=desk.clock()) == 0
    assert desk.row(number).supervised_level == 1


def test_a_cohandler_helps_and_reports_while_the_lead_remains(desk: Desk) -> None:
    number = desk.in_progress()
    helper = {"member": desk.world.member.member.public_id, "due_at": "2026-11-25T09:00:00+08:00"}
    order = desk.must(desk.world.secretary, number, "add-cohandler", **helper, note="帮忙抬梯子")
    assert order["handler"]["name"] == "赵志强"
    event = OutboxEvent.get(OutboxEvent.topic == "order.cohandler_added")
    assert event.people["cohandler"] == [desk.world.member.account.id]
    shown = desk.api(desk.world.member).get(f"/orders/{number}").data
    assert shown["contact"]["phone"] == "138****5678"
    assert [one["name"] for one in shown["actions"]] == ["progress"]
    desk.must(desk.world.member, number, "progress", note="梯子到了")
    answer = desk.act(desk.world.secretary, number, "add-cohandler", **helper)
    assert answer.body["errors"][0]["code"] == "takes_part_already"


def test_whoever_made_contact_keeps_his_hours_when_the_order_is_withdrawn(desk: Desk) -> None:
    desk.must(desk.world.resident, desk.in_progress(), "cancel", note="自己修好了")
    assert StudyRecord.select().count() == 1
    desk.must(desk.world.resident, desk.claimed(), "cancel", note="不用了")
    assert StudyRecord.select().count() == 1


def test_a_helper_is_reminded_before_his_time_is_over_and_then_the_handler_too(desk: Desk) -> None:
    world, number = desk.world, desk.in_progress()
    due_at = "2026-11-24T09:00:00+08:00"  # a day from now
    desk.must(world.secretary, number, "add-cohandler", member=world.member.member.public_id, due_at=due_at)
    assert OutboxEvent.get(OutboxEvent.topic == "order.cohandler_added").facts["due_at"] == due_at
    asked = []
    for moment in ("11-24 04:00", "11-24 04:30", "11-24 04:40", "11-24 09:00", "11-24 10:00"):
        desk.clock.set(at(moment))
        asked.append(remind_helpers(now=desk.clock()))
    assert asked == [0, 1, 0, 1, 0]
    near, over = OutboxEvent.select().where(OutboxEvent.topic.startswith("order.help")).order_by(OutboxEvent.id)
    assert (near.topic, over.topic, over.facts["helper"]) == ("order.help_due", "order.help_over", "钱**")
    assert over.people == {"cohandler": [world.member.account.id], "handler": [world.volunteer.account.id]}


def test_a_helper_of_what_is_done_is_not_reminded(desk: Desk) -> None:
    world, number = desk.world, desk.in_progress()
    helper = {"member": world.member.member.public_id, "due_at": "2026-11-24T09:00:00+08:00"}
    desk.must(world.secretary, number, "add-cohandler", **helper)
    desk.must(world.volunteer, number, "complete", **HAND_IN)
    desk.clock.set(at("11-25 09:00"))
    assert remind_helpers(now=desk.clock()) == 0
    assert told("order.help_due") == told("order.help_over") == 0
