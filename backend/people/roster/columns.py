"""The columns of a roster, by whatever name offices give them, and where the header stands."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from backend.people.roster.reading import TableRow, refused

HEADER_WITHIN = 20  # rows: titles, dates and remarks stand above
_DECORATION = re.compile(r"[\s*:：]|[（(].*?[）)]")


class Column(StrEnum):
    """What a roster says of a member, under the name that templates and exports use."""

    NAME = "姓名"
    IDENTITY = "公民身份号码"
    PHONE = "手机号码"
    STATUS = "人员类别"
    JOINED_ON = "入党日期"
    BRANCH = "党组织代码"


REQUIRED = (Column.NAME, Column.STATUS)
_OTHER_NAMES = {
    Column.NAME: ("党员姓名",),
    Column.IDENTITY: ("身份证号", "身份证号码", "身份证", "公民身份证号码"),
    Column.PHONE: ("手机号", "手机", "联系电话", "电话", "联系方式"),
    Column.STATUS: ("党员类别", "党员类型", "党员状态"),
    Column.JOINED_ON: ("入党时间", "加入党组织日期", "加入中共组织日期"),
    Column.BRANCH: ("支部代码", "组织代码", "党支部代码", "所在党支部代码", "所在支部代码"),
}
_BY_NAME = {name: column for column in Column for name in (column.value, *_OTHER_NAMES[column])}

Layout = dict[Column, int]
C = TypeVar("C", bound=StrEnum)


def find_header(rows: Sequence[TableRow]) -> tuple[Layout, Sequence[TableRow]]:
    """Where each column of a roster stands, and the rows below the header."""
    return locate(rows, _BY_NAME, REQUIRED)


def locate(
    rows: Sequence[TableRow], names: Mapping[str, C], required: Sequence[C]
) -> tuple[dict[C, int], Sequence[TableRow]]:
    """Where each column stands by the `names` it may have; a header merged over two rows is put together.

    The first of `required` tells a header from other rows.
    """
    key = required[0]
    for place, row in enumerate(rows[:HEADER_WITHIN]):
        layout = _layout(row.cells, names)
        if key not in layout:
            continue
        below = rows[place + 1 :]
        second = _layout(below[0].cells, names) if below else {}
        if second and key not in second and not _cell(below[0].cells, layout[key]):
            layout, below = {**layout, **second}, below[1:]
        if len(layout) > 1:
            return _complete(layout, required), below
    wanted = "”“".join(required)
    raise refused("no_header", f"没有找到表头：需要一行写明“{wanted}”等列名，可下载模板对照")


def _layout(cells: Sequence[str], names: Mapping[str, C]) -> dict[C, int]:
    layout: dict[C, int] = {}
    for place, cell in enumerate(cells):
        name = _DECORATION.sub("", unicodedata.normalize("NFKC", cell)) if len(cell) < 40 else ""
        if name in names and names[name] not in layout:
            layout[names[name]] = place
    return layout


def _complete(layout: dict[C, int], required: Sequence[C]) -> dict[C, int]:
    missing = [column for column in required if column not in layout]
    if missing:
        raise refused("missing_column", f"表头缺少“{'”“'.join(missing)}”列")
    return layout


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def cells_of(row: TableRow, layout: Mapping[C, int], columns: Iterable[C]) -> dict[C, str]:
    """The cells of a row by column; absent ones are empty."""
    return {column: _cell(row.cells, layout[column]) if column in layout else "" for column in columns}
