"""From a GeoJSON file to coarse outlines: what a page can carry, and nothing but shapes and names."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from backend.core.errors import Invalid, invalid_field

MOST_BYTES = 5_000_000
MOST_AREAS = 1_000
MOST_POINTS = 6_000  # about 50 KB in a page, compressed
STEPS_ACROSS = 800  # the finest a point may move: this part of the map's width

Point = tuple[float, float]
Ring = list[Point]


class Area(NamedTuple):
    """A named place and its outlines, longitude before latitude."""

    name: str
    rings: list[Ring]


def read_areas(content: bytes) -> list[Area]:
    """The named polygons of a FeatureCollection (RFC 7946), simplified; 422 in words for anything else."""
    if len(content) > MOST_BYTES:
        raise _fault("too_large", "地图文件超过 5 MB，请先在制图软件里简化")
    try:
        areas = list(_areas(json.loads(content)))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _fault("not_geojson", "读不懂这个文件，请上传 UTF-8 编码的 GeoJSON（FeatureCollection）") from None
    if not areas:
        raise _fault("no_areas", "文件里没有带名称（properties.name）的区域")
    if len(areas) > MOST_AREAS:
        raise _fault("too_many_areas", f"区域超过 {MOST_AREAS} 个，请按市或县合并后再上传")
    return _coarse(areas)


def _fault(code: str, message: str) -> Invalid:
    return invalid_field("map", code, message)


def _areas(read: Any) -> Iterator[Area]:
    if read["type"] != "FeatureCollection":
        raise ValueError("not a FeatureCollection")
    for feature in read["features"]:
        name, geometry = str((feature.get("properties") or {}).get("name") or "").strip(), feature["geometry"]
        if not name or geometry is None or geometry["type"] not in {"Polygon", "MultiPolygon"}:
            continue
        polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
        yield Area(name[:40], [_ring(polygon[0]) for polygon in polygons])


def _ring(points: list[Any]) -> Ring:
    ring = [(float(point[0]), float(point[1])) for point in points]
    if len(ring) < 4 or any(abs(lng) > 180 or abs(lat) > 90 for lng, lat in ring):
        raise ValueError("no outline on this earth")
    return ring


def _coarse(areas: list[Area]) -> list[Area]:
    """Fewer points until the page can carry them; small islands go before whole places do."""
    width = max(lng for area in areas for ring in area.rings for lng, _ in ring)
    width -= min(lng for area in areas for ring in area.rings for lng, _ in ring)
    tolerance = (width or 1) / STEPS_ACROSS
    while True:
        coarse = [Area(area.name, _kept(area.rings, tolerance)) for area in areas]
        if sum(len(ring) for area in coarse for ring in area.rings) <= MOST_POINTS:
            return coarse
        tolerance *= 1.5


def _kept(rings: list[Ring], tolerance: float) -> list[Ring]:
    simple = sorted((_simplified(ring, tolerance) for ring in rings), key=len, reverse=True)
    return [ring for place, ring in enumerate(simple) if place == 0 or len(ring) > 3]


def _simplified(ring: Ring, tolerance: float) -> Ring:
    """Douglas and Peucker (1973), with a stack of its own: an outline may have a million points."""
    keep, stack = {0, len(ring) - 1}, [(0, len(ring) - 1)]
    while stack:
        first, last = stack.pop()
        far, place = max(
            ((_off(ring[one], ring[first], ring[last]), one) for one in range(first + 1, last)), default=(0.0, 0)
        )
        if far > tolerance:
            keep.add(place)
            stack += [(first, place), (place, last)]
    return [(round(ring[one][0], 3), round(ring[one][1], 3)) for one in sorted(keep)]


def _off(point: Point, start: Point, end: Point) -> float:
    """How far a point lies from the line between two others, in degrees."""
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    length = (along_x**2 + along_y**2) ** 0.5
    if length == 0:
        return ((point[0] - start[0]) ** 2 + (point[1] - start[1]) ** 2) ** 0.5  # type: ignore[no-any-return]
    return abs(along_x * (start[1] - point[1]) - (start[0] - point[0]) * along_y) / length  # type: ignore[no-any-return]
