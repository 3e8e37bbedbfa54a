"""A map as plain SVG numbers: outlines, a dot for each place that somebody went to, a way from home."""

from collections.abc import Mapping, Sequence
from math import cos, radians, sqrt
from typing import NamedTuple

WIDTH = 900.0
LEAST_DOT, MOST_DOT = 4.0, 26.0


class Outline(NamedTuple):
    """A place as the `d` of an SVG path."""

    name: str
    d: str


class Dot(NamedTuple):
    """Where somebody went: the middle of the place, as large as the number asks for; `words` is what is told."""

    name: str
    x: float
    y: float
    radius: float
    words: str


class Drawing(NamedTuple):
    """All of a map, `width` by `height`; `unplaced` are places that are not on it."""

    width: float
    height: float
    outlines: list[Outline]
    dots: list[Dot]
    home: tuple[float, float] | None
    unplaced: list[str]


def draw(
    areas: Sequence[Mapping[str, object]], home: str | None, counts: Mapping[str, int], words: Mapping[str, str]
) -> Drawing:
    """Outlines with a dot for every name of `counts` that some area bears; the others are `unplaced`."""
    rings = {str(area["name"]): [[(p[0], p[1]) for p in ring] for ring in area["rings"]] for area in areas}  # type: ignore[attr-defined]
    points = [point for found in rings.values() for ring in found for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    flat = cos(radians((south + north) / 2))
    scale = WIDTH / (((east - west) * flat) or 1)

    def on_page(point: tuple[float, float]) -> tuple[float, float]:
        return round((point[0] - west) * flat * scale, 1), round((north - point[1]) * scale, 1)

    placed = {name: _area_for(name, rings) for name in counts}
    middles = {name: on_page(_middle(found)) for name, found in rings.items()}
    most = max(counts.values(), default=1)
    return Drawing(
        WIDTH,
        round((north - south) * scale, 1),
        [Outline(name, "".join(_path([on_page(p) for p in ring]) for ring in found)) for name, found in rings.items()],
        [
            Dot(name, *middles[area], _radius(counts[name], most), words[name])
            for name, area in placed.items()
            if area is not None
        ],
        middles.get(_area_for(home, rings) or "") if home else None,
        [name for name, area in placed.items() if area is None],
    )


def _area_for(name: str, rings: Mapping[str, object]) -> str | None:
    """The area whose name begins as this one does: 广东 is 广东省, 深圳 is 深圳市."""
    return next((area for area in rings if area.startswith(name)), None)


def _middle(rings: list[list[tuple[float, float]]]) -> tuple[float, float]:
    """The centre of the largest outline's points."""
    ring = max(rings, key=len)
    return sum(x for x, _ in ring) / len(ring), sum(y for _, y in ring) / len(ring)


def _radius(count: int, most: int) -> float:
    """Area in proportion to the number, but never too small to see."""
    return round(max(LEAST_DOT, MOST_DOT * sqrt(count / most)), 1)


def _path(points: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in points) + "Z"
