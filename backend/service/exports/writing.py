"""The four ways to write rows: three that go out as they are read, and a workbook that is written aside first."""

import json
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

from backend.core.errors import Conflict
from backend.core.sheets import BOM, WORKBOOK, XLSX, csv_line
from backend.service.exports.rows import COLUMNS, COUNTS, Row
from backend.service.exports.schemas import ExportFormat

MOST_ROWS = 1_000_000  # a sheet has 1,048,576
IN_MEMORY = 8 * 1024 * 1024
CHUNK = 64 * 1024

Rows = Iterator[Row]


def write_csv(rows: Rows) -> Iterator[bytes]:
    """A line for each order; a text that a spreadsheet would take for a formula gets an apostrophe."""
    yield (BOM + csv_line(list(COLUMNS.values()))).encode()
    for row in rows:
        yield csv_line([row.cells[name] for name in COLUMNS]).encode()


def write_json(rows: Rows) -> Iterator[bytes]:
    """A list of objects."""
    return _joined("[", (row.cells for row in rows), "]")


def write_geojson(rows: Rows) -> Iterator[bytes]:
    """A FeatureCollection (RFC 7946); an order without a place has no geometry."""
    return _joined('{"type":"FeatureCollection","features":[', (_feature(row) for row in rows), "]}")


def _feature(row: Row) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": list(row.place)} if row.place else None
    return {"type": "Feature", "geometry": point, "properties": row.cells}


def _joined(begin: str, items: Iterator[dict[str, Any]], end: str) -> Iterator[bytes]:
    between = begin
    for item in items:
        yield (between + json.dumps(item, ensure_ascii=False)).encode()
        between = ","
    yield (end if between == "," else begin + end).encode()


def write_xlsx(rows: Rows) -> Iterator[bytes]:
    """A workbook whose texts are texts; 409 `too_many_rows` before anything is sent."""
    import xlsxwriter  # a tenth of a second that only whoever exports should pay for

    file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed by whoever reads it to its end
    with xlsxwriter.Workbook(file, WORKBOOK | {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet("工单")
        for place, heading in enumerate(COLUMNS.values()):
            sheet.write_string(0, place, heading)
        for number, row in enumerate(rows, 1):
            if number > MOST_ROWS:
                raise Conflict("too_many_rows", "超过 100 万行，请缩小日期范围，或改用 CSV")
            _write_row(sheet, number, row)
    file.seek(0)
    return _read_out(file)


def _write_row(sheet: Any, number: int, row: Row) -> None:
    for place, name in enumerate(COLUMNS):
        write = sheet.write_number if name in COUNTS else sheet.write_string
        write(number, place, row.cells[name])


def _read_out(file: Any) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk


WRITERS: dict[ExportFormat, tuple[str, Callable[[Rows], Iterator[bytes]]]] = {
    ExportFormat.CSV: ("text/csv; charset=utf-8", write_csv),
    ExportFormat.XLSX: (XLSX, write_xlsx),
    ExportFormat.JSON: ("application/json", write_json),
    ExportFormat.GEOJSON: ("application/geo+json", write_geojson),
}
