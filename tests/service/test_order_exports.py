"""Orders as files for officers: complete, in pages, without personal data, and nothing that a sheet would run."""

import csv
import io
import json
from typing import Any

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook

from backend.core.audit import AuditEntry
from backend.core.database import in_unit_of_work
from backend.people.models import Organization
from backend.service.exports.rows import COLUMNS, PAGE
from backend.service.models import ServiceOrder
from tests.service.conftest import LAMP, Desk

PERSONAL = ("李桂芳", "13812345678", LAMP["description"], LAMP["title"], "三号楼", "30.1234")


@pytest.fixture
def export(app: Flask, desk: Desk) -> Any:
    """GET the export as somebody; the answer as Flask gives it."""

    def read(form: str, part: str = "secretary", code: str = "DH-01-01", **span: str) -> Any:
        token = getattr(desk.world, part).token
        query = {"format": form, **span}
        url = f"/api/v1/organizations/{code}/orders/export"
        return app.test_client().get(url, query_string=query, headers={"Authorization": f"Bearer {token}"})

    return read


def lines(answer: Any) -> list[list[str]]:
    """A CSV as rows."""
    text = answer.data.decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def test_a_csv_has_a_line_for_each_order(desk: Desk, export: Any) -> None:
    first, second = desk.closed(), desk.submitted()
    answer = export("csv")
    assert (answer.status_code, answer.content_type) == (200, "text/csv; charset=utf-8")
    assert "orders-DH-01-01.csv" in answer.headers["Content-Disposition"]
    heading, *found = lines(answer)
    assert heading == list(COLUMNS.values())
    assert [row[0] for row in found] == [first, second]
    assert found[0][4:8] == ["公共设施报修", "III", "已结案", "已解决"]
    assert found[0][8] == "2026-11-23T09:00:00+08:00"
    assert found[1][7] == found[1][9] == ""


@pytest.mark.parametrize("form", ["csv", "xlsx", "json", "geojson"])
def test_nothing_personal_leaves(desk: Desk, export: Any, form: str) -> None:
    desk.closed()
    answer = export(form)
    assert answer.status_code == 200
    text = answer.data.decode("utf-8", "replace")
    if form == "xlsx":
        text = str(CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python())
        assert "已结案" in text
    assert not [word for word in PERSONAL if word in text]


def test_json_and_geojson_say_the_same(desk: Desk, export: Any) -> None:
    desk.closed()
    desk.submitted(place={"text": "老年活动室"})
    (first, second) = export("json").json
    assert set(first) == set(COLUMNS)
    found = json.loads(export("geojson").data)
    assert found["type"] == "FeatureCollection"
    assert [one["properties"] for one in found["features"]] == [first, second]
    assert found["features"][0]["geometry"] == {"type": "Point", "coordinates": [104.498, 30.126]}
    assert found["features"][1]["geometry"] is None


@pytest.mark.parametrize("form", ["csv", "xlsx", "json", "geojson"])
def test_an_export_of_nothing_is_whole(desk: Desk, export: Any, form: str) -> None:
    answer = export(form)
    empty = {"json": [], "geojson": {"type": "FeatureCollection", "features": []}}
    assert answer.status_code == 200
    if form in empty:
        assert json.loads(answer.data) == empty[form]
    elif form == "csv":
        assert lines(answer) == [list(COLUMNS.values())]
    else:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
        assert sheet == [list(COLUMNS.values())]


def test_a_name_is_no_formula(desk: Desk, export: Any) -> None:
    desk.submitted()
    Organization.update(name="=HYPERLINK(1)").where(Organization.code == "DH-01-01").execute()
    assert lines(export("csv"))[1][2] == "'=HYPERLINK(1)"
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(export("xlsx").data)).get_sheet_by_index(0).to_python()
    assert sheet[1][2] == "=HYPERLINK(1)"  # a text: a formula would have come back as its value, 0


def test_all_pages_are_read_and_days_kept(desk: Desk, export: Any) -> None:
    (columns,) = ServiceOrder.select().where(ServiceOrder.number == desk.submitted()).dicts()
    del columns["id"]
    copies = [{**columns, "number": f"260101-{count:06}"} for count in range(2 * PAGE)]
    in_unit_of_work(lambda: ServiceOrder.insert_many(copies).execute())
    numbers = [columns["number"], *(one["number"] for one in copies)]
    assert [row[0] for row in lines(export("csv"))[1:]] == numbers
    desk.clock.advance(days=1)
    ServiceOrder.update(created_at=desk.clock()).where(ServiceOrder.number == numbers[2]).execute()
    span = {"from": "2026-11-24", "to": "2026-11-24"}
    assert [row[0] for row in lines(export("csv", **span))[1:]] == [numbers[2]]


def test_it_is_written_down_who_took_them(desk: Desk, export: Any) -> None:
    desk.submitted()
    export("csv", "county_officer", "DH")
    entry = AuditEntry.get(AuditEntry.action == "orders.exported")
    assert (entry.actor_id, entry.subject) == (desk.world.county_officer.account.id, "organization:DH")


@pytest.mark.parametrize(
    ("part", "code", "status"),
    [
        ("secretary", "DH-01-01", 200),
        ("county_officer", "DH-01-01", 200),
        ("county_officer", "DH", 200),
        ("member", "DH-01-01", 403),
        ("resident", "DH-01-01", 404),
        ("host_secretary", "DH-01-01", 404),
        ("secretary", "DH", 404),
    ],
)
def test_who_gets_them(desk: Desk, export: Any, part: str, code: str, status: int) -> None:
    desk.submitted()
    answer = export("csv", part, code)
    assert answer.status_code == status
    if status == 200:
        assert len(lines(answer)) == 2


@pytest.mark.parametrize("query", [{"format": "pdf"}, {"format": "csv", "from": "2026-02-02", "to": "2026-02-01"}])
def test_a_bad_query_is_refused(desk: Desk, export: Any, query: dict[str, str]) -> None:
    form = query.pop("format")
    assert export(form, **query).status_code == 422
