"""Somebody else changes the roster while a file is being taken in."""

from collections.abc import Callable
from pathlib import Path

import pytest

from backend.core.errors import Conflict
from backend.people.models import Member
from backend.people.roster.importing import CHUNK, Import, Outcome, import_roster
from tests.cast import World
from tests.conftest import FakeClock
from tests.people.roster.files import HEADER, person, workbook

Meanwhile = Callable[[int, int], None]


def rows(**of_last: str) -> list[list[str]]:
    """Two units of work; the last row is somebody that another import knows, too."""
    return [person(number) for number in range(CHUNK + 4)] + [person(9_000, 姓名="欧阳修远", **of_last)]


@pytest.mark.parametrize("of_last", [{}, {"公民身份号码": ""}])
def test_nobody_is_entered_twice_and_a_second_try_ends_it(
    world: World, clock: FakeClock, tmp_path: Path, of_last: dict[str, str]
) -> None:
    """The other import runs between the first unit of work and the second."""

    def take_in(name: str, content: list[list[str]], meanwhile: Meanwhile = lambda _step, _total: None) -> Outcome:
        file = tmp_path / name
        file.write_bytes(workbook([HEADER, *content]))
        order = Import(world.branch, None, clock().date(), clock())
        return import_roster(file, order, dry_run=False, progress=meanwhile)

    whole = rows(**of_last)
    with pytest.raises(Conflict) as lost:
        take_in("first", whole, lambda _step, _total: take_in("second", whole[-1:]) and None)
    assert lost.value.code == "roster_changed"
    again = take_in("first", whole)
    assert (again.created, again.unchanged) == (4, CHUNK + 1)
    assert Member.select().where(Member.name == "欧阳修远").count() == 1


def test_two_of_one_name_and_one_of_them_without_a_number(world: World, clock: FakeClock, tmp_path: Path) -> None:
    file = tmp_path / "roster"
    file.write_bytes(workbook([HEADER, person(1, 姓名="钱晓梅"), person(2, 姓名="钱晓梅")]))
    outcome = import_roster(file, Import(world.branch, None, clock().date(), clock()), dry_run=True)
    assert [(fault.row, fault.column) for fault in outcome.faults] == [(3, "姓名")]
    assert "单独导入" in outcome.faults[0].message
