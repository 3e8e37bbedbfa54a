"""The import at a terminal."""

from pathlib import Path

import click
import pytest

from backend.core.settings import Settings
from backend.people.models import Member
from backend.people.roster.command import run
from tests.cast import World
from tests.people.roster.files import HEADER, person, workbook


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A roster of twelve hundred, three units of work."""
    path = tmp_path / "roster"
    path.write_bytes(workbook([HEADER, *(person(number) for number in range(1200))]))
    return path


def test_a_dry_run_then_the_import(
    file: Path, world: World, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    before = Member.select().count()
    assert run([file], "DH-01-01", dry_run=True, settings=settings) == 0
    assert capsys.readouterr().out == "检查通过，未写入：新增 1200，更新 0，不变 0\n"
    assert Member.select().count() == before
    assert run([file], "DH-01-01", dry_run=False, settings=settings) == 0
    assert capsys.readouterr().out == "已导入：新增 1200，更新 0，不变 0\n"
    assert Member.select().count() == before + 1200


def test_faults_are_listed_and_nothing_is_written(
    tmp_path: Path, world: World, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "roster"
    path.write_bytes(workbook([HEADER, *(person(number) for number in range(600)), person(601, 手机号码="12")]))
    before = Member.select().count()
    assert run([path], "DH-01-01", dry_run=False, settings=settings) == 1
    assert capsys.readouterr().out == ("第 602 行 手机号码“****12”：应为 11 位手机号\n共 1 处问题，没有导入任何一行\n")
    assert Member.select().count() == before


def test_what_cannot_be_read_is_one_sentence(file: Path, world: World, settings: Settings) -> None:
    with pytest.raises(click.ClickException, match="没有这个组织"):
        run([file], "nowhere", dry_run=False, settings=settings)
    file.write_bytes(b"PK\x03\x04")
    with pytest.raises(click.ClickException, match="文件打不开"):
        run([file], "DH-01-01", dry_run=False, settings=settings)
