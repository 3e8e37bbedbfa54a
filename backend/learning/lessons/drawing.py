"""The lecturer's poster, drawn from one template: upright, 3:4, with the font of the printed card."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import segno
from PIL import Image, ImageDraw, ImageFont

from backend.card.printing import FONT, WHOLE_FONT, WHOLE_FONT_PART

WIDTH, HEIGHT = 1080, 1440
MARGIN = 90
CODE_PX = 260
BAND_PX = 300
RED, GOLD, PAPER, INK, GREY = (178, 24, 30), (246, 211, 128), (252, 247, 238), (40, 32, 28), (120, 108, 100)
# sizes in pixels, the first that fits is taken
TITLE_SIZES, TITLE_ROOM = (104, 88, 76, 64, 56), 400
LECTURER_SIZES = (52, 44, 36, 28, 20)
SOURCE_SIZES, SOURCE_ROOM = (34, 28, 24), 102
OWNER_SIZES, OWNER_ROOM = (38, 30), 176
LEADING = 1.4
NOT_FIRST = "，。、；：！？）》”’…"  # no line begins with one of these
OPENING = "《“（"  # at the head of a block these stand in the margin, as printers hang them
UNIT = re.compile(r"[!-~]+|.", re.DOTALL)  # a word of Latin letters or digits is not torn apart
UNKNOWN = "\U0010ffff"


Place = tuple[int, int]
Ink = tuple[int, int, int]


@dataclass(frozen=True)
class PosterFace:
    """What a poster shows; `code` is a picture of a mini-program code, `url` what a plain QR leads to."""

    title: str
    lecturer: str
    source: str
    day: str
    organization: str
    code: bytes | None
    url: str


def draw_poster(face: PosterFace) -> bytes:
    """The poster as PNG."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, WIDTH, BAND_PX), fill=RED)
    pen.rectangle((0, BAND_PX, WIDTH, BAND_PX + 10), fill=GOLD)
    _write(pen, "党课星期天", (MARGIN, 80), 96, GOLD, bold=2)
    _write(pen, face.day, (MARGIN, 210), 40, PAPER)
    size, lines = _fitting(f"《{face.title}》", TITLE_SIZES, WIDTH - 2 * MARGIN, TITLE_ROOM)
    below = _write_lines(pen, lines, (MARGIN, BAND_PX + 110), size, INK, bold=2)
    top = max(below + 40, 860)
    _write_short(pen, f"主讲：{face.lecturer}", (MARGIN, top), LECTURER_SIZES, RED)
    size, lines = _fitting(face.source, SOURCE_SIZES, WIDTH - 2 * MARGIN, SOURCE_ROOM)
    _write_lines(pen, lines, (MARGIN, top + 76), size, GREY)
    _draw_foot(image, pen, face)
    kept = io.BytesIO()
    image.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _draw_foot(image: Image.Image, pen: Any, face: PosterFace) -> None:
    """Who publishes it on the left, the code on the right."""
    left, top = WIDTH - MARGIN - CODE_PX, HEIGHT - MARGIN - CODE_PX
    image.paste(_code_picture(face), (left, top))
    pen.line((MARGIN, top - 40, WIDTH - MARGIN, top - 40), fill=GOLD, width=4)
    size, lines = _fitting(face.organization, OWNER_SIZES, left - MARGIN - 50, OWNER_ROOM)
    _write_lines(pen, lines, (MARGIN, top + 10), size, INK)
    _write(pen, "扫码收听，约五分钟", (MARGIN, HEIGHT - MARGIN - 50), 34, GREY)


def _code_picture(face: PosterFace) -> Image.Image:
    if face.code is not None:
        with Image.open(io.BytesIO(face.code)) as found:
            return found.convert("RGB").resize((CODE_PX, CODE_PX), Image.Resampling.LANCZOS)
    drawn = io.BytesIO()
    segno.make(face.url, micro=False, error="m").save(drawn, kind="png", scale=8, border=2)
    return Image.open(drawn).convert("RGB").resize((CODE_PX, CODE_PX), Image.Resampling.NEAREST)


def _fitting(text: str, sizes: tuple[int, ...], width: int, room: int) -> tuple[int, list[str]]:
    """The largest size at which the text fits into the room, and its lines; the smallest where none does."""
    tried = ((size, _wrapped(text, size, width)) for size in sizes)
    last = sizes[-1]
    found = next((one for one in tried if len(one[1]) * one[0] * LEADING <= room), (last, _wrapped(text, last, width)))
    return found[0], found[1][: int(room / (found[0] * LEADING))]


def _wrapped(text: str, size: int, width: int) -> list[str]:
    """The text in lines no wider than `width` pixels, save for a mark that may not begin the next one."""
    lines, line, reached = [], "", 0.0
    for unit in _units(text, size, width):
        step = _length(unit, size)
        if line and reached + step > width and unit not in NOT_FIRST:
            lines.append(line.rstrip())
            line, reached = "", 0.0
            if unit.isspace():
                continue
        line, reached = line + unit, reached + step
    return [*lines, line] if line else lines


def _units(text: str, size: int, width: int) -> Iterator[str]:
    """What stays together in a line: a character, or a Latin word that is not longer than the line."""
    for unit in UNIT.findall(text):
        yield from [unit] if _length(unit, size) <= width else unit


def _length(text: str, size: int) -> float:
    return sum(float(_font_for(sign, size).getlength(_shown(sign))) for sign in text)


def _write_lines(pen: Any, lines: list[str], place: Place, size: int, ink: Ink, *, bold: int = 0) -> int:
    """Line below line; returns where the next one would begin."""
    for number, line in enumerate(lines):
        hung = size // 2 if number == 0 and line[0] in OPENING else 0
        _write(pen, line, (place[0] - hung, place[1] + round(number * size * LEADING)), size, ink, bold=bold)
    return place[1] + round(len(lines) * size * LEADING)


def _write_short(pen: Any, text: str, place: Place, sizes: tuple[int, ...], ink: Ink) -> None:
    """One line, smaller where it is long, and cut with an ellipsis where even that does not do."""
    width = WIDTH - 2 * MARGIN
    size = next((one for one in sizes if len(_wrapped(text, one, width)) == 1), sizes[-1])
    first, *more = _wrapped(text, size, width)
    _write(pen, first[:-1] + "…" if more else first, place, size, ink, bold=1)


def _write(pen: Any, text: str, place: Place, size: int, ink: Ink, *, bold: int = 0) -> None:
    left = float(place[0])
    for sign in text:
        font, shown = _font_for(sign, size), _shown(sign)
        pen.text((left, place[1] + size), shown, font=font, fill=ink, stroke_width=bold, stroke_fill=ink, anchor="ls")
        left += font.getlength(shown)


def _font_for(sign: str, size: int) -> Any:
    """The embedded font; the whole one of the machine for a rare character that only it has."""
    own = _font(size)
    whole = None if _has(own, sign) else _whole_font(size)
    return whole if whole is not None and _has(whole, sign) else own


def _shown(sign: str) -> str:
    """The character, or its number where no font at hand has it: nothing is left out in silence."""
    return sign if sign.isspace() or _has(_font_for(sign, TITLE_SIZES[0]), sign) else f"[U+{ord(sign):04X}]"


@cache
def _font(size: int) -> Any:
    return ImageFont.truetype(FONT, size)


@cache
def _whole_font(size: int) -> Any:
    return ImageFont.truetype(WHOLE_FONT, size, index=WHOLE_FONT_PART) if WHOLE_FONT.exists() else None


@lru_cache(4096)
def _has(font: Any, sign: str) -> bool:
    return sign.isspace() or bytes(font.getmask(sign)) != bytes(font.getmask(UNKNOWN))
