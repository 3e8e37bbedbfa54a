"""Roster files made for tests: people with valid identity numbers, workbooks, broken ones."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import xlsxwriter

HEADER = ["姓名", "公民身份号码", "手机号码", "人员类别", "入党日期", "党组织代码"]
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈", "梅兰竹菊山川江河天地春夏秋冬"


def identity(number: int) -> str:
    """A valid identity number, another one for each number below ten million."""
    year, month, day = 1950 + number // 1000 % 50, 1 + number // 50_000 % 12, 1 + number // 600_000 % 28
    body = f"511622{year:04}{month:02}{day:02}{number % 1000:03}"
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


def person(number: int, **changed: str) -> list[str]:
    """A row of the roster."""
    name = SURNAMES[number % 10] + GIVEN[number // 10 % 14] + GIVEN[number // 140 % 14]
    cells = [name, identity(number), f"138{number:08}", "正式党员", "2010-07-01", ""]
    return [changed.get(title, cell) for title, cell in zip(HEADER, cells, strict=True)]


def workbook(rows: Sequence[Sequence[Any]], formula: tuple[str, str] | None = None) -> bytes:
    """An xlsx file; texts stay texts, numbers numbers."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if cell != "":
                    sheet.write(number, place, cell)
        if formula:
            sheet.write_formula(*formula)
    return buffer.getvalue()


def csv_text(rows: Sequence[Sequence[str]]) -> str:
    """The same as comma separated values."""
    return "".join(",".join(row) + "\r\n" for row in rows)


def zip_bomb(megabytes: int) -> bytes:
    """A workbook of a few kilobytes that unpacks to very much."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as parts,
        parts.open("xl/worksheets/sheet1.xml", "w") as part,
    ):
        for _ in range(megabytes):
            part.write(bytes(1024 * 1024))
    return buffer.getvalue()


def far_corner() -> bytes:
    """A workbook with two cells, of which one stands in the last corner."""
    small = workbook([HEADER])
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(small)) as old, zipfile.ZipFile(buffer, "w") as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                last = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                content = content.replace(b"</sheetData>", last)
            new.writestr(part, content)
    return buffer.getvalue()


def ods(rows: Sequence[Sequence[str]], *, formula: bool = False, repeated: int = 1) -> bytes:
    """An OpenDocument sheet; `repeated` is how often it says that each cell and row comes again."""
    office = "urn:oasis:names:tc:opendocument:xmlns"
    again = f'table:number-columns-repeated="{repeated}"' if repeated > 1 else ""
    cell = f'<table:table-cell office:value-type="string" {again}><text:p>{{}}</text:p></table:table-cell>'
    lines = "".join(
        f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(map(cell.format, row))}</table:table-row>'
        for row in rows
    )
    if formula:
        lines = lines.replace("office:value-type", 'table:formula="of:=1+1" office:value-type', 1)
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{office}:office:1.0" '
        f'xmlns:table="{office}:table:1.0" xmlns:text="{office}:text:1.0" office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="a">{lines}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr("META-INF/manifest.xml", "<manifest/>")
        parts.writestr("content.xml", content)
    return buffer.getvalue()
