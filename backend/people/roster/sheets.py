"""Run as a program, with bounded memory: prints the filled rows of a workbook's first sheet as JSON lines.

A workbook of a few kilobytes may claim a cell in its last corner and make the reader ask for terabytes, so it is
read in a process of its own, which may die without harm.
"""

import json
import resource
import sys
from datetime import date, datetime
from typing import Any

MEMORY_BYTES = 2 * 1024**3
CPU_S = 60


def main() -> None:
    """Print `[row number, [cell, …]]` for each row that is not empty."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    from python_calamine import CalamineWorkbook

    workbook = CalamineWorkbook.from_path(sys.argv[1])
    rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    for number, row in enumerate(rows, 1):
        cells = [as_text(cell) for cell in row]
        if any(cells):
            sys.stdout.write(json.dumps([number, cells], ensure_ascii=False) + "\n")


def as_text(cell: Any) -> str:
    """A cell as a person sees it: whole numbers without a point, days without a time."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    return str(cell).strip()


if __name__ == "__main__":
    main()
