"""Tables for spreadsheets: what a program would take for a formula stays a text."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

BOM = "\ufeff"  # or Excel takes UTF-8 for something else
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORKBOOK = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}

Cells = Sequence[Any]


def csv_line(cells: Cells) -> str:
    """One line; a text that begins like a formula gets an apostrophe."""
    kept = io.StringIO()
    csv.writer(kept).writerow([_harmless(cell) for cell in cells])
    return kept.getvalue()


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell


def as_csv(headings: Cells, rows: Iterable[Cells]) -> bytes:
    """A whole small table as UTF-8 with a mark."""
    return (BOM + csv_line(headings) + "".join(map(csv_line, rows))).encode()


def as_xlsx(headings: Cells, rows: Iterable[Cells]) -> bytes:
    """A whole small table as a workbook of one sheet; numbers are numbers, everything else is text."""
    import xlsxwriter  # a tenth of a second that only whoever exports should pay for

    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, WORKBOOK | {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("数据")
        for number, row in enumerate((headings, *rows)):
            for place, cell in enumerate(row):
                if isinstance(cell, int | float):
                    sheet.write_number(number, place, cell)
                else:
                    sheet.write_string(number, place, str(cell))
        sheet.freeze_panes(1, 0)
        sheet.autofit()
    return kept.getvalue()
