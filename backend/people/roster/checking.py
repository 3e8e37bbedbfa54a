"""Each cell of a roster checked; what is wrong is said with row, column, masked value and reason."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from backend.core.crypto import mask_name, mask_phone
from backend.people.identity import identity_index, identity_number, mask_identity, phone_number
from backend.people.models import MemberStatus
from backend.people.roster.columns import Column, Layout, cells_of
from backend.people.roster.reading import TableRow

MAX_SHOWN = 40
FIRST_DAY = date(1921, 7, 1)
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d{2})(\d{2})", re.ASCII)
_NAME = re.compile(
    r"[\u3400-\u9fff\U00020000-\U0003ffff]+(·[\u3400-\u9fff\U00020000-\U0003ffff]+)*|[A-Za-z][A-Za-z .'·-]*"
)
STATUS_NAMES = {MemberStatus.FULL: "正式党员", MemberStatus.PROBATIONARY: "预备党员"}
_STATUS = {name[:length]: status for status, name in STATUS_NAMES.items() for length in (2, 4)}


@dataclass(frozen=True)
class Fault:
    """One cell that cannot be taken; `value` is masked where it is personal."""

    row: int
    column: str
    value: str
    message: str


@dataclass(frozen=True)
class RosterRow:
    """One member as the file has him; what the file leaves empty is None and stays as it is."""

    number: int
    name: str
    status: MemberStatus
    organization_id: int
    identity: str | None
    identity_index: str | None
    phone: str | None
    joined_on: date | None


def plain(text: str) -> str:
    """Full-width letters and digits made ordinary, spaces and invisible characters gone."""
    if text.isascii() and text.isprintable() and " " not in text:
        return text
    kept = (
        sign for sign in unicodedata.normalize("NFKC", text) if not unicodedata.category(sign).startswith(("C", "Z"))
    )
    return "".join(kept)


def check_rows(
    rows: Sequence[TableRow], layout: Layout, branches: Mapping[str, int], home: int, *, today: date
) -> tuple[list[RosterRow], list[Fault]]:
    """Every row checked; `branches` maps the codes that may be named to ids, `home` is meant by an empty cell."""
    good: list[RosterRow] = []
    faults: list[Fault] = []
    for row in rows:
        cells = cells_of(row, layout, Column)
        if any(cells.values()):  # a row with remarks only is none of ours
            _check_row(row.number, cells, _checks(branches, home, today), good, faults)
    return good, faults + duplicates(good)


def _checks(branches: Mapping[str, int], home: int, today: date) -> dict[Column, Callable[[str], Any]]:
    return {
        Column.NAME: _name,
        Column.STATUS: _status,
        Column.BRANCH: lambda text: _branch(text, branches, home),
        Column.IDENTITY: lambda text: identity_number(text) if text else None,
        Column.PHONE: lambda text: phone_number(text) if text else None,
        Column.JOINED_ON: lambda text: _day(text, today) if text else None,
    }


def _check_row(
    number: int,
    cells: Mapping[Column, str],
    checks: Mapping[Column, Callable[[str], Any]],
    good: list[RosterRow],
    faults: list[Fault],
) -> None:
    values: dict[Column, Any] = {}
    before = len(faults)
    for column, check in checks.items():
        try:
            values[column] = check(cells[column] if column is Column.NAME else plain(cells[column]))
        except ValueError as error:
            faults.append(Fault(number, column, _shown(column, cells[column]), str(error)))
    if len(faults) == before:
        good.append(_row(number, values))


def _row(number: int, values: Mapping[Column, Any]) -> RosterRow:
    identity = values[Column.IDENTITY]
    return RosterRow(
        number=number,
        name=values[Column.NAME],
        status=values[Column.STATUS],
        organization_id=values[Column.BRANCH],
        identity=identity,
        identity_index=identity and identity_index(identity),
        phone=values[Column.PHONE],
        joined_on=values[Column.JOINED_ON],
    )


def duplicates(rows: Sequence[RosterRow]) -> list[Fault]:
    """Rows that say the same person twice, or persons that nothing tells apart."""
    faults, first = [], dict[str, int]()
    names = Counter((row.name, row.organization_id) for row in rows)
    for row in rows:
        if row.identity_index is None:
            if names[row.name, row.organization_id] > 1:
                message = "本支部有重名而这一行没有身份号码，分不清是谁，请补充"
                faults.append(Fault(row.number, Column.NAME, mask_name(row.name), message))
        elif first.setdefault(row.identity_index, row.number) != row.number:
            message = f"与第 {first[row.identity_index]} 行的身份号码重复"
            faults.append(Fault(row.number, Column.IDENTITY, mask_identity(row.identity or ""), message))
    return faults


def _name(text: str) -> str:
    spaced = unicodedata.normalize("NFC", text).replace("•", "·").replace("．", "·").replace("・", "·").strip()
    name = spaced if spaced.isascii() else re.sub(r"\s", "", spaced)
    if not name:
        raise ValueError("必须填写姓名")
    if len(name) > MAX_SHOWN or not _NAME.fullmatch(name):
        raise ValueError("姓名只能用汉字（可带间隔号）或拉丁字母，不能有数字、公式或其他符号")
    return name


def _status(text: str) -> MemberStatus:
    if text not in _STATUS:
        raise ValueError("应为“正式党员”或“预备党员”")
    return _STATUS[text]


def _branch(text: str, branches: Mapping[str, int], home: int) -> int:
    if text and text not in branches:
        raise ValueError("没有这个党组织代码，或它不在本次导入的组织之下、已撤销、不设党员")
    return branches[text] if text else home


def _day(text: str, today: date) -> date:
    found = _DATE.fullmatch(text)
    if not found:
        raise ValueError("应为日期，如 2010-07-01")
    try:
        day = date(*(int(part) for part in found.groups() if part))
    except ValueError:
        raise ValueError("没有这一天") from None
    if not FIRST_DAY <= day <= today:
        raise ValueError("入党日期须在 1921-07-01 与今天之间")
    return day


def _shown(column: Column, text: str) -> str:
    text = plain(text)[:MAX_SHOWN]
    if column is Column.IDENTITY:
        return mask_identity(text) if len(text) > 8 else "*" * len(text)
    if column is Column.PHONE:
        return mask_phone(text) if text else ""
    return mask_name(text) if column is Column.NAME and text else text
