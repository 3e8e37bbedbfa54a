"""Who hears of what beside the straight way: rungs of the ladder, referrals, followers, and whoever was not content."""

from typing import Any

from backend.messaging.models import OutboxEvent
from backend.messaging.rules import RULES, Reader
from backend.service.models import OrderLog, OrderSupervision
from backend.service.orders.due import act_on_clocks, climb_ladder
from tests.service.conftest import HAND_IN, Desk
from tests.service.readings import at, counted, running, told, warnings


def readers(topic: str) -> set[Reader]:
    """Who reads a topic."""
    return {rule.reader for rule in RULES if rule.topic == topic}


def last(topic: str) -> Any:
    """The last event of a topic."""
    return OutboxEvent.select().where(OutboxEvent.topic == topic).order_by(OutboxEvent.id.desc()).get()


def test_at_four_fifths_the_clock_urges_the_handler_and_the_dispatchers_once(desk: Desk) -> None:
    number = desk.in_progress()  # seven working days from Monday nine: 80 % are gone on 30 November at 23:24
    desk.clock.set(at("11-30 23:00"))
    act_on_clocks(now=desk.clock())
    assert told("order.urged") == 0
    desk.clock.set(at("12-01 01:00"))
    for _ in range(2):
        act_on_clocks(now=desk.clock())
    event = last("order.urged")
    assert (event.facts["percent"], event.facts["stage"]) == (80, "resolve")
    assert event.people["handler"] == [desk.world.volunteer.account.id]
    assert readers("order.urged") == {Reader.HANDLER, Reader.DISPATCHERS}
    (entry,) = OrderLog.select().where(OrderLog.action == "urge")
    assert (entry.part, entry.actor, entry.public) == ("system", None, False)
    assert (desk.row(number).urge_count, counted("order_urged"), told("order.urged")) == (1, 1, 1)
    # the requester's own urge of today is still his
    desk.must(desk.world.resident, number, "urge")
    assert desk.row(number).urge_count == 2


def test_an_order_that_was_only_urged_by_the_clock_is_not_supervised(desk: Desk) -> None:
    number = desk.in_progress()
    desk.clock.set(at("12-01 01:00"))
    act_on_clocks(now=desk.clock())
    answer = desk.act(desk.world.secretary, number, "supervise", note="抓紧")
    assert (answer.status, answer.code) == (409, "nothing_to_supervise")


def test_an_order_that_is_late_a_second_time_stands_on_the_ladder_again(desk: Desk) -> None:
    number = desk.submitted()
    desk.clock.set(at("11-23 13:00"))
    act_on_clocks(now=desk.clock())
    desk.clock.set(at("11-23 13:10"))
    desk.must(desk.world.secretary, number, "accept")
    desk.must(desk.world.secretary, number, "dispatch", target={"kind": "pool"})
    desk.must(desk.world.member, number, "claim")
    desk.clock.set(at("11-24 13:00"))
    climb_ladder(now=desk.clock())  # not late now: it rests on its rung
    assert (desk.row(number).supervised_level, told("order.supervised")) == (1, 1)
    desk.clock.set(at("11-24 13:30"))
    act_on_clocks(now=desk.clock())  # the day for the first contact is over, too
    assert (desk.row(number).supervised_level, told("order.supervised")) == (1, 2)
    desk.clock.set(at("11-25 13:30"))
    climb_ladder(now=desk.clock())
    assert desk.row(number).supervised_level == 2


def test_what_is_late_twice_at_once_climbs_from_the_first_rung_only(desk: Desk) -> None:
    number = desk.dispatched()
    desk.clock.set(at("11-23 10:00"))
    desk.must(desk.world.volunteer, number, "claim")
    desk.clock.set(at("12-02 10:00"))  # both the first contact and the case are late
    act_on_clocks(now=desk.clock())
    desk.must(desk.world.volunteer, number, "first-contact")
    act_on_clocks(now=desk.clock())
    waiting = OrderSupervision.select().where(OrderSupervision.next_at.is_null(False)).count()
    assert (desk.row(number).supervised_level, waiting) == (1, 1)


def test_the_watch_over_a_referral_warns_and_lets_the_others_be_warned(desk: Desk) -> None:
    number = desk.referred()
    desk.clock.set(at("12-20 09:00"))  # fifteen days have long passed
    waiting = desk.submitted()
    assert [act_on_clocks(now=desk.clock()) for _ in range(2)] == [1, 0]
    assert warnings() == [("outcome", 100)]
    assert (running(number), desk.row(number).supervised_level) == ({"outcome"}, 0)
    desk.clock.set(at("12-21 12:00"))
    act_on_clocks(now=desk.clock())
    assert ("accept", 50) in warnings()
    assert running(waiting) == {"accept"}


def test_what_the_other_body_answered_reaches_the_requester(desk: Desk) -> None:
    number = desk.in_progress()
    desk.must(desk.world.secretary, number, "refer", receiver="县住建局", receipt_number="ZJ-7")
    assert last("order.referred").people["handler"] == [desk.world.volunteer.account.id]
    assert readers("order.referred") == {Reader.REQUESTER, Reader.HANDLER}
    desk.must(desk.world.secretary, number, "close-referred", note="十二月换新管")
    event = last("order.referral_answered")
    assert (event.facts["note"], event.people["requester"]) == ("十二月换新管", [desk.world.resident.account.id])
    assert readers("order.referral_answered") == {Reader.REQUESTER}


def test_the_requester_learns_why_it_takes_longer_and_until_when(desk: Desk) -> None:
    number = desk.in_progress()
    until = "2026-12-05T09:00:00+08:00"
    desk.must(desk.world.volunteer, number, "extend", until=until, note="要换线路")
    desk.must(desk.world.secretary, number, "approve")
    event = last("order.extended")
    assert (event.facts["reason"], event.facts["until"]) == ("要换线路", until)
    assert readers("order.extended") == {Reader.REQUESTER, Reader.HANDLER}


def test_a_ruling_is_told_to_whoever_had_the_order_before(desk: Desk) -> None:
    number = desk.returned(times=2)
    desk.must(desk.world.secretary, number, "dispatch", target={"kind": "pool"})
    desk.must(desk.world.second_member, number, "claim")
    desk.must(desk.world.secretary, number, "rule", member=desk.world.member.member.public_id, note="由您承办")
    event = last("order.ruled")
    assert event.people["former_handler"] == [desk.world.second_member.account.id]
    assert event.people["handler"] == [desk.world.member.account.id]


def test_whoever_is_not_content_is_heard_by_the_dispatchers(desk: Desk) -> None:
    content, unsolved = desk.completed(), desk.completed()
    desk.must(desk.world.resident, content, "confirm", solved=True, satisfaction="fairly")
    assert told("order.closed_unsatisfied") == 0
    desk.must(desk.world.resident, unsolved, "confirm", solved=False, satisfaction="dissatisfied")
    assert last("order.closed_unsatisfied").facts["number"] == unsolved
    assert readers("order.closed_unsatisfied") == {Reader.HANDLER, Reader.DISPATCHERS}


def test_an_order_that_neighbours_follow_is_not_withdrawn_under_them(desk: Desk) -> None:
    parent, child = desk.submitted(), desk.submitted(by=desk.world.neighbour)
    desk.must(desk.world.secretary, child, "merge", parent=parent)
    answer = desk.act(desk.world.resident, parent, "cancel", note="我家好了")
    assert (answer.status, answer.code) == (409, "others_follow")
    shown = desk.api(desk.world.resident).get(f"/orders/{parent}").data["actions"]
    assert "cancel" not in [one["name"] for one in shown]
    desk.must(desk.world.secretary, parent, "refuse", reason="beyond_powers", note="请找物业")
    event = last("order.parent_moved")
    assert (event.facts["number"], event.facts["state"]) == (child, "不予受理")
    assert event.people["requester"] == [desk.world.neighbour.account.id]


def test_followers_hear_that_the_first_of_them_never_answered(desk: Desk) -> None:
    parent, child = desk.submitted(), desk.submitted(by=desk.world.neighbour)
    desk.must(desk.world.secretary, child, "merge", parent=parent)
    desk.must(desk.world.secretary, parent, "ask-info", note="几楼？")
    desk.clock.set(at("11-26 09:00"))
    act_on_clocks(now=desk.clock())
    event = last("order.parent_moved")
    assert (event.facts["number"], event.facts["state"]) == (child, "已撤单")


def test_of_all_who_follow_each_hears_that_it_is_done(desk: Desk) -> None:
    parent = desk.submitted()
    children = [desk.submitted(by=person) for person in (desk.world.neighbour, desk.world.second_member)]
    for child in children:
        desk.must(desk.world.secretary, child, "merge", parent=parent)
    desk.must(desk.world.secretary, parent, "accept")
    desk.must(desk.world.secretary, parent, "dispatch", target={"kind": "pool"})
    for action, body in (("claim", {}), ("first-contact", {}), ("complete", HAND_IN)):
        desk.must(desk.world.volunteer, parent, action, **body)
    done = [one for one in OutboxEvent.select() if one.facts.get("parent") == parent and "rate" in one.facts]
    assert sorted(one.facts["number"] for one in done if one.facts["state"].startswith("已办结")) == sorted(children)
