"""The printed card: a PDF whose pages are an A5 side each, with a font of its own."""

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import peewee as pw
import segno

from backend.card.models import StudyRecord
from backend.card.reading import card_number, find_holder, hours_of_year
from backend.card.rules import yearly_hours
from backend.card.verification import card_code, verification_url
from backend.core.clock import local_day
from backend.people.exemptions.standing import is_exempt
from backend.people.models import Member, Organization
from backend.people.permissions import Caller

A5_MM = (148, 210)
FONT = Path(__file__).parent / "fonts/NotoSansSC-GB2312.otf"
# rare characters, where the machine has the whole font (Debian: fonts-noto-cjk) and its part for China
WHOLE_FONT, WHOLE_FONT_PART = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"), 2
MARGIN_MM = 10
FOOT_MM = 12
QR_MM = 26
_MOST_ENTRIES = 1000
_WIDTHS = (12.5, 40.5, 31, 10, 34)
_HEADINGS = ("日期", "内容", "地点", "学时", "确认")
_UNCONFIRMED = "—"
_STRETCH = 45 * 3  # three lines of a reflection


class Line(NamedTuple):
    """One entry: its cells under the headings, and what the holder wrote about it."""

    cells: Sequence[str]
    reflection: str | None = None

    @property
    def text(self) -> str:
        """Everything that is printed of it."""
        return "".join((*self.cells, self.reflection or ""))


class CardFace(NamedTuple):
    """What is printed on a card."""

    number: str
    year: int
    lines: Sequence[str]
    entries: Sequence[Line]
    url: str


def print_card(caller: Caller, *, public_url: str, timezone: ZoneInfo, now: datetime) -> bytes:
    """This year's card of the caller as a PDF; 404 for whoever is no member."""
    member = find_holder(caller)
    year = now.astimezone(timezone).year
    number = card_number(member, timezone=timezone, now=now)
    exempt = is_exempt(member.id, local_day(now, timezone))
    rule = yearly_hours((post.role for post in caller.posts), exempt=exempt)
    done = hours_of_year(member.id, year, timezone)
    face = CardFace(
        number=number,
        year=year,
        lines=(
            f"姓名：{member.name}",
            f"支部：{member.organization.name}",
            f"{year} 年学时：{done:g}" + ("（不作硬性要求）" if exempt else f" / {rule.value}"),
            f"依据：{rule.source}",
            f"打印日期：{now.astimezone(timezone):%Y-%m-%d}",
        ),
        entries=_entries(member, year, timezone),
        url=verification_url(public_url, card_code(number, year)),
    )
    return draw_card(face, now=now)


def _entries(member: Member, year: int, timezone: ZoneInfo) -> list[Line]:
    first, last = (datetime(one, 1, 1, tzinfo=timezone) for one in (year, year + 1))
    rows: Any = (
        StudyRecord.select(StudyRecord, Organization)
        .join(Organization, pw.JOIN.LEFT_OUTER)
        .where(
            StudyRecord.member == member.id,
            StudyRecord.at >= first,
            StudyRecord.at < last,
            StudyRecord.voided_at.is_null(),
        )
        .order_by(StudyRecord.at, StudyRecord.id)
        .limit(_MOST_ENTRIES)
    )
    return [
        Line(
            (
                f"{row.at.astimezone(timezone):%m-%d}",
                row.content,
                row.place,
                f"{row.hours:g}",
                row.confirmed_by.name if row.confirmed_by_id else _UNCONFIRMED,
            ),
            " ".join(row.reflection.split()) if row.reflection else None,  # one paragraph: a side is small
        )
        for row in rows
    ]


def draw_card(face: CardFace, *, whole_font: Path = WHOLE_FONT, now: datetime) -> bytes:
    """The PDF. Characters that no font at hand has are written by their number, never left out in silence."""
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # tells of every table that it cuts
    pdf = _sheets(face)
    pdf.set_creation_date(now)
    pdf.set_title("学习教育登记卡")
    pdf.set_margins(MARGIN_MM, MARGIN_MM)
    pdf.set_auto_page_break(True, FOOT_MM)
    pdf.add_font("card", fname=FONT)
    pdf.set_font("card", size=10)
    known = _known_characters(pdf, face, whole_font)
    pdf.add_page()
    _draw_head(pdf, face, known)
    _draw_entries(pdf, face, known)
    return bytes(pdf.output())


def _sheets(face: CardFace) -> Any:
    """Empty sides, each with the number of the card and its own: loose sheets find together again."""
    from fpdf import FPDF  # a fifth of a second and 20 MB that only whoever prints should pay for

    class Sheets(FPDF):
        def footer(self) -> None:
            self.set_y(-FOOT_MM + 2)
            self.set_font("card", size=7)
            left, right = f"卡号 {face.number} · {face.year} 年", f"第 {self.page_no()} 页，共 {{nb}} 页"
            self.cell(w=self.epw / 2, h=4, text=left)
            self.cell(w=self.epw / 2, h=4, text=right, align="R")

    return Sheets(format=A5_MM)


def _known_characters(pdf: Any, face: CardFace, whole_font: Path) -> set[int]:
    """The code points that can be drawn; the whole font is opened only for a card that needs it."""
    known = set(pdf.fonts["card"].cmap)
    needed = {ord(one) for text in (*face.lines, *(line.text for line in face.entries)) for one in text}
    if needed <= known or not whole_font.exists():
        return known
    pdf.add_font("rare", fname=whole_font, collection_font_number=WHOLE_FONT_PART)
    pdf.set_fallback_fonts(["rare"], exact_match=False)
    return known | set(pdf.fonts["rare"].cmap)


def drawable(text: str, known: set[int]) -> str:
    """The text with what no font has as `[U+20BB7]`."""
    return "".join(one if ord(one) in known else f"[U+{ord(one):04X}]" for one in text)


def _draw_head(pdf: Any, face: CardFace, known: set[int]) -> None:
    pdf.set_font_size(15)
    pdf.cell(text="党员学习教育登记卡", new_x="LMARGIN", new_y="NEXT", h=10)
    pdf.set_font_size(10)
    pdf.cell(text=f"卡号：{face.number}", new_x="LMARGIN", new_y="NEXT", h=6)
    for line in face.lines:
        width = A5_MM[0] - 2 * MARGIN_MM - QR_MM - 2
        pdf.multi_cell(w=width, h=5, text=drawable(line, known), new_x="LMARGIN", new_y="NEXT", align="L")
    left = A5_MM[0] - MARGIN_MM - QR_MM
    _draw_qr(pdf, face.url, left, MARGIN_MM)
    below = pdf.get_y()
    pdf.set_font_size(7)
    pdf.set_xy(left, MARGIN_MM + QR_MM + 1)
    pdf.cell(w=QR_MM, h=4, text="扫码可验真伪", align="C")
    pdf.set_xy(MARGIN_MM, max(below, MARGIN_MM + QR_MM + 5) + 3)


def _draw_qr(pdf: Any, url: str, left: float, top: float) -> None:
    modules = segno.make(url, micro=False).matrix
    side = QR_MM / len(modules)
    pdf.set_fill_color(0)
    for row, line in enumerate(modules):
        for column, dark in enumerate(line):
            if dark:
                pdf.rect(left + column * side, top + row * side, side, side, style="F")


def _draw_entries(pdf: Any, face: CardFace, known: set[int]) -> None:
    from fpdf.enums import CellBordersLayout

    pdf.set_font_size(8)
    pdf.set_line_width(0.1)
    under, none = CellBordersLayout.BOTTOM, CellBordersLayout.NONE
    with pdf.table(
        width=sum(_WIDTHS),
        col_widths=_WIDTHS,
        text_align="LEFT",
        v_align="TOP",
        line_height=4.2,
        padding=(0.8, 1, 0.8, 1),
        borders_layout="NONE",
        headings_style=_style(fill_color=(235, 235, 235)),
    ) as table:
        for line in (Line(_HEADINGS), *face.entries):
            row = table.row()
            for cell in line.cells:
                row.cell(drawable(cell, known), border=none if line.reflection else under)
            for said, last in _paragraph(line, known):
                style, padding = _style(size_pt=7, color=(60, 60, 60)), (0, 1, 1 if last else 0, _WIDTHS[0] + 1)
                border = under if last else none
                table.row().cell(said, colspan=len(_WIDTHS), border=border, style=style, padding=padding)


def _paragraph(line: Line, known: set[int]) -> list[tuple[str, bool]]:
    """The reflection in stretches, each with whether it is the last: a row of the table does not go on overleaf."""
    if not line.reflection:
        return []
    said = drawable(f"心得：{line.reflection}", known)
    starts = range(0, len(said), _STRETCH)
    return [(said[start : start + _STRETCH], start == starts[-1]) for start in starts]


def _style(**of: Any) -> Any:
    from fpdf import FontFace

    return FontFace(emphasis="", **of)
