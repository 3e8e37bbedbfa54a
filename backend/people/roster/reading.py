"""A file of unknown origin as rows of text: xlsx, xls, ods and csv, by content and never by name."""

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from backend.core.errors import Invalid

MEGABYTE = 1024 * 1024
MAX_FILE_BYTES = 30 * MEGABYTE  # our own: 200,000 filled rows of a roster take about 15 MB
MAX_INSIDE_BYTES = 400 * MEGABYTE  # our own: the same rows unpacked, with room for styles
MAX_PARTS = 2_000
MAX_ROWS = 200_000
MAX_COLUMNS = 60
READING_S = 90
ZIP_HEAD, OLE_HEAD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
SHEET_PARTS = ("xl/worksheets/sheet1.xml", "content.xml")
FORMULA = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"[^>]*><f[ >/]')
ODS_FORMULA = re.compile(rb"table:formula=")
SEAM = 300  # a formula may begin in one piece of the file and end in the next


@dataclass(frozen=True)
class TableRow:
    """A row that is not empty, and its number as the spreadsheet shows it."""

    number: int
    cells: list[str]


def refused(code: str, message: str) -> Invalid:
    """A file that cannot be a roster, and why."""
    return Invalid(code, message)


def read_table(path: Path) -> list[TableRow]:
    """The filled rows of the first sheet; Invalid with a sentence for anything that is no table."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise refused("empty_file", "文件是空的")
    if head.startswith(ZIP_HEAD):
        _look_inside(path)
        rows = _from_workbook(path)
    elif head.startswith(OLE_HEAD):
        rows = _from_workbook(path)
    else:
        rows = _from_csv(path)
    if len(rows) > MAX_ROWS:
        raise refused("too_many_rows", f"一次最多导入 {MAX_ROWS} 行，请分成几个文件")
    return rows


def _look_inside(path: Path) -> None:
    """Unpack everything once, counting, before any reader is trusted with it; formulas are found on the way."""
    try:
        with zipfile.ZipFile(path) as parts:
            found = parts.infolist()
            if len(found) > MAX_PARTS or sum(part.file_size for part in found) > MAX_INSIDE_BYTES:
                raise refused("too_large_inside", "文件解压后太大，请只保留名册一张表再试")
            for part in found:
                _look_at(parts, part)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise _unreadable() from None


def _look_at(parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    before = b""
    with parts.open(part) as stream:  # checks length and checksum, so the sizes added up above are true
        while piece := stream.read(MEGABYTE):
            if part.filename in SHEET_PARTS:
                _refuse_formulas(before + piece)
                before = piece[-SEAM:]


def _refuse_formulas(xml: bytes) -> None:
    found = FORMULA.search(xml)
    if found:
        cell = found[1].decode()
        raise refused("formula", f"单元格 {cell} 是公式，请全选后复制、“选择性粘贴—数值”，再导入")
    if ODS_FORMULA.search(xml):
        raise refused("formula", "表中有公式，请全选后复制、“选择性粘贴—数值”，再导入")


def _unreadable() -> Invalid:
    return refused("unreadable_file", "文件打不开：可能已损坏、加了密码，或不是电子表格（支持 xlsx、xls、ods、csv）")


def _from_workbook(path: Path) -> list[TableRow]:
    reader = Path(__file__).with_name("sheets.py")
    command = [sys.executable, "-I", str(reader), str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=READING_S, check=True)  # noqa: S603 - our own reader
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        raise _unreadable() from None
    rows = (json.loads(line) for line in done.stdout.decode().splitlines())
    return [TableRow(number, cells[:MAX_COLUMNS]) for number, cells in rows]


def _from_csv(path: Path) -> list[TableRow]:
    text = _decoded(path.read_bytes())
    if "\0" in text:
        raise _unreadable()
    first = text[:4096]
    delimiter = max(",\t;", key=first.count)
    try:
        rows = enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1)
        return [
            TableRow(number, [cell.strip() for cell in cells[:MAX_COLUMNS]])
            for number, cells in rows
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error:
        raise _unreadable() from None


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unreadable()
