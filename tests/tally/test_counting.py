"""Counting: deltas appended, folded once, added up over the tree."""

import threading
from datetime import date, timedelta

import pytest

from backend.core.database import connected, in_unit_of_work
from backend.people.models import Organization
from backend.tally import due
from backend.tally.counting import by_child, by_day, count, total
from backend.tally.due import FOLD_BATCH, fold, regraft
from backend.tally.models import TallyCount, TallyDelta
from tests.cast import LONG_AGO, World
from tests.conftest import FakeClock

MONDAY = date(2026, 11, 23)


def note(world: World, where: str, *, day: date = MONDAY, amount: int = 1, measure: str = "check_in") -> None:
    """Count something in a unit of work of its own."""
    place = world.organizations[where].id
    in_unit_of_work(lambda: count(measure, place, day=day, amount=amount))


def sums(world: World, measure: str = "check_in", first: date = MONDAY, last: date = MONDAY) -> dict[str, int]:
    """The total of each organisation with all below it."""
    return {
        code: total(measure, world.organizations[code].path, first=first, last=last)
        for code in ("county", "street", "branch", "host_branch")
    }


def test_a_count_outside_of_a_unit_of_work_is_refused(world: World) -> None:
    with pytest.raises(RuntimeError, match="unit of work"):
        count("check_in", world.branch.id, day=MONDAY)
    assert TallyDelta.select().count() == 0


def test_what_was_counted_in_a_failed_work_was_not_counted(world: World) -> None:
    def work() -> None:
        count("check_in", world.branch.id, day=MONDAY)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        in_unit_of_work(work)
    assert sums(world)["county"] == 0


def test_totals_add_up_the_tree_before_and_after_folding(world: World, clock: FakeClock) -> None:
    for where, amount in (("branch", 2), ("branch", 3), ("street", 1), ("host_branch", 10), ("branch", -1)):
        note(world, where, amount=amount)
    wanted = {"county": 15, "street": 5, "branch": 4, "host_branch": 10}
    assert sums(world) == wanted
    assert fold(now=clock()) == 5
    assert sums(world) == wanted
    assert TallyDelta.select().count() == 0
    assert TallyCount.select().count() == 4  # county, street, both branches
    note(world, "branch")
    assert sums(world)["county"] == 16
    fold(now=clock())
    assert sums(world)["branch"] == 5
    assert TallyCount.select().count() == 4


def test_measures_and_days_are_apart_and_both_ends_of_a_span_count(world: World, clock: FakeClock) -> None:
    for days in range(4):
        note(world, "branch", day=MONDAY + timedelta(days=days))
    note(world, "branch", measure="order")
    fold(now=clock())
    assert sums(world, first=MONDAY, last=MONDAY + timedelta(days=3))["branch"] == 4
    assert sums(world, first=MONDAY + timedelta(days=1), last=MONDAY + timedelta(days=2))["branch"] == 2
    assert sums(world, measure="order")["branch"] == 1
    assert sums(world, measure="nothing")["county"] == 0


def test_folding_nothing_is_nothing_and_asking_twice_harmless(world: World, clock: FakeClock) -> None:
    assert fold(now=clock()) == 0
    note(world, "branch")
    assert [fold(now=clock()), fold(now=clock())] == [1, 0]
    assert sums(world)["branch"] == 1


def test_a_fold_goes_on_batch_by_batch_but_not_for_ever(
    world: World, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "BATCHES_AT_ONCE", 2)
    row = {"measure": "check_in", "organization": world.branch.id, "day": MONDAY, "amount": 1}
    TallyDelta.insert_many([row] * (2 * FOLD_BATCH + 5)).execute()
    assert fold(now=clock()) == 2 * FOLD_BATCH
    assert sums(world)["branch"] == 2 * FOLD_BATCH + 5
    assert fold(now=clock()) == 5
    assert {row.amount for row in TallyCount.select()} == {2 * FOLD_BATCH + 5}


def test_two_folding_processes_and_a_counting_one_lose_and_double_nothing(world: World, clock: FakeClock) -> None:
    """Each batch holds every day, so both processes want to make the same rows at the same moment."""
    week = [MONDAY + timedelta(days=number) for number in range(7)]
    one = {"measure": "check_in", "organization": world.branch.id, "amount": 1}
    TallyDelta.insert_many([{**one, "day": week[number % 7]} for number in range(2_800)]).execute()
    branch, gate = world.branch.id, threading.Barrier(3)

    def fold_all() -> None:
        with connected():
            gate.wait()
            for _ in range(4):
                fold(now=clock())

    def count_on() -> None:
        with connected():
            gate.wait()
            for _ in range(20):
                in_unit_of_work(lambda: count("check_in", branch, day=MONDAY))

    threads = [threading.Thread(target=work) for work in (fold_all, fold_all, count_on)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sums(world, last=week[-1])["county"] == 2_820
    while fold(now=clock()):
        pass
    assert sums(world, last=week[-1])["county"] == 2_820
    assert sums(world)["county"] == 420
    assert TallyCount.select().count() == 7 * 3  # branch, street, county


def move(world: World, part: str, below: str) -> None:
    """Let an organisation stand below another one, in one unit of work with what it counted."""
    organization, above = world.organizations[part], world.organizations[below]
    old, new = organization.path, f"{above.path}{organization.id}."

    def work() -> None:
        Organization.update(path=new, parent=above.id).where(Organization.id == organization.id).execute()
        regraft(old, new, now=LONG_AGO)

    in_unit_of_work(work)
    organization.path = new


def test_what_a_moved_organisation_counted_counts_above_its_new_place(world: World, clock: FakeClock) -> None:
    note(world, "branch", amount=3)
    note(world, "host_branch", amount=4)
    fold(now=clock())
    note(world, "branch", amount=2)  # not folded yet
    move(world, "branch", "host_branch")
    assert sums(world) == {"county": 9, "street": 0, "branch": 5, "host_branch": 9}
    fold(now=clock())
    assert sums(world) == {"county": 9, "street": 0, "branch": 5, "host_branch": 9}
    move(world, "branch", "street")
    assert sums(world) == {"county": 9, "street": 5, "branch": 5, "host_branch": 4}


def test_a_move_while_folding_loses_and_doubles_nothing(world: World, clock: FakeClock) -> None:
    note(world, "branch", amount=1)
    fold(now=clock())
    row = {"measure": "check_in", "organization": world.branch.id, "day": MONDAY, "amount": 1}
    TallyDelta.insert_many([row] * (3 * FOLD_BATCH)).execute()
    gate = threading.Barrier(2)

    def fold_all() -> None:
        with connected():
            gate.wait()
            while fold(now=clock()):
                pass

    folding = threading.Thread(target=fold_all)
    folding.start()
    gate.wait()
    for below in ("host_branch", "street", "host_branch"):
        move(world, "branch", below)
    folding.join()
    assert sums(world) == {
        "county": 3 * FOLD_BATCH + 1,
        "street": 0,
        "branch": 3 * FOLD_BATCH + 1,
        "host_branch": 3 * FOLD_BATCH + 1,
    }


def test_days_and_children_add_up_to_the_whole_before_and_after_folding(world: World, clock: FakeClock) -> None:
    tuesday = MONDAY + timedelta(days=1)
    for where, day, amount in (("branch", MONDAY, 2), ("street", MONDAY, 1), ("host_branch", tuesday, 10)):
        note(world, where, day=day, amount=amount)
    county, measures = world.organizations["county"].path, ["check_in"]
    children = {world.organizations["street"].id: 3, world.organizations["host_branch"].id: 10}
    for _ in range(3):
        days = by_day(measures, county, first=MONDAY, last=tuesday)
        assert days == {(MONDAY, "check_in"): 3, (tuesday, "check_in"): 10}
        below = by_child(measures, county, first=MONDAY, last=tuesday)
        assert {child: amount for (child, _), amount in below.items()} == children
        assert by_child(measures, world.branch.path, first=MONDAY, last=tuesday) == {}
        fold(now=clock())
        note(world, "host_branch", day=tuesday, amount=0)
