"""A tree from a file: rows in any order, each fault named, the same file again changes nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import pytest

from backend.core.errors import Invalid
from backend.core.settings import Settings
from backend.people.models import Organization
from backend.people.roster.importing import Outcome
from backend.people.tree.checking import _CHECKS
from backend.people.tree.columns import BY_NAME, LEVELS, SECTORS, Column
from backend.people.tree.command import run
from backend.people.tree.history import Deed
from backend.people.tree.importing import import_organizations
from backend.people.tree.models import OrganizationChange, OrganizationGram
from tests.cast import World
from tests.conftest import FakeClock
from tests.people.roster.files import csv_text, workbook

HEADER = ["组织代码", "组织名称", "组织类别", "上级组织代码", "层级", "领域", "行政区划代码", "联系人", "联系电话"]
CELL = ["Z-1-1", "第一党小组", "党小组", "Z-1", "", "", "", "", ""]
BRANCH = ["Z-1", "清水村党支部", "党支部", "Z", "基层", "村", "511602001", "王小明", "13800001234"]
COMMITTEE = ["Z", "清水镇党委", "党委", "DH", "乡镇街道", "街道", "511602", "", ""]


@pytest.fixture
def take_in(tmp_path: Path, world: World, clock: FakeClock) -> Any:
    """Import rows as a file."""

    def work(rows: Sequence[Sequence[str]], *, dry_run: bool = False, raw: bytes | None = None) -> Outcome:
        path = tmp_path / "tree"
        path.write_bytes(csv_text([HEADER, *rows]).encode() if raw is None else raw)
        return import_organizations(path, Deed(None, None, clock().date(), clock()), dry_run=dry_run)

    return work


def test_children_may_stand_before_their_parents(take_in: Any, world: World) -> None:
    outcome = take_in([CELL, BRANCH, COMMITTEE])
    assert (outcome.created, outcome.updated, outcome.unchanged, outcome.applied) == (3, 0, 0, True)
    rows = {row.code: row for row in Organization.select().where(Organization.code.startswith("Z"))}
    assert rows["Z"].path == f"{world.county.path}{rows['Z'].id}."
    assert rows["Z-1-1"].path == f"{rows['Z'].path}{rows['Z-1'].id}.{rows['Z-1-1'].id}."
    branch = rows["Z-1"]
    assert (branch.level, branch.sector, branch.division) == ("grassroots", "village", "511602001")
    assert branch.contact_phone.open() == "13800001234"
    assert OrganizationGram.select().where(OrganizationGram.gram == "清水").count() == 2
    history = OrganizationChange.select().where(OrganizationChange.organization == branch.id).get()
    assert (history.kind, history.account_id, history.reason) == ("founded", None, "批量导入")
    assert "13800001234" not in str(history.after)


def test_the_same_file_again_changes_nothing_and_another_one_what_differs(take_in: Any, world: World) -> None:
    take_in([COMMITTEE, BRANCH])
    again = take_in([COMMITTEE, BRANCH])
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    renamed = [BRANCH[0], "清泉村党支部", *BRANCH[2:5], "", *BRANCH[6:8], "13855551234"]
    changed = take_in([COMMITTEE, renamed])
    assert (changed.created, changed.updated, changed.unchanged) == (0, 1, 1)
    branch = Organization.get(Organization.code == "Z-1")
    assert (branch.name, branch.sector, branch.contact_phone.open()) == ("清泉村党支部", "village", "13855551234")
    found = OrganizationGram.select().where(OrganizationGram.organization == branch.id)
    assert {"清泉", "清水"} & {row.gram for row in found} == {"清泉"}


def test_a_dry_run_and_a_faulty_file_write_nothing(take_in: Any, world: World) -> None:
    before = Organization.select().count()
    assert take_in([COMMITTEE], dry_run=True).applied is False
    outcome = take_in([COMMITTEE, [*BRANCH[:2], "党支", *BRANCH[3:]]])
    assert (outcome.applied, len(outcome.faults)) == (False, 1)
    assert Organization.select().count() == before


def changed(row: list[str], **cells: str) -> list[str]:
    """A row with other cells."""
    return [cells.get(title, cell) for title, cell in zip(HEADER, row, strict=True)]


@pytest.mark.parametrize(
    ("rows", "column", "said"),
    [
        ([changed(COMMITTEE, 组织代码="")], "组织代码", "字母、数字"),
        ([changed(COMMITTEE, 组织代码="清水")], "组织代码", "字母、数字"),
        ([changed(COMMITTEE, 组织名称="")], "组织名称", "必须填写"),
        ([changed(COMMITTEE, 组织名称="清" * 81)], "组织名称", "80"),
        ([changed(COMMITTEE, 组织类别="")], "组织类别", "党支部"),
        ([changed(COMMITTEE, 层级="中央")], "层级", "省级"),
        ([changed(COMMITTEE, 领域="银行")], "领域", "机关"),
        ([changed(COMMITTEE, 行政区划代码="5116")], "行政区划代码", "6 到 12 位"),
        ([changed(COMMITTEE, 联系人="王")], "联系电话", "要么都填"),
        ([changed(COMMITTEE, 联系人="王", 联系电话="1")], "联系电话", "手机号"),
        ([changed(COMMITTEE, 上级组织代码="QQ")], "上级组织代码", "没有这个上级"),
        ([changed(COMMITTEE, 上级组织代码="DH-01-01")], "组织类别", "不能设在党支部之下"),
        ([changed(BRANCH, 上级组织代码="")], "组织类别", "须有上级"),
        ([COMMITTEE, COMMITTEE], "组织代码", "第 2 行重复"),
        ([COMMITTEE, changed(BRANCH, 层级="省级")], "层级", "不能高于"),
        (
            [changed(COMMITTEE, 组织代码="NS-01", 组织类别="党支部", 上级组织代码="DH-01")],
            "上级组织代码",
            "调整隶属关系",
        ),
    ],
)
def test_each_fault_is_named(take_in: Any, world: World, rows: Any, column: str, said: str) -> None:
    faults = take_in(rows).faults
    assert [(fault.column, said in fault.message) for fault in faults] == [(column, True)]
    assert faults[0].row == len(rows) + 1


def test_a_circle_and_a_closed_organisation_are_refused(take_in: Any, world: World, clock: FakeClock) -> None:
    circle = [changed(COMMITTEE, 上级组织代码="Y"), changed(COMMITTEE, 组织代码="Y", 上级组织代码="Z")]
    assert ["绕成了一圈" in fault.message for fault in take_in(circle).faults] == [True, True]
    Organization.update(closed_on=clock().date()).where(Organization.code == "DH").execute()
    assert ["上级组织已撤销" in fault.message for fault in take_in([COMMITTEE]).faults] == [True]
    known = changed(COMMITTEE, 组织代码="DH", 上级组织代码="")
    assert ["已撤销" in fault.message for fault in take_in([known]).faults] == [True]


def test_a_workbook_with_a_title_and_full_width_digits_is_taken(take_in: Any, world: World) -> None:
    header = ["党组织代码", "党组织全称", "党组织类别", "上级党组织代码", "行政区划"]
    rows = [["全县党组织名册"], header, ["Ｚ", "清水镇党委", "党委", "DH", "５１１６０２"]]
    assert take_in([], raw=workbook(rows)).created == 1
    assert Organization.get(Organization.code == "Z").division == "511602"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "empty_file"),
        ("今天天气不错\n".encode(), "no_header"),
        ("组织代码,组织名称\nZ,清水\n".encode(), "missing_column"),
        ("组织代码,组织名称,组织类别\n".encode(), "empty_file"),
        (b"PK\x03\x04", "unreadable_file"),
    ],
)
def test_what_is_no_table_of_organisations_is_one_sentence(take_in: Any, raw: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        take_in([], raw=raw)
    assert refusal.value.code == code


def test_every_column_is_checked_and_every_choice_has_a_word() -> None:
    assert set(_CHECKS) == set(Column) == set(BY_NAME.values())
    assert (len(LEVELS), len(SECTORS)) == (5, 10)


def test_the_command_says_what_became_of_the_file(
    tmp_path: Path, world: World, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tree"
    path.write_text(csv_text([HEADER, COMMITTEE, BRANCH]), encoding="utf-8")
    assert run(path, dry_run=True, settings=settings) == 0
    assert run(path, dry_run=False, settings=settings) == 0
    said = capsys.readouterr().out
    assert said == "检查通过，未写入：新增 2，更新 0，不变 0\n已导入：新增 2，更新 0，不变 0\n"
    path.write_bytes(b"\x00")
    with pytest.raises(click.ClickException):
        run(path, dry_run=False, settings=settings)


def test_a_tree_of_many_parts_hangs_together(take_in: Any, world: World) -> None:
    """More rows than one unit of work takes, parents and children on both sides of the seam."""
    rows = [changed(COMMITTEE, 组织代码=f"Z{number}", 组织名称=f"第{number}党委") for number in range(700)]
    rows += [changed(BRANCH, 组织代码=f"B{number}", 上级组织代码=f"Z{number}") for number in range(700)]
    assert take_in(rows[::-1]).created == 1400
    above = Organization.alias()
    wrong = (
        Organization.select(Organization.path, above.path.alias("root"), Organization.id)
        .join(above, on=(Organization.parent == above.id))
        .where(Organization.path != above.path.concat(Organization.id.cast("CHAR")).concat("."))
    )
    assert wrong.count() == 0
