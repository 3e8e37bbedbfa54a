"""The roster written out: a workbook that the import takes back, and an empty one to fill in."""

import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from backend.core.crypto import opened
from backend.core.sheets import WORKBOOK
from backend.people.memberships import not_over
from backend.people.models import Member, Membership, MembershipKind, MemberStatus, Organization
from backend.people.roster.checking import STATUS_NAMES
from backend.people.roster.columns import Column

WIDTHS = {Column.IDENTITY: 22, Column.PHONE: 14, Column.JOINED_ON: 12, Column.BRANCH: 16}
ROWS_WITH_CHOICE = 10_000


def roster_workbook(organization: Organization, today: date) -> bytes:
    """The home members of one organisation, with numbers in full: whoever asks is logged by the caller."""
    rows = (
        Member.select()
        .join(Membership)
        .where(
            Membership.organization == organization.id,
            Membership.kind == MembershipKind.HOME,
            not_over(today),
        )
        .order_by(Member.id)
    )
    return _workbook(_cells(member, organization.code) for member in rows.iterator())


def template_workbook() -> bytes:
    """An empty roster: the header, and the choices of columns that have some."""
    return _workbook([])


def _cells(member: Member, code: str) -> list[str]:
    cells = {
        Column.NAME: member.name,
        Column.IDENTITY: opened(member.identity) or "",
        Column.PHONE: opened(member.phone) or "",
        Column.STATUS: STATUS_NAMES[MemberStatus(member.status)],
        Column.JOINED_ON: member.joined_on.isoformat() if member.joined_on else "",
        Column.BRANCH: code,
    }
    return [cells[column] for column in Column]


def _workbook(rows: Iterable[Sequence[str]]) -> bytes:
    import xlsxwriter

    bytes_ = io.BytesIO()
    with xlsxwriter.Workbook(bytes_, WORKBOOK | {"constant_memory": True}) as workbook:
        text = workbook.add_format({"num_format": "@"})
        sheet = workbook.add_worksheet("党员名册")
        _head(sheet, text, workbook.add_format({"num_format": "@", "bold": True}))
        for number, cells in enumerate(rows, 1):
            for place, cell in enumerate(cells):
                sheet.write_string(number, place, cell, text)
    return bytes_.getvalue()


def _head(sheet: Any, text: Any, bold: Any) -> None:
    for place, column in enumerate(Column):
        sheet.set_column(place, place, WIDTHS.get(column, 12), text)
        sheet.write_string(0, place, column, bold)
    place = list(Column).index(Column.STATUS)
    choice = {"validate": "list", "source": list(STATUS_NAMES.values())}
    sheet.data_validation(1, place, ROWS_WITH_CHOICE, place, choice)
    sheet.freeze_panes(1, 1)
