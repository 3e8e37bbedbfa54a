"""Rosters taken out: they come back the same, hold no formula, and each is logged."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook

from backend.core.audit import AuditEntry
from backend.people.models import Member
from backend.people.roster.importing import Import, import_roster
from tests.cast import Person, World
from tests.conftest import FakeClock
from tests.people.roster.files import HEADER, person, workbook

Fetch = Callable[..., tuple[int, bytes]]


@pytest.fixture
def fetch(app: Flask, world: World) -> Fetch:
    """Downloads a workbook."""

    def fetching(path: str, by: Person) -> tuple[int, bytes]:
        answer = app.test_client().get(f"/api/v1{path}", headers={"Authorization": f"Bearer {by.token}"})
        Member._meta.database.connect(reuse_if_open=True)
        return answer.status_code, answer.data

    return fetching


def take_in(content: bytes, world: World, clock: FakeClock, tmp_path: Path) -> tuple[int, int, int]:
    """Import a file; what it created, updated and left."""
    file = tmp_path / "roster"
    file.write_bytes(content)
    order = Import(world.branch, None, clock().date(), clock())
    outcome = import_roster(file, order, dry_run=False)
    assert outcome.faults == []
    return outcome.created, outcome.updated, outcome.unchanged


def test_what_goes_out_comes_back_the_same(fetch: Fetch, world: World, clock: FakeClock, tmp_path: Path) -> None:
    take_in(workbook([HEADER, *(person(number) for number in range(20))]), world, clock, tmp_path)
    status, content = fetch("/organizations/DH-01-01/members.xlsx?purpose=年度核对", world.secretary)
    assert status == 200
    (entry,) = AuditEntry.select().where(AuditEntry.action == "roster.export")
    assert (entry.purpose, entry.actor_id) == ("年度核对", world.secretary.account.id)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert rows[0] == HEADER
    assert rows[-1][:5] == person(19)[:5]
    assert take_in(content, world, clock, tmp_path) == (0, 0, len(rows) - 1)


def test_an_old_name_that_looks_like_a_formula_goes_out_as_text(fetch: Fetch, world: World) -> None:
    Member.update(name="=1+1").where(Member.id == world.member.member.id).execute()
    _, content = fetch("/organizations/DH-01-01/members.xlsx", world.secretary)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert "=1+1" in [row[0] for row in rows]


def test_the_template_is_an_empty_roster(fetch: Fetch, world: World) -> None:
    status, content = fetch("/organizations/DH-01-01/imports/template.xlsx", world.secretary)
    assert status == 200
    assert CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python() == [HEADER]


@pytest.mark.parametrize("path", ["members.xlsx", "imports/template.xlsx"])
def test_who_may_take_it_out(fetch: Fetch, world: World, path: str) -> None:
    seen = {
        part: fetch(f"/organizations/DH-01-01/{path}", world.people[part])[0]
        for part in ("secretary", "county_officer", "member", "host_secretary", "resident")
    }
    assert seen == {"secretary": 200, "county_officer": 200, "member": 403, "host_secretary": 404, "resident": 404}
