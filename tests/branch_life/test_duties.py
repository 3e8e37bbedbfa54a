"""Duties: what is owed by whom, met by the roll, late when time is up, added up the tree."""

from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from backend.branch_life.activities.models import Activity, CheckIn
from backend.branch_life.duties.due import generate_duties, settle_duties
from backend.branch_life.duties.generating import Makeup, waived_for
from backend.branch_life.duties.models import Duty
from backend.branch_life.duties.periods import Every, period_of
from backend.branch_life.duties.rules import (
    DUTY_RULES,
    WITHOUT_CELLS,
    WITHOUT_COMMITTEE,
    WITHOUT_FULL_MEMBERS,
)
from backend.branch_life.kinds import ActivityKind
from backend.core.crypto import new_public_id
from backend.people.models import Member, Membership, MembershipKind, MemberStatus, Organization, OrganizationKind
from backend.people.tree.rules import BRANCHES
from backend.rooms import RECOUNTS
from backend.tally.due import fold
from backend.tally.recounting import differences
from tests.branch_life.makers import END, START, Calls, host, planned, scan
from tests.cast import LONG_AGO, SINCE, World
from tests.conftest import SHANGHAI

NOVEMBER = "2026-11"
AFTER = END + timedelta(hours=1)


def generated(clock: Any) -> int:
    return generate_duties(timezone=SHANGHAI, now=clock())


def settled(clock: Any) -> int:
    return settle_duties(timezone=SHANGHAI, now=clock())


def duty(world: World, kind: str, period: str = NOVEMBER) -> Any:
    return Duty.get(Duty.organization == world.branch, Duty.kind == kind, Duty.period == period)


def found(world: World, code: str, kind: OrganizationKind, above: Any) -> Any:
    """A new organisation below another one."""
    made = Organization.create(code=code, name=code, kind=kind, parent=above, path=code, created_at=LONG_AGO)
    made.path = f"{above.path}{made.id}."
    made.save()
    return made


def enrol(organization: Any, count: int, status: MemberStatus = MemberStatus.FULL) -> None:
    """More members of an organisation."""
    for number in range(count):
        member = Member.create(
            public_id=new_public_id(),
            name=f"党员{number}",
            status=status,
            organization=organization,
            created_at=LONG_AGO,
        )
        Membership.create(member=member, organization=organization, kind=MembershipKind.HOME, since_on=SINCE)


def attended(api: Calls, world: World, clock: Any, **changed: Any) -> str:
    """An activity of the branch, over by now, at which a member checked in."""
    activity = planned(api, world, **changed)
    clock.set(START)
    assert scan(api, world.member, activity, START).status == 201
    clock.set(AFTER)
    return activity


@pytest.mark.parametrize(
    ("every", "day", "expected"),
    [
        (Every.MONTH, date(2026, 2, 10), ("2026-02", date(2026, 2, 1), date(2026, 2, 28))),
        (Every.MONTH, date(2028, 2, 29), ("2028-02", date(2028, 2, 1), date(2028, 2, 29))),
        (Every.QUARTER, date(2026, 3, 31), ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31))),
        (Every.QUARTER, date(2026, 4, 1), ("2026-Q2", date(2026, 4, 1), date(2026, 6, 30))),
        (Every.QUARTER, date(2026, 12, 31), ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31))),
        (Every.YEAR, date(2026, 7, 1), ("2026", date(2026, 1, 1), date(2026, 12, 31))),
    ],
)
def test_periods_are_those_of_the_calendar(every: Every, day: date, expected: Any) -> None:
    assert period_of(every, day) == expected


def _expected_waiver(kind: ActivityKind, makeup: Makeup) -> str | None:
    """The rule in the words of the regulations, a second time and on its own."""
    temporary = makeup.kind is OrganizationKind.TEMPORARY_BRANCH
    away = temporary or makeup.kind is OrganizationKind.FLOATING_BRANCH
    if (kind is ActivityKind.MEMBER_ASSEMBLY and temporary) or (kind is ActivityKind.DEMOCRATIC_APPRAISAL and away):
        return "its kind"
    if kind is ActivityKind.CELL_MEETING:
        return None if makeup.cells else WITHOUT_CELLS
    if makeup.full_members == 0 and not temporary:
        return WITHOUT_FULL_MEMBERS
    return WITHOUT_COMMITTEE if kind is ActivityKind.COMMITTEE_MEETING and makeup.full_members < 7 else None


@pytest.mark.parametrize(
    ("rule", "branch", "full", "cells"),
    [
        (rule, branch, full, cells)
        for rule, branch, full, cells in product(DUTY_RULES, sorted(BRANCHES), (0, 1, 6, 7, 8), (0, 2))
        if branch in rule.owed_by
    ],
)
def test_every_waiver_has_its_reason(rule: Any, branch: OrganizationKind, full: int, cells: int) -> None:
    makeup = Makeup(branch, full, cells)
    expected = _expected_waiver(rule.kind, makeup)
    actual = waived_for(rule, makeup)
    assert actual == (rule.waived[branch] if expected == "its kind" else expected)
    assert actual is None or len(actual) <= 80


def test_what_is_owed_is_written_once(world: World, clock: Any) -> None:
    assert generated(clock) > 0
    rows = {
        (row.kind, row.period): (row.state, row.waived_for)
        for row in Duty.select().where(Duty.organization == world.branch)
    }
    assert rows[("party_day", NOVEMBER)] == ("due", None)
    assert rows[("member_assembly", "2026-Q4")] == ("due", None)
    assert rows[("life_meeting", "2026")] == rows[("party_lecture", "2026")] == ("due", None)
    assert rows[("committee_meeting", NOVEMBER)] == ("waived", WITHOUT_COMMITTEE)
    assert rows[("cell_meeting", NOVEMBER)] == ("waived", WITHOUT_CELLS)
    assert {period for _, period in rows} == {NOVEMBER, "2026-Q4", "2026"}
    assert Duty.get(Duty.organization == world.county).kind == "party_lecture"
    assert generated(clock) == 0


def test_the_coming_month_is_written_a_week_ahead(world: World, clock: Any) -> None:
    generated(clock)
    clock.set(datetime(2026, 11, 24, 23, 59, tzinfo=SHANGHAI))
    assert generated(clock) > 0
    december = duty(world, "party_day", "2026-12")
    assert (december.state, december.starts_on, december.due_on) == ("due", date(2026, 12, 1), date(2026, 12, 31))


def test_seven_full_members_owe_a_committee_and_cells_owe_their_meetings(world: World, clock: Any) -> None:
    enrol(world.branch, 3)
    cell = found(world, "DH-01-01-A", OrganizationKind.CELL, world.branch)
    generated(clock)
    assert duty(world, "committee_meeting").state == "due"
    assert Duty.get(Duty.organization == cell).kind == "cell_meeting"
    assert not Duty.select().where(Duty.organization == world.branch, Duty.kind == "cell_meeting").exists()
    assert generated(clock) == 0


def test_probationary_members_make_no_committee(world: World, clock: Any) -> None:
    enrol(world.branch, 2)
    enrol(world.branch, 5, MemberStatus.PROBATIONARY)
    generated(clock)
    assert duty(world, "committee_meeting").waived_for == WITHOUT_COMMITTEE


def test_a_roll_meets_the_duty_without_another_word(api: Calls, world: World, clock: Any) -> None:
    generated(clock)
    activity = attended(api, world, clock)
    assert settled(clock) == 1
    met = duty(world, "party_day")
    assert (met.state, met.activity.public_id, met.settled_at) == ("met", activity, clock())
    assert settled(clock) == 0
    assert duty(world, "member_assembly", "2026-Q4").state == "due"


def test_what_meets_no_duty(api: Calls, world: World, clock: Any) -> None:
    generated(clock)
    host(world.member, world.host_branch)
    lonely = planned(api, world, title="没有人来")
    visited = planned(api, world, title="只有客人", invited={"visitors": True})
    ongoing = planned(api, world, title="还没开完", ends_at=(END + timedelta(hours=5)).isoformat())
    clock.set(START)
    assert scan(api, world.host_secretary, visited, START).status == 201
    assert scan(api, world.member, ongoing, START, nonce="nonce-0002").status == 201
    clock.set(AFTER)
    assert Activity.select().count() == len({lonely, visited, ongoing})
    assert settled(clock) == 0
    clock.set(END + timedelta(hours=6))
    assert settled(clock) == 1


def test_a_voided_roll_opens_the_duty_again(api: Calls, world: World, clock: Any) -> None:
    generated(clock)
    attended(api, world, clock)
    settled(clock)
    answer = api(world.secretary).post(f"/check-ins/{CheckIn.get().public_id}/void", {"reason": "点错人"})
    assert answer.status == 200
    assert settled(clock) == 1
    assert (duty(world, "party_day").state, duty(world, "party_day").activity) == ("due", None)
    assert settled(clock) == 0


def test_a_duty_turns_late_after_the_days_of_grace(world: World, clock: Any) -> None:
    generated(clock)
    clock.set(datetime(2026, 12, 5, 23, 59, tzinfo=SHANGHAI))
    settled(clock)
    assert duty(world, "party_day").state == "due"
    clock.set(datetime(2026, 12, 6, 0, 0, tzinfo=SHANGHAI))
    settled(clock)
    assert duty(world, "party_day").state == "late"
    assert duty(world, "committee_meeting").state == "waived"
    assert settled(clock) == 0


def test_what_is_put_on_record_after_the_lock_stays_late(api: Calls, world: World, clock: Any) -> None:
    generated(clock)
    activity = planned(api, world)
    clock.set(datetime(2026, 12, 8, 9, 0, tzinfo=SHANGHAI))
    settled(clock)
    request = api(world.member).post(f"/activities/{activity}/make-ups", {"reason": "补登"}).data["id"]
    assert api(world.secretary).post(f"/activities/{activity}/make-ups/{request}/approve", {}).status == 200
    assert settled(clock) == 1
    late = duty(world, "party_day")
    assert (late.state, late.activity.public_id) == ("late", activity)
    answer = api(world.county_officer).get("/organizations/DH-01/completion", kind="party_day", period=NOVEMBER)
    assert (answer.data["met"], answer.data["late"], answer.data["open"], answer.data["missing"]) == (0, 1, 0, [])


def test_members_read_what_their_branch_owes(api: Calls, world: World, clock: Any) -> None:
    generated(clock)
    answer = api(world.member).get("/organizations/DH-01-01/duties")
    assert answer.status == 200
    rows = {row["kind"]: row for row in answer.data["items"]}
    assert set(rows) == {rule.kind for rule in DUTY_RULES if OrganizationKind.BRANCH in rule.owed_by}
    assert rows["party_day"]["locked_on"] == "2026-12-06"
    assert "第十六条" in rows["party_day"]["source"]
    assert rows["committee_meeting"]["state_label"] == "不适用"
    month = api(world.secretary).get("/organizations/DH-01-01/duties", period="2026-Q4").data["items"]
    assert [row["kind"] for row in month] == ["member_assembly"]


@pytest.mark.parametrize("period", ["2026-13", "2026-Q5", "26", "2026-1", "x"])
def test_a_period_that_is_none_is_refused(api: Calls, world: World, period: str) -> None:
    assert api(world.secretary).get("/organizations/DH-01-01/duties", period=period).status == 422


def test_who_reads_duties_and_completion(api: Calls, world: World, clock: Any) -> None:
    people = ("member", "secretary", "county_officer", "host_secretary", "resident", "stranger")
    for person, duties, completion in zip(
        people, (200, 200, 200, 404, 404, 404), (403, 200, 200, 404, 404, 404), strict=True
    ):
        caller = api(getattr(world, person))
        assert caller.get("/organizations/DH-01-01/duties").status == duties, person
        asked = caller.get("/organizations/DH-01-01/completion", kind="party_day", period=NOVEMBER)
        assert asked.status == completion, person


def test_completion_adds_up_the_tree_without_what_is_waived(
    api: Calls, world: World, clock: Any, statements: Any
) -> None:
    for number in range(3):
        enrol(found(world, f"DH-01-X{number}", OrganizationKind.BRANCH, world.street), 1)
    found(world, "DH-01-EMPTY", OrganizationKind.BRANCH, world.street)
    generated(clock)
    attended(api, world, clock)
    settled(clock)
    caller = api(world.county_officer)
    asked = {"kind": "party_day", "period": NOVEMBER, "limit": 2}
    with statements() as sql:
        answer = caller.get("/organizations/DH-01/completion", **asked)
    assert len(sql) == 4  # who asks, the organisation, the figures, who lacks it
    data = answer.data
    assert (data["denominator"], data["met"], data["late"], data["open"], data["rate"]) == (4, 1, 0, 3, 0.25)
    assert data["exclusions"] == [{"reason": WITHOUT_FULL_MEMBERS, "count": 1}]
    assert "第十六条" in data["sources"][0]
    assert [row["organization"]["code"] for row in data["missing"]] == ["DH-01-X0", "DH-01-X1"]
    rest = caller.get("/organizations/DH-01/completion", **asked, cursor=data["next_cursor"]).data
    assert [row["organization"]["code"] for row in rest["missing"]] == ["DH-01-X2"]
    assert rest["next_cursor"] is None


def test_no_rate_without_a_denominator(api: Calls, world: World, clock: Any) -> None:
    generated(clock)
    asked = api(world.county_officer).get("/organizations/DH/completion", kind="committee_meeting", period=NOVEMBER)
    assert (asked.data["denominator"], asked.data["rate"]) == (0, None)
    assert asked.data["refused"]
    assert {row["reason"] for row in asked.data["exclusions"]} == {WITHOUT_COMMITTEE}


def figures(api: Calls, person: Any, code: str, **span: str) -> dict[str, Any]:
    answer = api(person).get(f"/organizations/{code}/duty-figures", **span)
    assert answer.status == 200, answer.body
    return {row["kind"]: row for row in answer.data["figures"]}


def test_the_figures_of_a_span_are_those_of_its_periods_and_of_a_recount(
    api: Calls, world: World, clock: Any, statements: Any
) -> None:
    enrol(world.host_branch, 1)
    generated(clock)
    attended(api, world, clock)
    settled(clock)
    clock.set(datetime(2026, 12, 7, 9, 0, tzinfo=SHANGHAI))
    generated(clock)
    settled(clock)
    fold(now=clock())
    figures(api, world.county_officer, "DH")  # the first request of a day also notes that he was here
    with statements() as sql:
        year = figures(api, world.county_officer, "DH")
    assert len(sql) == 3  # who asks, the organisation, the figures
    days = {name: year["party_day"][name] for name in ("denominator", "met", "late", "open", "rate")}
    assert days == {"denominator": 4, "met": 1, "late": 0, "open": 3, "rate": 0.25}
    assert year["member_assembly"]["denominator"] == 2  # the fourth quarter of two branches
    assert year["cell_meeting"]["refused"]
    november = figures(api, world.county_officer, "DH-01-01", **{"from": "2026-11-01", "to": "2026-11-30"})
    assert november["party_day"]["rate"] == 1.0
    assert november["member_assembly"]["refused"]
    assert differences(RECOUNTS) == []


def test_a_recount_names_what_the_records_do_not_bear_out(api: Calls, world: World, clock: Any) -> None:
    generated(clock)
    attended(api, world, clock)
    Duty.update(state="waived", waived_for=WITHOUT_CELLS).where(Duty.id == duty(world, "party_day").id).execute()
    CheckIn.update(in_force=None).execute()
    found = {(one.measure, one.organization_id, one.counted, one.recorded) for one in differences(RECOUNTS)}
    for organization in (world.branch, world.street, world.county):
        assert ("check_in", organization.id, 1, 0) in found
        assert ("waived:party_day:no_cells", organization.id, 0, 1) in found
    assert len(found) == 9


def test_who_reads_the_figures(api: Calls, world: World) -> None:
    for person, status in (("county_officer", 200), ("secretary", 200), ("member", 403), ("host_secretary", 404)):
        assert api(getattr(world, person)).get("/organizations/DH-01-01/duty-figures").status == status
    assert api(world.secretary).get("/organizations/DH-01-01/duty-figures", **{"from": "gestern"}).status == 422
