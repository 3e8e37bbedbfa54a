"""Each cell of a file of organisations checked, and each row against the tree that it is to join."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from backend.core.crypto import mask_name, mask_phone
from backend.people.models import Level, Organization, OrganizationKind
from backend.people.roster.checking import Fault, plain
from backend.people.roster.columns import cells_of
from backend.people.roster.reading import TableRow
from backend.people.tree.columns import KINDS, LEVELS, SECTORS, Column
from backend.people.tree.rules import level_fits, may_stand, misfit
from backend.people.tree.schemas import CODE, DIVISION, PHONE

MAX_NAME, MAX_CONTACT, MAX_UNITS, MAX_SHOWN = 80, 40, 999, 40
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True)
class Line:
    """One organisation as the file has it; `values` are columns of the table, empty cells are not among them."""

    number: int
    code: str
    parent: str | None
    kind: OrganizationKind
    level: Level | None
    values: dict[str, Any]


@dataclass
class Tree:
    """What an import may build on: the organisations that are there by code, and those that the file adds."""

    known: Mapping[str, Organization]
    codes_by_id: Mapping[int, str]
    added: dict[str, Line] = field(default_factory=dict)


def check_lines(rows: Sequence[TableRow], layout: Mapping[Column, int], tree: Tree) -> tuple[list[Line], list[Fault]]:
    """Every row checked by itself, then against the tree; the good ones, parents before children."""
    lines, faults = list[Line](), list[Fault]()
    for row in rows:
        cells = cells_of(row, layout, Column)
        if any(cells.values()):
            _check_row(row.number, cells, lines, faults)
    for line in lines:
        if tree.added.setdefault(line.code, line) is not line:
            faults.append(Fault(line.number, Column.CODE, line.code, f"与第 {tree.added[line.code].number} 行重复"))
    faults += [fault for line in tree.added.values() for fault in _misplaced(line, tree)]
    return ([] if faults else _parents_first(tree)), faults


def _check_row(number: int, cells: Mapping[Column, str], lines: list[Line], faults: list[Fault]) -> None:
    values: dict[Column, Any] = {}
    before = len(faults)
    for column, check in _CHECKS.items():
        try:
            values[column] = check(plain(cells[column]))
        except ValueError as error:
            faults.append(Fault(number, column, _shown(column, cells[column]), str(error)))
    if len(faults) == before and (values[Column.CONTACT] is None) != (values[Column.PHONE] is None):
        faults.append(Fault(number, Column.PHONE, "", "联系人和联系电话要么都填，要么都不填"))
    if len(faults) == before:
        lines.append(_line(number, values))


def _line(number: int, values: Mapping[Column, Any]) -> Line:
    named = {
        "name": values[Column.NAME],
        "kind": values[Column.KIND],
        "level": values[Column.LEVEL],
        "sector": values[Column.SECTOR],
        "division": values[Column.DIVISION],
        "units": values[Column.UNITS],
        "contact_name": values[Column.CONTACT],
        "contact_phone": values[Column.PHONE],
    }
    said = {name: value for name, value in named.items() if value is not None}
    code, parent = values[Column.CODE], values[Column.PARENT]
    return Line(number, code, parent, values[Column.KIND], values[Column.LEVEL], said)


def _misplaced(line: Line, tree: Tree) -> list[Fault]:
    """Why a row cannot stand where it says; a known organisation is not moved by a file."""
    known = tree.known.get(line.code)
    if known is not None:
        above = tree.codes_by_id.get(known.parent_id or 0)
        if known.closed_on is not None:
            return [Fault(line.number, Column.CODE, line.code, "这个组织已撤销")]
        if line.parent not in {None, above}:
            message = f"系统中它的上级是 {above or '（无）'}，请用“调整隶属关系”办理"
            return [Fault(line.number, Column.PARENT, line.parent or "", message)]
        return _misfit(line, above, tree)
    if line.parent is not None and line.parent not in tree.added and line.parent not in tree.known:
        return [Fault(line.number, Column.PARENT, line.parent, "没有这个上级组织代码")]
    if _circles(line, tree):
        return [Fault(line.number, Column.PARENT, line.parent or "", "上级关系绕成了一圈")]
    return _misfit(line, line.parent, tree)


def _circles(line: Line, tree: Tree) -> bool:
    seen, code = {line.code}, line.parent
    while code in tree.added and code not in tree.known:
        if code in seen:
            return True
        seen.add(code)
        code = tree.added[code].parent
    return False


def _misfit(line: Line, parent: str | None, tree: Tree) -> list[Fault]:
    kind, level, closed = _standing_of(parent, tree)
    if closed:
        return [Fault(line.number, Column.PARENT, parent or "", "上级组织已撤销")]
    if not may_stand(line.kind, kind):
        return [Fault(line.number, Column.KIND, line.kind, misfit(line.kind, kind))]
    if not level_fits(line.level, level):
        return [Fault(line.number, Column.LEVEL, line.level or "", "层级不能高于上级组织的层级")]
    return []


def _standing_of(code: str | None, tree: Tree) -> tuple[OrganizationKind | None, Level | None, bool]:
    if code is None:
        return None, None, False
    if code in tree.added:
        return tree.added[code].kind, tree.added[code].level, False
    known = tree.known[code]
    level = Level(known.level) if known.level else None
    return OrganizationKind(known.kind), level, known.closed_on is not None


def _parents_first(tree: Tree) -> list[Line]:
    """By how many rows of the file stand above: what is circular has been refused."""
    depths: dict[str, int] = {}

    def depth(code: str | None) -> int:
        if code is None or code not in tree.added:
            return 0
        if code not in depths:
            depths[code] = 1 + depth(tree.added[code].parent)
        return depths[code]

    return sorted(tree.added.values(), key=lambda line: (depth(line.code), line.number))


def _matching(pattern: str, message: str, *, required: bool = False) -> Callable[[str], str | None]:
    form = re.compile(pattern)

    def check(text: str) -> str | None:
        if not text and not required:
            return None
        if not form.fullmatch(text):
            raise ValueError(message)
        return text

    return check


def _choice(choices: Mapping[str, E], *, required: bool = False) -> Callable[[str], E | None]:
    def check(text: str) -> E | None:
        if not text and not required:
            return None
        if text not in choices:
            raise ValueError("应为其中之一：" + "、".join(choices))
        return choices[text]

    return check


def _sized(most: int, *, required: bool = False) -> Callable[[str], str | None]:
    def check(text: str) -> str | None:
        if required and len(text) < 2:
            raise ValueError("必须填写，至少两个字")
        if len(text) > most:
            raise ValueError(f"最多 {most} 个字")
        return text or None

    return check


def _units(text: str) -> int | None:
    if text and not (text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_UNITS):
        raise ValueError(f"应为 1 到 {MAX_UNITS} 的整数")
    return int(text) if text else None


_CODE_MESSAGE = "代码只能用字母、数字和短横，最多 40 位"
_CHECKS: dict[Column, Callable[[str], Any]] = {
    Column.CODE: _matching(CODE, _CODE_MESSAGE, required=True),
    Column.NAME: _sized(MAX_NAME, required=True),
    Column.KIND: _choice(KINDS, required=True),
    Column.PARENT: _matching(CODE, _CODE_MESSAGE),
    Column.LEVEL: _choice(LEVELS),
    Column.SECTOR: _choice(SECTORS),
    Column.DIVISION: _matching(DIVISION, "应为 6 到 12 位数字"),
    Column.UNITS: _units,
    Column.CONTACT: _sized(MAX_CONTACT),
    Column.PHONE: _matching(PHONE, "应为 11 位手机号，或带区号的固定电话"),
}


def _shown(column: Column, text: str) -> str:
    text = plain(text)[:MAX_SHOWN]
    if column is Column.PHONE:
        return mask_phone(text) if text else ""
    return mask_name(text) if column is Column.CONTACT and text else text
