"""Keeping in touch with members away: contacts, reminders, silences, advice to transfer."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from backend.card.ledger import Entry, add_record
from backend.core.clock import same_day
from backend.core.database import in_unit_of_work
from backend.membership.away.due import advise_transfers, remind_of_contacts, watch_silences
from backend.membership.away.models import FlowContact, FlowWatch, MemberFlow
from backend.membership.away.workflow import FlowState, FlowStep
from backend.people.models import Member, MemberStatus
from tests.cast import World
from tests.conftest import SHANGHAI, FakeClock
from tests.membership.test_away import body_of, planned
from tests.membership.test_away_walk import act, offered, take, told
from tests.messaging.makers import spread_all

CALLED = {"made_on": "2026-11-23", "way": "phone", "note": "在工地，一切都好"}


def out(api: Any, world: World, **changed: Any) -> str:
    """A stay that home has registered, with a contact person."""
    flow = planned(api, world, **changed)
    take(api, world.secretary, flow, "register", body_of(FlowStep.REGISTER, world))
    return flow


def ask(question: Any, clock: FakeClock) -> int:
    return int(question(timezone=SHANGHAI, now=clock()))


def months_on(clock: FakeClock, months: int) -> None:
    day = same_day(clock().astimezone(SHANGHAI).date(), months=months)
    clock.set(datetime.combine(day, clock().astimezone(SHANGHAI).timetz()))


def watches(api: Any, person: Any, **query: Any) -> Any:
    return api(person).get("/me/floating-watches", **query).data["items"]


# ---------------------------------------------------------------- contacts


def test_the_contact_person_and_the_branch_log_contacts(api: Any, world: World, clock: FakeClock) -> None:
    flow = out(api, world)
    assert [one["id"] for one in api(world.second_member).get("/me/floating-contacts").data["items"]] == [flow]
    made = api(world.second_member).post(f"/floating-records/{flow}/contacts", CALLED)
    assert (made.status, made.data["way_label"], made.data["note"]) == (201, "电话", "在工地，一切都好")
    assert api(world.secretary).post(f"/floating-records/{flow}/contacts", {**CALLED, "way": "visit"}).status == 201
    path = f"/floating-records/{flow}/contacts"
    assert [one["way"] for one in api(world.secretary).get(path).data["items"]] == ["visit", "phone"]
    assert "工地".encode() not in bytes(FlowContact.select(FlowContact.note).tuples().first()[0].raw)


def test_contacts_are_for_home_alone(api: Any, world: World) -> None:
    flow = out(api, world)
    take(api, world.member, flow, "report-in", {"host": "NS-01"})
    path = f"/floating-records/{flow}/contacts"
    for person, status in (
        (world.member, 403),
        (world.host_secretary, 403),
        (world.county_officer, 403),
        (world.volunteer, 404),
        (world.stranger, 404),
        (None, 401),
    ):
        assert api(person).get(path).status == status
        assert api(person).post(path, CALLED).status == status


@pytest.mark.parametrize(
    "changed", [{"made_on": "2026-11-24"}, {"way": "pigeon"}, {"note": "长" * 501}, {"made_on": None}, {"more": 1}]
)
def test_a_bad_contact_is_422(api: Any, world: World, changed: dict[str, Any]) -> None:
    flow = out(api, world)
    assert api(world.secretary).post(f"/floating-records/{flow}/contacts", {**CALLED, **changed}).status == 422


def test_there_is_nobody_to_contact_before_and_after_the_stay(api: Any, world: World) -> None:
    flow = planned(api, world)
    for state in set(FlowState) - {
        FlowState.OUT,
        FlowState.REPORTED_IN,
        FlowState.HOSTED,
        FlowState.HOST_REFUSED,
        FlowState.RETURNING,
    }:
        MemberFlow.update(state=state).execute()
        assert api(world.secretary).post(f"/floating-records/{flow}/contacts", CALLED).code == "not_away"


@pytest.mark.parametrize(("abroad", "due"), [(False, "2027-02-23"), (True, "2027-05-23")])
def test_contact_is_due_every_three_months_and_abroad_every_half_year(
    api: Any, world: World, clock: FakeClock, abroad: bool, due: str
) -> None:
    flow = out(api, world, abroad=abroad)
    duty = api(world.secretary).get(f"/floating-records/{flow}").data["contact_duty"]
    assert (duty["due_on"], duty["overdue"]) == (due, False)
    assert ("第三十四条" in duty["source"]) is abroad
    clock.set(datetime.fromisoformat(f"{due}T08:00:00+08:00") - timedelta(days=1))
    assert ask(remind_of_contacts, clock) == 0
    clock.advance(days=1)
    assert (ask(remind_of_contacts, clock), ask(remind_of_contacts, clock)) == (1, 0)
    spread_all(clock())
    assert told("该联系流动党员了") == ["冯磊"]
    clock.advance(days=31)
    assert ask(remind_of_contacts, clock) == 1
    assert api(world.secretary).get(f"/floating-records/{flow}").data["contact_duty"]["overdue"] is True


def test_a_contact_puts_the_next_one_off_and_one_that_failed_does_not(api: Any, world: World, clock: FakeClock) -> None:
    flow = out(api, world)
    clock.advance(days=30)
    path, day = f"/floating-records/{flow}/contacts", {"made_on": "2026-12-23", "way": "wechat"}
    api(world.secretary).post(path, {**day, "reached": False})
    assert MemberFlow.get().contact_due_on == date(2027, 2, 23)
    api(world.secretary).post(path, day)
    assert (MemberFlow.get().contact_due_on, MemberFlow.get().remind_on) == (date(2027, 3, 23), date(2027, 3, 23))
    api(world.secretary).post(path, {**day, "made_on": "2026-12-01"})
    assert MemberFlow.get().contact_due_on == date(2027, 3, 23)


# ---------------------------------------------------------------- silences


def test_silence_is_a_task_at_one_three_and_five_months_and_changes_no_status(
    api: Any, world: World, clock: FakeClock
) -> None:
    flow = out(api, world)
    before = Member.get_by_id(world.member.member.id)
    raised = []
    for _ in range(9):
        months_on(clock, 1)
        raised.append(ask(watch_silences, clock))
        assert ask(watch_silences, clock) == 0
    assert raised == [1, 0, 1, 0, 1, 0, 0, 0, 0]
    (task,) = watches(api, world.second_member)
    assert (task["months"], task["silent_since"], task["flow"]) == (5, "2026-11-23", flow)
    assert "第二十四条" in task["clause"]
    assert "不改变任何党员的身份" in task["clause"]
    spread_all(clock())
    assert told("请查找一位流动党员") == ["冯磊"] * 3
    assert told("一位流动党员久无音讯") == ["孙立新"] * 3
    after = Member.get_by_id(world.member.member.id)
    assert (
        (after.status, after.organization_id)
        == (before.status, before.organization_id)
        == (
            MemberStatus.FULL,
            world.branch.id,
        )
    )
    assert MemberFlow.get().state == FlowState.OUT


def test_abroad_only_the_last_level_is_raised(api: Any, world: World, clock: FakeClock) -> None:
    out(api, world, abroad=True)
    raised = []
    for _ in range(5):
        months_on(clock, 1)
        raised.append(ask(watch_silences, clock))
    assert raised == [0, 0, 0, 0, 1]


def test_any_trace_on_the_card_counts(api: Any, world: World, clock: FakeClock) -> None:
    out(api, world)
    clock.advance(days=20)
    entry = Entry(clock(), "深圳", "微党课", "lesson", Decimal("0.5"), "viewing:1", None)
    in_unit_of_work(lambda: add_record(world.member.member.id, entry, now=clock()))
    clock.advance(days=20)
    assert ask(watch_silences, clock) == 0
    assert MemberFlow.get().next_watch_on == date(2027, 1, 13)
    clock.advance(days=11)
    assert ask(watch_silences, clock) == 1


def test_a_step_of_his_own_is_a_trace(api: Any, world: World, clock: FakeClock) -> None:
    flow = out(api, world)
    clock.advance(days=20)
    take(api, world.member, flow, "report-in", {"host": "NS-01"})
    clock.advance(days=20)
    assert ask(watch_silences, clock) == 0


def test_reaching_him_settles_the_task_and_the_count_starts_anew(api: Any, world: World, clock: FakeClock) -> None:
    flow = out(api, world)
    months_on(clock, 1)
    ask(watch_silences, clock)
    body = {"made_on": "2026-12-23", "way": "phone"}
    api(world.second_member).post(f"/floating-records/{flow}/contacts", {**body, "reached": False})
    assert len(watches(api, world.second_member)) == 1
    api(world.second_member).post(f"/floating-records/{flow}/contacts", body)
    assert watches(api, world.second_member) == []
    (done,) = watches(api, world.second_member, settled="true")
    assert done["finding"] == "reached"
    months_on(clock, 1)
    assert ask(watch_silences, clock) == 1
    assert [one["silent_since"] for one in watches(api, world.second_member)] == ["2026-12-23"]


def test_a_task_is_settled_once_by_whom_it_concerns(api: Any, world: World, clock: FakeClock) -> None:
    out(api, world)
    months_on(clock, 1)
    ask(watch_silences, clock)
    (task,) = api(world.secretary).get("/organizations/DH-01-01/floating-watches").data["items"]
    path, said = f"/floating-watches/{task['id']}/settle", {"finding": "through_family", "note": "家人说在外地"}
    for person, status in (
        (world.member, 404),
        (world.volunteer, 404),
        (world.host_secretary, 404),
        (world.county_officer, 404),
        (None, 401),
    ):
        assert api(person).post(path, said).status == status
    assert api(world.host_secretary).get("/organizations/DH-01-01/floating-watches").status == 404
    assert api(world.second_member).post(path, {"finding": "gone"}).status == 422
    assert api(world.second_member).post(path, said).data["finding"] == "through_family"
    assert api(world.secretary).post(path, said).code == "already_settled"
    assert FlowWatch.get().settled_by_id == world.second_member.account.id
    months_on(clock, 2)
    assert ask(watch_silences, clock) == 1  # he himself was not heard of: the graver level is a task of its own


def test_nothing_is_due_once_the_stay_is_over(api: Any, world: World, clock: FakeClock) -> None:
    flow = out(api, world, place_fixed=True)
    take(api, world.secretary, flow, "withdraw", {"reason": "没有外出"})
    months_on(clock, 8)
    assert [ask(job, clock) for job in (remind_of_contacts, watch_silences, advise_transfers)] == [0, 0, 0]


def test_a_beat_asks_only_for_what_is_due(api: Any, world: World, clock: FakeClock, statements: Any) -> None:
    out(api, world, place_fixed=True)
    with statements() as ran:
        for job in (remind_of_contacts, watch_silences, advise_transfers):
            ask(job, clock)
    assert len(ran) == 3


# ---------------------------------------------------------------- advice to transfer


def test_a_transfer_is_advised_after_six_months_at_a_fixed_place(api: Any, world: World, clock: FakeClock) -> None:
    flow = out(api, world, place_fixed=True)
    assert act(api, world.secretary, flow, "advise-transfer").code == "too_early"
    assert "advise-transfer" not in offered(api(world.secretary).get(f"/floating-records/{flow}").data)
    clock.set(datetime(2027, 5, 22, 23, 59, tzinfo=SHANGHAI))
    assert ask(advise_transfers, clock) == 0
    clock.advance(minutes=1)
    assert (ask(advise_transfers, clock), ask(advise_transfers, clock)) == (1, 0)
    seen = api(world.secretary).get(f"/floating-records/{flow}").data
    assert (seen["state"], seen["transfer_advised_on"]) == ("out", "2027-05-23")
    assert (seen["log"][-1]["part"], seen["log"][-1]["step"]) == ("系统", "advise-transfer")
    spread_all(clock())
    assert told("建议转接组织关系") == ["孙立新", "钱晓梅"]


@pytest.mark.parametrize("changed", [{"place_fixed": False}, {"place_fixed": True, "abroad": True}])
def test_without_a_fixed_place_or_abroad_no_transfer_is_advised(
    api: Any, world: World, clock: FakeClock, changed: dict[str, Any]
) -> None:
    flow = out(api, world, **changed)
    months_on(clock, 7)
    assert ask(advise_transfers, clock) == 0
    by_hand = act(api, world.secretary, flow, "advise-transfer", {"note": "已租房定居"})
    if changed.get("abroad"):
        assert by_hand.code == "stays_abroad"
    else:  # by advising it home says that the place is fixed
        assert (by_hand.data["place_fixed"], by_hand.data["transfer_advised_on"]) == (True, "2027-06-23")
