"""Where a point or an address lies: tiles of the map, borders, and address lines as they are compared."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import floor

from backend.core.clock import REMEMBERED
from backend.core.geography import Point

TILE_DEGREES = 0.02  # about two kilometres
_ROW = 100_000
_DIGITS = {sign: digit for digit, sign in enumerate("零一二三四五六七八九")}
_COUNTED = re.compile(r"[一二三四五六七八九十]{1,3}(?=号|栋|幢|座|单元|组|社|弄|村|楼|层|巷|排)")
SHORTEST_PREFIX = 4
MOST_PREFIXES = 40


def tile_of(point: Point) -> int:
    """The tile that holds a point (latitude, longitude)."""
    return _tile(floor(point[0] / TILE_DEGREES), floor(point[1] / TILE_DEGREES))


def tile_rows_around(point: Point, rings: int) -> list[tuple[int, int]]:
    """The tiles within so many rings around that of a point: the first and the last of each row."""
    row, column = floor(point[0] / TILE_DEGREES), floor(point[1] / TILE_DEGREES)
    return [(_tile(row + down, column - rings), _tile(row + down, column + rings)) for down in range(-rings, rings + 1)]


def tiles_under(border: Sequence[Point]) -> list[int]:
    """Every tile within the frame of a border."""
    rows = [floor(lat / TILE_DEGREES) for lat, _ in border]
    columns = [floor(lng / TILE_DEGREES) for _, lng in border]
    return [
        _tile(row, column)
        for row in range(min(rows), max(rows) + 1)
        for column in range(min(columns), max(columns) + 1)
    ]


def _tile(row: int, column: int) -> int:
    return row * _ROW + column


def middle_of(border: Sequence[Point]) -> Point:
    """The middle of the frame of a border."""
    lats, lngs = zip(*border, strict=True)
    return (min(lats) + max(lats)) / 2, (min(lngs) + max(lngs)) / 2


def holds(border: Sequence[Point], point: Point) -> bool:
    """Whether a point lies within a border: an odd number of its edges lie to the east."""
    inside = False
    for (lat1, lng1), (lat2, lng2) in _edges(border):
        if (lat1 > point[0]) != (lat2 > point[0]):
            crossing = lng1 + (point[0] - lat1) / (lat2 - lat1) * (lng2 - lng1)
            inside ^= crossing > point[1]
    return inside


def _edges(border: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    return zip(border, [*border[1:], border[0]], strict=True)


@lru_cache(REMEMBERED)
def address_line(text: str) -> str:
    """An address as it is compared: 三号楼 and 3 号楼 are one, signs and spaces do not count."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", text) if sign.isalnum()).lower()
    return _COUNTED.sub(lambda found: str(_number(found[0])), plain)


def _number(text: str) -> int:
    """Chinese numerals up to 99."""
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return int("".join(str(_DIGITS[sign]) for sign in text))
    return _DIGITS.get(tens, 1) * 10 + _DIGITS.get(ones, 0)


def prefixes_of(line: str) -> list[str]:
    """The beginnings of an address line that may be a building's own line."""
    return [line[:length] for length in range(SHORTEST_PREFIX, min(len(line), MOST_PREFIXES) + 1)]
